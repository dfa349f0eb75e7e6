import t from 'tap'
import { problems, secretsFile } from '../../../src/cli/simple/checks.ts'

// What they mean to the API server is in test/cluster/install-simple.test.ts.
t.test('each variable refers to those above it alone', async t => {
  const all = [...secretsFile, problems('/secrets')]
  for (const [index, { name, expression }] of all.entries()) {
    const above = all.slice(0, index).map(each => each.name)
    const used = Array.from(expression.matchAll(/variables\.(\w+)/g), ([, each]) => String(each))
    t.same(
      used.filter(each => !above.includes(each)),
      [],
      name,
    )
  }
})

t.test('each problem is a sentence, and mounts are held against the path that is mounted', async t => {
  const { expression } = problems('/secrets')
  const sentences = Array.from(expression.matchAll(/\? \[\] : \['([^']+)'\]/g), ([, each]) => String(each))
  t.equal(sentences.length, 7)
  for (const sentence of sentences) t.match(sentence, /^[a-z].{20,}/)
  t.match(sentences.at(-1), /above or below \/secrets$/)
  t.match(expression, "startsWith('/secrets/')")
})
