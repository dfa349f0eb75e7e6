import t from 'tap'
import { render } from '../../src/agent/render.ts'
import { withTemplates } from '../../src/agent/templates.ts'
import { wantedOf } from '../../src/agent/wanted.ts'
import { parseJson } from '../../src/vault/json.ts'
import type { Values } from '../../src/agent/values.ts'
import { configOf, entry, file, templates } from '../fixtures/agent.ts'
import { app, asked, show, token, values, web } from '../fixtures/rendered.ts'

t.test('numbers and structures keep their digits', async t => {
  const data = parseJson('{"A":12345678901234567890,"B":{"x":[1.10,null]},"D":null}') as Record<string, unknown>
  const shown = show({ files: web({ A: 'A', B: 'B', D: 'D' }) }, values(data))
  t.equal(shown['/s/web.json'], '{"A":12345678901234567890,"B":{"x":[1.10,null]},"D":null}\n')
  t.equal(shown['/s/env'], `A='12345678901234567890'\nB='{"x":[1.10,null]}'\nD='null'\n`)
})

t.test('a value that a grammar cannot carry is refused by its name', async t => {
  const given = values({ A: "s3cret'" })
  t.throws(() => show({ files: web({ A: 'A' }) }, given), {
    message: /^the variable A has a single quote/,
    hint: /read web\.json$/,
  })
  t.match(show({ files: web({ A: 'A' }), env: 'file' }, given), { '/s/env': "A='s3cret'\\'''\n" })
  t.throws(() => show({ files: web({ 'A.B': 'A' }), env: 'file' }, given), { message: /no shell knows/ })
  t.throws(() => show({}, values({ A: 'x' }), web({ 'A.B': 'A' })), { message: /no shell knows/ })
  t.match(show({ files: web({ 'A.B': 'A' }), env: 'none' }, given), { '/s/web.json': '{"A.B":"s3cret\'"}\n' })
})

t.test('outputs have folders, modes and several files', async t => {
  const pki = { certificate: 'C', private_key: 'K', issuing_ca: 'I' }
  const files = [
    { name: 'tls/server', format: 'cert' as const, mode: 0o440 },
    { name: 'all.json', format: 'json' as const, folder: '/other' },
  ]
  t.strictSame(show({ files: web({}, { files }), env: 'none' }, values(pki)), {
    '/s/tls/server.crt 440': 'C\n',
    '/s/tls/server.key 440': 'K\n',
    '/s/tls/server.ca 440': 'I\n',
    '/other/all.json': '{"certificate":"C","issuing_ca":"I","private_key":"K"}\n',
  })
})

t.test('what is optional is left out with all that is made of it, what has a default is not', async t => {
  const files = [{ name: 'a', format: 'raw' as const, key: 'A' }]
  const optional = { files: web({ A: 'A', B: 'B' }, { optional: true, files }) }
  t.strictSame(show(optional, new Map([[app, null]])), { '/s/web.json': '{}\n', '/s/env': '' })
  t.strictSame(show(optional, values({ B: 'b' })), { '/s/web.json': '{"B":"b"}\n', '/s/env': "B='b'\n" })
  const both = { files: web({ A: 'A', B: 'B' }, { optional: true, default: { A: 1 }, files }) }
  const shown = { '/s/web.json': '{"A":1}\n', '/s/a': '1', '/s/env': "A='1'\n" }
  t.strictSame(show(both, new Map([[app, null]])), shown)
  t.strictSame(show(both, values({})), shown)
  t.equal(show(both, values({ A: 'real' }))['/s/a'], 'real')
  const only = { files: web({ A: 'A', B: 'B' }, { default: { A: 1 } }) }
  t.throws(() => show(only, values({})), { message: 'the secret secret/app has no key B', hint: 'it has: A' })
  const elsewhere = {
    files: web({}, { optional: true, files: [{ name: 'a', format: 'json' as const, folder: '/o' }] }),
  }
  const config = configOf(elsewhere)
  t.strictSame(
    render(config, wantedOf(config, []), new Map([[app, null]]), token).get('/o'),
    new Map(),
    'its folder is emptied',
  )
})

t.test('a value that is not there is an error', async t => {
  t.throws(() => show({ files: web({ A: 'A' }) }, new Map()), {
    message: 'the secret secret/app has not been read yet',
  })
  t.throws(() => show({ files: web({ A: 'A' }) }, new Map([[app, null]])), {
    message: 'the secret secret/app does not exist',
  })
  t.throws(() => show({ files: web({ A: 'constructor' }) }, values({})), { message: /has no key constructor/ })
})

t.test('a template over a secret has its data', async t => {
  const output = { name: 'f', format: 'template' as const, template: '{{ .A }}' }
  const [read = entry('x')] = await withTemplates([entry('secret/app', {}, { files: [output] })], 'a test')
  t.strictSame(show({ files: [file('web', read)], env: 'none' }, values({ A: 'a' })), { '/s/f': 'a' })
})

t.test('bytes that are no text are files like any other', async t => {
  const files = [{ name: 'f', format: 'raw' as const, key: 'A', decode: 'base64' as const }]
  const config = configOf({ folders: { secrets: '/s', state: '/t' }, files: web({}, { files }), env: 'none' })
  const rendered = render(config, wantedOf(config, []), values({ A: '/w==' }), token)
  t.match(rendered.get('/s')?.get('f'), { content: '\xff', encoding: 'latin1' })
})

t.test('a template that asks for itself needs no secret of its entry', async t => {
  const asking = await templates({ f: '{{ with secret "kv/a" }}{{ .Data.v }}{{ end }}' })
  const given: Values = new Map([[asked('kv/a'), { data: { v: 1 } }]])
  t.strictSame(show({ files: [file('web', asking)], env: 'none' }, given), { '/s/f': '1' })
})
