import { existsSync, readFileSync } from 'node:fs'
import t from 'tap'

const page = 'docs/security.md'
const text = readFileSync(page, 'utf8')

type Claim = { readonly sentence: string; readonly file: string }

const claimsIn = (part: string): readonly Claim[] =>
  [...part.matchAll(/\[([^\]]+)\]\(\.\.\/(test\/[^)]+)\)/g)].map(([, sentence = '', file = '']) => ({ sentence, file }))

/** A test of this very sentence, wherever the formatter has put it. */
const isTested = ({ sentence, file }: Claim): boolean =>
  existsSync(file) &&
  readFileSync(file, 'utf8')
    .replaceAll(/test\(\s+/g, 'test(')
    .includes(`test('${sentence}'`)

t.test('each sentence that the page names is a test of that file', async t => {
  const claims = claimsIn(text).filter(({ sentence }) => !sentence.startsWith('test/'))
  t.ok(claims.length > 50)
  t.same(
    claims.filter(claim => !isTested(claim)).map(({ sentence, file }) => `${file}: ${sentence}`),
    [],
  )
})

t.test('whatever somebody cannot do has a test', async t => {
  const lists = text
    .split('They **cannot**\n')
    .slice(1)
    .map(after => after.trimStart().split(/\n\n/)[0] ?? '')
  t.equal(lists.length, 8)
  const points = lists.flatMap(list => list.split('\n'))
  t.ok(points.every(point => point.startsWith('- ')))
  t.same(
    points.filter(point => claimsIn(point).length === 0),
    [],
  )
})

t.test('a sentence that nobody tests would be found', async t => {
  t.notOk(isTested({ sentence: 'the moon is made of cheese', file: 'test/security.ts' }))
  t.notOk(isTested({ sentence: 'each sentence that the page names is a test of that file', file: 'test/absent.ts' }))
  t.ok(isTested({ sentence: 'whatever somebody cannot do has a test', file: 'test/security.ts' }))
})
