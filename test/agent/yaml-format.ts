import fc from 'fast-check'
import t from 'tap'
import { parse } from 'yaml'
import { yamlOf } from '../../src/agent/yaml-format.ts'
import { parseJson } from '../../src/vault/json.ts'

t.test('texts are quoted, keys where they must be, and what is nested is JSON', async t => {
  const data = parseJson(
    '{"user":"no","no":"1e3","a b":"x","n":12345678901234567890,"l":[1.10,{"b":"y","a":null}],"t":true}',
  )
  t.equal(
    yamlOf('a.yaml', data as Readonly<Record<string, unknown>>),
    '"a b": "x"\nl: [1.10,{"a":null,"b":"y"}]\n"n": 12345678901234567890\n"no": "1e3"\nt: true\nuser: "no"\n',
  )
  t.equal(yamlOf('a.yaml', {}), '{}\n')
})

t.test('every reader gets back what was in Vault', async () => {
  const text = fc.string({
    unit: fc.constantFrom(
      'a',
      ':',
      ' ',
      '#',
      '"',
      "'",
      '\n',
      '\t',
      '\\',
      '\u2028',
      '\u0085',
      '\uFEFF',
      '\uFFFF',
      '\u007F',
      '\0',
      '😀',
      '-',
      '~',
    ),
  })
  const value = fc.oneof(text, fc.integer(), fc.boolean(), fc.constant(null), fc.array(text), fc.dictionary(text, text))
  fc.assert(
    fc.property(fc.dictionary(text, value), data => {
      for (const version of ['1.1', '1.2'] as const) t.same(parse(yamlOf('f', data), { version }), data)
    }),
    { numRuns: 2000 },
  )
})

t.test('what YAML has no character for is refused by file and key', async t => {
  for (const data of [{ k: 's3cret\uD800' }, { k: ['\uDC00'] }])
    t.throws(() => yamlOf('a.yaml', data), {
      message: 'the key k is not valid Unicode, so the file a.yaml cannot carry it',
    })
  t.equal(yamlOf('a.yaml', { k: String.raw`\ud800` }), 'k: "\\\\ud800"\n')
})

t.test('a name that is too long for YAML is refused, at any depth; values are as long as they are', async t => {
  const [fine, long] = ['k'.repeat(998), 'k'.repeat(999)]
  const message = /^the key k+…? has a longer name in it than YAML allows, so the file a\.yaml cannot carry it$/
  for (const data of [
    { [long]: 's3cret' },
    { k: { [long]: 's3cret' } },
    { k: [{ a: [{ [long]: 1 }] }] },
    { k: { ['\u2028'.repeat(167)]: 1 } },
  ])
    t.throws(() => yamlOf('a.yaml', data), { message, hint: 'give the file the format json' })
  t.throws(() => yamlOf('a.yaml', { [long]: 1 }), { message: /^the key k{80}… has/ })
  for (const data of [{ [fine]: 'x' }, { a: [null, { [fine]: 1 }] }, { a: 'x'.repeat(2 ** 20) }])
    t.same(parse(yamlOf('a.yaml', data)), data)
})
