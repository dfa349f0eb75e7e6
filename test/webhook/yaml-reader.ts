import t from 'tap'
import { readYaml, type YamlReader } from '../../src/webhook/yaml-reader.ts'

const members = (text: string, allowed?: readonly string[]) =>
  readYaml(text, 'f.yaml', (root, reader) =>
    reader.members(root, 'the file', allowed).map(({ name, value }) => [name, reader.place(value)]),
  )

const reading =
  (pick: (reader: YamlReader) => YamlReader['text'] | YamlReader['truth'] | YamlReader['items']) => (text: string) =>
    readYaml(text, 'f.yaml', (root, reader) => {
      const [member] = reader.members(root, 'the file')
      return member === undefined ? 'nothing' : pick(reader)(member.value, member.name)
    })

t.test('gives keys with the places of their values', async t => {
  t.same(members('# a comment\na: x\nb: {c: d}\n'), [
    ['a', 'f.yaml:2:4'],
    ['b', 'f.yaml:3:4'],
  ])
  for (const empty of ['', '# nothing\n', '---\n', '{}', '~']) t.same(members(empty), [])
})

t.test('what is no YAML, and what YAML has its doubts about, is wrong with line and column', async t => {
  t.throws(() => members('a: ['), { code: 'usage', message: /^f.yaml:1:5: this is no YAML: / })
  t.throws(() => members('a: 1\na: 2'), { message: /^f.yaml:2:1: this is no YAML: / })
  t.throws(() => members('a: 1\n---\nb: 1'), { message: /^f.yaml:2:1: this is no YAML: / })
  t.throws(() => members('a: !made-up x'), { message: /^f.yaml:1:4: this is no YAML: .*made-up/ })
})

t.test('keys that do not exist, are no words or have no value are wrong', async t => {
  const wrong: readonly (readonly [string, RegExp])[] = [
    ['- a', /^f.yaml:1:1: the file must be a map of keys and values$/],
    ['lisen: x', /^f.yaml:1:1: the file knows no key "lisen"; did you mean listen\?$/],
    ['quite-another: x', /^f.yaml:1:1: the file knows no key "quite-another"; allowed: listen, image$/],
    ['? [a]\n: b', /^f.yaml:1:3: the file has a key that is no word$/],
    ['? listen', /^f.yaml:1:3: "listen" has no value$/],
    ['__proto__: x', /^f.yaml:1:1: the file knows no key "__proto__"/],
  ]
  for (const [text, message] of wrong) t.throws(() => members(text, ['listen', 'image']), { code: 'usage', message })
})

t.test('texts, lists and truths are told apart', async t => {
  t.equal(reading(({ text }) => text)('a: "1"'), '1')
  t.equal(reading(({ truth }) => truth)('a: false'), false)
  t.match(reading(({ items }) => items)('a: [x, y]'), [{ value: 'x' }, { value: 'y' }])
  t.throws(() => reading(({ text }) => text)('a: 1'), { message: 'f.yaml:1:4: a must be text; write it in quotes' })
  t.throws(() => reading(({ text }) => text)('a: {}'), { message: /must be text/ })
  t.throws(() => reading(({ truth }) => truth)('a: "yes"'), { message: 'f.yaml:1:4: a must be true or false' })
  t.throws(() => reading(({ items }) => items)('a: x'), { message: 'f.yaml:1:4: a must be a list' })
  t.throws(() => reading(({ text }) => text)('a: &x [1]\nb: *x'), { message: /must be text/ })
})

t.test('all problems come at once, and have an end', async t => {
  t.throws(() => members('b: 1\n? c\nd: 1', ['c']), {
    message: /^3 problems: \(1\) f.yaml:1:1: .*; \(2\) f.yaml:2:3: "c" has no value; \(3\) f.yaml:3:1: /,
  })
  const many = Array.from({ length: 1000 }, (_, index) => `key-${index}: x`).join('\n')
  t.throws(() => members(many, ['c']), { message: /^(?=.{100,1100}$)1000 problems: .*; and \d+ more$/ })
})
