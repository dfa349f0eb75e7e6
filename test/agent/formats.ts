import t from 'tap'
import { contentsOf, neededKeys } from '../../src/agent/formats.ts'
import { fileNamesOf, type Format, type OutputFile } from '../../src/contract.ts'
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
  t.equal(
    content('aws', { access_key: 'A', secret_key: 'S' }),
    '[default]\naws_access_key_id = A\naws_secret_access_key = S\n',
  )
  t.equal(content('vault-agent-map', data), 'list: [a]\nn: 1.10\npassword: p\nuser: web\n')
  t.equal(content('vault-agent-json', data), '{"list":["a"],"n":1.10,"password":"p","user":"web"}\n')
  t.throws(() => content('template', data), { message: 'the template of the file f was not read' })
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

t.test('a raw value that Vault holds in base64 becomes its bytes', async t => {
  const raw = (value: unknown) =>
    contentsOf({ name: 'f', format: 'raw', key: 'k', decode: 'base64' }, 'a', { k: value }, undefined)
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, index) => index))
  const wrapped = bytes.toString('base64').replaceAll(/.{76}/g, '$&\n')
  for (const text of [bytes.toString('base64'), bytes.toString('base64url'), `${wrapped}\n`])
    t.strictSame(raw(text), [['f', bytes.toString('latin1'), 'latin1']])
  t.strictSame(raw(Buffer.from('ä\n').toString('base64')), [['f', 'ä\n']])
  t.strictSame(raw(''), [['f', '']])
  for (const value of ['s3cret!', 's3+-', 's3cre', 'a===', { a: 1 }])
    t.throws(() => raw(value), {
      message: 'the key k is not base64, so the file f cannot carry it',
      hint: 'leave decode out, or write the value to Vault in base64',
    })
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
