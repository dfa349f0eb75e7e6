import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { awsOf, csvOf, envOf, iniOf, plain, propertiesOf } from '../../src/agent/line-formats.ts'
import { sortedJson } from '../../src/agent/sorted-json.ts'

const forms = {
  env: envOf,
  properties: (_file: string, data: Readonly<Record<string, unknown>>) => propertiesOf(data),
  ini: iniOf,
  csv: csvOf,
  aws: awsOf,
}
const content = (form: keyof typeof forms, data: Readonly<Record<string, unknown>>) => forms[form]('f', data)

t.test('text that no line can carry is refused by file and key', async t => {
  t.equal(plain('f', 'k', 'ä\n'), 'ä\n')
  for (const value of ['s3cret\0', 's3cret\uD800'])
    t.throws(() => plain('f', 'k', value), { code: 'failed', message: /^the key k .*, so the file f cannot carry it$/ })
})

t.test('a shell reads what env has written, also with quotes, dollars and line ends', async t => {
  const odd = { 'db-password': `it's "$HOME" \\ \`x\`\n#`, 'a.b/c': '', plain: 'x' }
  const path = join(t.testdir(), 'f')
  writeFileSync(path, content('env', odd) ?? '')
  const script = '. "$0"; printf "%s|" "$DB_PASSWORD" "$A_B_C" "$PLAIN"'
  t.equal(execFileSync('sh', ['-c', script, path], { encoding: 'utf8' }), `${odd['db-password']}||x|`)
})

t.test('env refuses by key what makes no variable', async t => {
  t.throws(() => content('env', { '1a': 's3cret' }), {
    message: 'the key 1a makes no name of a variable, so the file f cannot carry it',
  })
  t.throws(() => content('env', { uid: 's3cret' }), {
    message: /^the key uid makes the variable UID, which shells keep for themselves/,
  })
  t.throws(() => content('env', { ä: 's3cret' }), { message: /^the key ä makes no name/ })
  t.throws(() => content('env', { 'a-b': 'x', a_b: 'y' }), {
    message: /^the key a_b makes the same variable A_B as a-b/,
  })
  t.throws(() => content('env', { a: 's3cret\0' }), {
    message: /^the key a has a NUL byte in it/,
    hint: 'give the file the format json or raw',
  })
})

t.test('properties are escaped as Java reads them', async t => {
  const odd = { 'a b:c=d#!': ' x=y:\\z', ü: 'ä\n\t\r\0\f😀', '': '  ' }
  t.equal(
    content('properties', odd),
    String.raw`=\  ` +
      '\n' +
      String.raw`a\ b\:c\=d\#\!=\ x=y:\\z` +
      '\n' +
      String.raw`\u00fc=\u00e4\n\t\r\u0000\u000c\ud83d\ude00` +
      '\n',
  )
})

t.test('ini refuses by key what its readers would read otherwise', async t => {
  t.equal(content('ini', { 'a.b': 'x;y#z "q" =' }), 'a.b = x;y#z "q" =\n')
  t.equal(content('ini', { a: '' }), 'a = \n')
  const blanks = ['\x1c', '\x1f', '\x85', '\u00a0', '\u2028'].flatMap(blank => [`${blank}a`, `a${blank}`])
  const odd = ['a\nb', 'a\r', ' a', 'a ', '"a', "a'", '`a', 'a`', 'a\\', ';a', 'a #b', 'a\t;', '\0', '\uD800']
  for (const value of [...odd, ...blanks])
    t.throws(
      () => content('ini', { key: value }),
      { message: /^the key key .* so the file f cannot carry it$/ },
      encodeURI(value.toWellFormed()),
    )
  for (const key of ['', '[a', ';a', '#a', ' a', 'a ', 'a=b', 'a:b', 'a\nb', '"a"', '`a', '\x1da', 'a\x85', '\uD800'])
    t.throws(() => content('ini', { [key]: 'x' }), { message: /cannot carry it$/ }, encodeURI(key.toWellFormed()))
})

t.test('csv is quoted where it must be', async t => {
  t.equal(content('csv', { a: 'x,"y"\r\nz', 'b,': ' ', c: '' }), 'a,"x,""y""\r\nz"\n"b,"," "\nc,\n')
  t.throws(() => content('csv', { a: '\0' }), { message: /^the key a has a NUL/ })
})

/** RFC 4180. */
const parseCsv = (text: string): readonly (readonly string[])[] =>
  Array.from(text.matchAll(/("(?:[^"]|"")*"|[^",\n]*),("(?:[^"]|"")*"|[^",\n]*)\n/g), ([, key = '', value = '']) =>
    [key, value].map(field => (field.startsWith('"') ? field.slice(1, -1).replaceAll('""', '"') : field)),
  )

t.test('a reader of csv gets back every value', async () => {
  const text = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', ' ') })
  fc.assert(
    fc.property(fc.dictionary(text, text), values => {
      const read = Object.fromEntries(parseCsv(content('csv', values) ?? ''))
      return sortedJson(read) === sortedJson(values)
    }),
    { numRuns: 2000 },
  )
})

t.test('credentials of AWS come with their session token where they have one', async t => {
  const keys = { access_key: 'AKIA', secret_key: 'a/b+c=' }
  const two = '[default]\naws_access_key_id = AKIA\naws_secret_access_key = a/b+c=\n'
  for (const token of [{}, { security_token: null }, { security_token: '' }])
    t.equal(content('aws', { ...keys, ...token }), two)
  const tokens = 'aws_security_token = T\naws_session_token = T\n'
  t.equal(content('aws', { ...keys, security_token: 'T' }), two + tokens)
  t.equal(content('aws', { ...keys, session_token: 'T' }), two + tokens)
})
