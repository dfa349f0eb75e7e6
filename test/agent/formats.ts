import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { contentsOf, neededKeys } from '../../src/agent/formats.ts'
import { fileNamesOf } from '../../src/contract.ts'
import { sortedJson } from '../../src/agent/sorted-json.ts'
import type { Format, OutputFile } from '../../src/contract.ts'
import { parseJson } from '../../src/vault/json.ts'

type Data = Readonly<Record<string, unknown>>
const files = (output: Partial<OutputFile> & { readonly format: Format }, data: Data, envelope?: Data) =>
  Object.fromEntries(contentsOf({ name: 'f', ...output }, 'secret/app', data, envelope))
const content = (format: Format, data: Data) => files({ format }, data)['f']

const data = parseJson('{"user":"web","n":1.10,"password":"p","list":["a"]}') as Data

t.test('one secret in every form', async t => {
  t.equal(content('json', data), '{"list":["a"],"n":1.10,"password":"p","user":"web"}\n')
  t.equal(content('yaml', data), 'list: ["a"]\n"n": 1.10\npassword: "p"\nuser: "web"\n')
  t.equal(content('env', data), `LIST='["a"]'\nN='1.10'\nPASSWORD='p'\nUSER='web'\n`)
  t.equal(content('properties', data), 'list=["a"]\nn=1.10\npassword=p\nuser=web\n')
  t.equal(content('ini', data), 'list = ["a"]\nn = 1.10\npassword = p\nuser = web\n')
  t.equal(content('csv', data), 'list,"[""a""]"\nn,1.10\npassword,p\nuser,web\n')
  t.equal(content('vault-agent-map', data), 'list: [a]\nn: 1.10\npassword: p\nuser: web\n')
  t.equal(content('vault-agent-json', data), '{"list":["a"],"n":1.10,"password":"p","user":"web"}\n')
  t.throws(() => content('template', data), { message: /^the file f is made from a template/ })
})

t.test('only the forms of vault-k8s show the envelope of KV version 2', async t => {
  const envelope = { metadata: { version: 3 } }
  t.equal(files({ format: 'vault-agent-map' }, { a: 1 }, envelope)['f'], 'data: map[a:1]\nmetadata: map[version:3]\n')
  t.equal(files({ format: 'vault-agent-json' }, { a: 1 }, envelope)['f'], '{"data":{"a":1},"metadata":{"version":3}}\n')
  t.equal(files({ format: 'json' }, { a: 1 }, envelope)['f'], '{"a":1}\n')
})

t.test('raw is the bytes of one value and nothing else', async t => {
  t.equal(files({ format: 'raw', key: 'user' }, data)['f'], 'web')
  t.equal(content('raw', { only: 'line\r\n\0"' }), 'line\r\n\0"')
  t.equal(content('raw', { only: { b: 1, a: 2 } }), '{"b":1,"a":2}')
  t.throws(() => content('raw', data), {
    message: 'the file f can be one value of secret/app, which has list, n, password, user',
    hint: 'say which one, with key',
  })
  t.throws(() => content('raw', {}), { message: 'the secret secret/app has no key at all', hint: 'it is empty' })
  t.throws(() => content('raw', { k: 's3cret\uD800' }), {
    message: 'the key k is not valid Unicode, so the file f cannot carry it',
  })
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
  for (const value of ['a\nb', 'a\r', ' a', 'a ', '"a', "a'", ';a', 'a #b', 'a\t;', '\0', '\uD800'])
    t.throws(
      () => content('ini', { key: value }),
      { message: /^the key key .* so the file f cannot carry it$/ },
      JSON.stringify(value),
    )
  for (const key of ['', '[a', ';a', '#a', ' a', 'a ', 'a=b', 'a:b', 'a\nb', '"a"', '\uD800'])
    t.throws(() => content('ini', { [key]: 'x' }), { message: /cannot carry it$/ }, JSON.stringify(key))
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

const pki = {
  certificate: 'CERT\n',
  private_key: 'KEY',
  issuing_ca: '\nCA\n',
  ca_chain: ['CA\n', 'ROOT'],
  expiration: 5,
}

t.test('a certificate is three files, and a fourth where there is a chain', async t => {
  const three = { 'f.crt': 'CERT\n', 'f.key': 'KEY\n', 'f.ca': 'CA\n' }
  t.strictSame(files({ format: 'cert' }, pki), { ...three, 'f.chain': 'CA\nROOT\n' })
  for (const chain of [[], '', undefined]) t.strictSame(files({ format: 'cert' }, { ...pki, ca_chain: chain }), three)
  t.equal(files({ format: 'cert' }, { ...pki, ca_chain: 'CA' })['f.chain'], 'CA\n')
  t.throws(() => files({ format: 'cert' }, { ...pki, private_key: 'k\0' }), {
    message: /^the key private_key has a NUL/,
  })
})

t.test('a bundle is the four files of vault-sidekick', async t => {
  t.strictSame(files({ format: 'bundle' }, pki), {
    'f-bundle.pem': 'CERT\n\nCA\n\nKEY\n',
    'f.pem': 'CERT\n',
    'f-ca.pem': 'CA\n',
    'f-key.pem': 'KEY\n',
  })
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

t.test('what a file is called and what it needs is known beforehand', async t => {
  for (const format of ['cert', 'bundle'] as const) {
    const names = Object.keys(files({ format }, pki))
    t.strictSame([...fileNamesOf({ name: 'f', format })].sort(), names.sort())
    t.ok(neededKeys({ name: 'f', format }).every(key => Object.hasOwn(pki, key)))
  }
  for (const format of ['cert', 'bundle'] as const)
    t.strictSame(neededKeys({ name: 'f', format }), ['certificate', 'private_key', 'issuing_ca'])
  t.strictSame(neededKeys({ name: 'f', format: 'aws' }), ['access_key', 'secret_key'])
  t.strictSame(neededKeys({ name: 'f', format: 'raw', key: 'k' }), ['k'])
  t.strictSame(neededKeys({ name: 'f', format: 'raw' }), [])
  t.strictSame(neededKeys({ name: 'f', format: 'json', key: 'k' }), [])
})
