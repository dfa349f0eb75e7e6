import fc from 'fast-check'
import t from 'tap'
import { parseYamlSecretsFile } from '../../src/inject/yaml-secrets-file.ts'
import { entries, one, problems } from '../fixtures/yaml-secrets.ts'

t.test('a file without a word in it asks for nothing, and is one all the same', async t => {
  for (const text of ['', '# nothing\n', '---\n', 'secrets: []', '\uFEFFsecrets: []'])
    t.strictSame(entries(text), [], text)
})

t.test('what is no YAML is refused where it stops being it, without its own words', async t => {
  t.strictSame(problems('secrets: ['), ['1:11 this is no YAML: bad indent'])
  t.strictSame(problems('secrets: [hunter2'), ['1:18 this is no YAML: bad indent'])
  t.strictSame(problems('a: b: hunter2'), ['1:4 this is no YAML: block as implicit key'])
  t.strictSame(problems('secrets: !hunter2 x'), ['1:10 this is no YAML: tag resolve failed'])
  t.strictSame(problems('--- a\n--- b'), ['2:1 this is no YAML: multiple docs'])
  t.equal(problems('['.repeat(50_000)).length, 1)
  t.equal(problems('- '.repeat(200_000)).length, 1)
})

t.test('aliases are refused: what they stand for is to be seen', async t => {
  t.strictSame(problems('secrets:\n- &a {path: x/y, env: {A: k}}\n- *a'), [
    '3:3 a secrets file has no aliases; write it out',
  ])
})

t.test('an unknown key is refused at its place, with the one that was meant', async t => {
  t.strictSame(problems('secret: []\nsecrets: []'), [
    '1:1 a secrets file has a key that does not exist; did you mean secrets?',
  ])
  t.strictSame(one('env: {A: k}, file: []'), ['a secret has a key that does not exist; did you mean files?'])
  t.strictSame(one('files: [{name: a, format: json, fire: 1}]'), [
    'a file has a key that does not exist; there are: name, format, key, decode, template, template-file, mode',
  ])
})

const piece = fc.constantFrom(
  'secrets',
  'path',
  'env',
  'files',
  'name',
  'format',
  'json',
  ': ',
  '\n',
  '- ',
  '  ',
  '{',
  '}',
  '[',
  ']',
  ', ',
  '"',
  '&a ',
  '*a',
  '|',
  '#',
  'a/b',
  '0',
  '!!map ',
  '\0',
  '\t',
)

t.test('any text is a secrets file or has a problem, and no problem quotes it', async () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(piece, fc.string({ maxLength: 5 })), { maxLength: 40 }), pieces => {
      const parsed = parseYamlSecretsFile(`hunter2: ${pieces.join('')}`)
      return 'entries' in parsed || (parsed.problems.length > 0 && !JSON.stringify(parsed).includes('hunter2'))
    }),
    { numRuns: 2000 },
  )
})

t.test('a file is not longer than can be read while others wait', async t => {
  const start = 'secrets: [] #'
  t.strictSame(parseYamlSecretsFile(start.padEnd(64 * 1024, 'x')), { entries: [] })
  t.strictSame(parseYamlSecretsFile(start.padEnd(64 * 1024 + 1, 'x')), {
    problems: [{ line: 1, column: 1, message: 'a secrets file in YAML has at most 65536 characters' }],
  })
})

t.test('a key that stands twice is found however deep it lies, and however many there are', async t => {
  const nested = parseYamlSecretsFile('secrets: [{path: a/b, env: {A: b}, params: {x: [{y: 1, y: 2}]}}]')
  t.match(nested, { problems: [{ line: 1, column: 56, message: /^this key stands in the map already/ }] })
  const many = Array.from({ length: 5000 }, (_, index) => `k${index}: v`).join('\n')
  t.match(parseYamlSecretsFile(`${many}\nk0: v`), { problems: { length: 5001 } })
})

t.test('a key that stands twice is refused at the later place, among all problems in their order', async t => {
  t.strictSame(problems('secrets: [{path: a/b, env: {A: k, A: l}, nope: x}]'), [
    '1:35 this key stands in the map already; keep one of them',
    '1:42 a secret has a key that does not exist; there are: path, method, params, kv, version, optional, default, env, files, on-change',
  ])
})

t.test('a file without secrets says what is the matter with it', async t => {
  t.strictSame(problems('secrets: x'), ['1:10 secrets must be a list'])
  t.strictSame(problems('{}'), [])
})
