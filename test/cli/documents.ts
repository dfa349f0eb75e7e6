import t from 'tap'
import { plain, readManifest, textOf } from '../../src/cli/documents.ts'

t.test('a file is cut into documents, and is the same when they are put together', async t => {
  for (const text of ['', '# c', 'a: 1\n---\n---\nb: 2\n...\n# end', '\uFEFFa: 1\r\n---\r\nb: 2\r\n', '{"a": 1}'])
    t.equal(textOf(readManifest(text, 'x')), text)
  const { name, documents } = readManifest('a: &x 1\nb: *x\n---\n# two\nmode: 0644\n', 'file.yaml')
  t.equal(name, 'file.yaml')
  t.same(
    documents.map(({ value }) => value),
    [{ a: 1, b: 1 }, { mode: 420 }],
  )
})

t.test('what is no YAML is said with file, line and column, and none of its words', async t => {
  t.throws(() => readManifest('a: 1\n---\npassword: "hunter2', 'x.yaml'), {
    code: 'usage',
    message: /^x\.yaml:3:\d+: this is no YAML: [a-z ]+$/,
  })
  t.throws(() => plain('{', 'x.yaml'), { code: 'usage', message: /^x\.yaml is no YAML: [a-z ]+$/ })
})

t.test('aliases without an anchor, or beyond measure, are not followed', async t => {
  t.throws(() => plain('a: *b\n', 'x.yaml'), { code: 'usage', message: /^x\.yaml/ })
  const bomb = Array.from({ length: 9 }, (_, index) => `a${index + 1}: &a${index + 1} [${`*a${index}, `.repeat(9)}]`)
  t.throws(() => plain(`a0: &a0 [x]\n${bomb.join('\n')}\n`, 'x.yaml'), {
    message: 'x.yaml cannot be read',
    hint: /multiply/,
  })
})
