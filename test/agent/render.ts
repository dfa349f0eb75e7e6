import t from 'tap'
import { accept, render, type ShownToken, shownOf, type Values } from '../../src/agent/render.ts'
import { withQuestions } from '../../src/agent/questions.ts'
import { requestFor } from '../../src/agent/requests.ts'
import { withTemplates } from '../../src/agent/templates.ts'
import { wantedOf } from '../../src/agent/wanted.ts'
import type { AgentConfig, OnChange, SecretsFile } from '../../src/contract.ts'
import { parseJson } from '../../src/vault/json.ts'
import { configOf, entry, file, idOf, templates } from '../fixtures/agent.ts'

const token: ShownToken = { value: 'hvs.t', accessor: 'acc', renewable: true, seconds: 3600 }
const app = idOf('secret/app')
const values = (data: Record<string, unknown>): Values => new Map([[app, { data }]])
const mountedOf = (files: readonly SecretsFile[]) =>
  files.map(each => ({ ...each, source: `ConfigMap cm, key ${each.name}` }))

/** Contents by path, and modes where they are not the usual one. */
const show = (change: Partial<AgentConfig>, given: Values, mounted: readonly SecretsFile[] = []) => {
  const config = configOf({ folders: { secrets: '/s', state: '/t' }, ...change })
  const rendered = render(config, wantedOf(config, mountedOf(mounted)), given, token)
  return Object.fromEntries(
    [...rendered].flatMap(([folder, files]) =>
      [...files].map(([name, { content, mode }]) => [
        `${folder}/${name}${mode === 0o400 ? '' : ` ${mode.toString(8)}`}`,
        content,
      ]),
    ),
  )
}
const web = (env: Record<string, string>, more: Parameters<typeof entry>[2] = {}) => [
  file('web', entry('secret/app', env, more)),
]

t.test('each secrets file becomes one JSON object, and all variables one env file', async t => {
  const inline = [
    file('web', entry('secret/app', JSON.parse('{"A":"A","B":"B","__proto__":"__proto__"}'))),
    file('other', entry('secret/app', { C: 'C' })),
  ]
  const data = JSON.parse('{"A":"x y","B":1,"__proto__":"p","C":"c","M":"it\'s","R":"r","unwanted":"u"}')
  const mounted = [file('mounted', entry('secret/app', { M: 'M', R: 'R' }))]
  const config = { files: inline, mounted: [{ configMap: 'cm', folder: '/m', variables: ['R'] }] }
  const json = {
    '/s/web.json': '{"A":"x y","B":1,"__proto__":"p"}\n',
    '/s/other.json': '{"C":"c"}\n',
    '/s/mounted.json': '{"M":"it\'s","R":"r"}\n',
  }
  t.strictSame(show(config, values(data), mounted), {
    ...json,
    // What fileKeyRef reads comes first: the kubelet stops at what it cannot read.
    '/s/env': "A='x y'\nB='1'\n__proto__='p'\nC='c'\nR='r'\nM='it'\\''s'\n",
  })
  t.strictSame(show({ ...config, env: 'none' }, values(data), mounted), json)
  t.strictSame(show({}, new Map()), { '/s/env': '' })
})

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

t.test('of duplicates the last or the first one holds, among those that are there', async t => {
  const out = (content: string) => ({ files: [{ name: 'f', format: 'raw' as const, key: content }] })
  const files = [
    file('one', entry('secret/app', { V: 'a' }, out('a'))),
    file('two', entry('secret/app', { V: 'b' }, { ...out('b'), optional: true })),
  ]
  const given = values({ a: '1', b: '2' })
  t.match(show({ files, duplicates: 'keep' }, given), {
    '/s/env': "V='2'\n",
    '/s/f': '2',
    '/s/one.json': '{"V":"1"}\n',
  })
  t.match(show({ files, duplicates: 'overwrite' }, given), {
    '/s/env': "V='1'\n",
    '/s/f': '1',
    '/s/two.json': '{"V":"2"}\n',
  })
  t.match(show({ files, duplicates: 'keep' }, values({ a: '1' })), { '/s/env': "V='1'\n", '/s/f': '1' })
})

t.test('the token comes in the form that is asked for', async t => {
  const folders = { secrets: '/s', state: '/t', token: '/k' }
  const json =
    '{"clientToken":"hvs.t","accessor":"acc","leaseDuration":3600,"renewable":true,"vaultAddr":"http://vault:8200"}'
  t.strictSame(show({ token: 'file', env: 'none' }, new Map()), { '/s/token': 'hvs.t' })
  t.strictSame(show({ token: 'json', folders, mode: 0o444 }, new Map()), {
    '/s/env 444': '',
    '/k/vault-token 444': json,
  })
  t.strictSame(show({ token: 'json', env: 'none' }, new Map()), { '/s/vault-token': json })
  const variables = { files: web({ A: 'A' }), token: 'env' } as const
  t.equal(show(variables, values({ A: 'a' }))['/s/env'], "A='a'\nVAULT_TOKEN='hvs.t'\n")
  t.equal(
    show({ ...variables, env: 'none' }, values({ A: 'a' }))['/s/env'],
    "VAULT_TOKEN='hvs.t'\n",
    'it was asked for',
  )
})

t.test('of a variable VAULT_TOKEN and the token the one that was chosen holds', async t => {
  const files = [
    file('web', entry('secret/app', { VAULT_TOKEN: 'A' }), entry('secret/app', { B: 'A' }, { optional: true })),
  ]
  const env = (duplicates: 'keep' | 'overwrite') =>
    show({ files, token: 'env', duplicates }, values({ A: 'a' }))['/s/env']
  t.equal(env('keep'), "VAULT_TOKEN='hvs.t'\nB='a'\n")
  t.equal(env('overwrite'), "VAULT_TOKEN='a'\nB='a'\n")
})

const restart: OnChange = { kind: 'restart' }
const hup: OnChange = { kind: 'signal', signal: 'SIGHUP' }

t.test('a hook stands for the outputs of its entries and of no others', async t => {
  const files = [file('web', entry('secret/app', { A: 'A' }), entry('secret/own', { B: 'B' }, { onChange: hup }))]
  const config = configOf({ files, onChange: restart, token: 'file' })
  const wanted = wantedOf(config, [])
  const shown = (a: string, b: string, value = 'hvs.t') => {
    const given: Values = new Map([
      [app, { data: { A: a } }],
      [idOf('secret/own'), { data: { B: b } }],
    ])
    return shownOf(config, wanted, given, { ...token, value }).map(({ content }) => content)
  }
  t.strictSame(
    shownOf(
      config,
      wanted,
      new Map([
        [app, { data: { A: 1 } }],
        [idOf('secret/own'), { data: { B: 2 } }],
      ]),
      token,
    ).map(({ onChange }) => onChange),
    [restart, hup],
  )
  const [pod, own] = shown('1', '2')
  t.strictSame(shown('1', '2'), [pod, own])
  t.equal(shown('changed', '2')[1], own)
  t.not(shown('changed', '2')[0], pod)
  t.equal(shown('1', 'changed')[0], pod)
  t.not(shown('1', 'changed')[1], own)
  t.not(shown('1', '2', 'hvs.new')[0], pod, 'the token is an output like any other')
  const silent = configOf({ files: web({ A: 'A' }), token: 'file' })
  t.strictSame(
    shownOf(silent, wantedOf(silent, []), new Map(), token),
    [],
    'without hooks there is nothing to find out',
  )
})

t.test('one value that cannot be carried does not hold back the others', async t => {
  const config = configOf({
    files: [file('a', entry('secret/app', { A: 'A' })), file('b', entry('secret/b', { B: 'B' }))],
  })
  const b = idOf('secret/b')
  const old: Values = new Map([
    [app, { data: { A: 'old' } }],
    [b, { data: { B: 'old' } }],
  ])
  const changes: Values = new Map([
    [app, { data: { A: "s3cret'" } }],
    [b, { data: { B: 'new' } }],
  ])
  const accepted = accept(config, wantedOf(config, []), old, changes)
  t.strictSame(
    accepted.values,
    new Map([
      [app, { data: { A: 'old' } }],
      [b, { data: { B: 'new' } }],
    ]),
  )
  t.strictSame([...accepted.problems.keys()], [app])
  t.match(accepted.problems.get(app), { message: /^the variable A has a single quote/ })
})

const ids = (path: string) => requestFor({ method: 'read', path, params: {} }).id

t.test('a template makes its file of what Vault has answered, and others besides', async t => {
  const text = '{{ with secret "kv/a" }}{{ .Data.v }}{{ "k" | writeToFile "key" "" "" "0440" }}{{ end }}'
  const asking = await templates({ f: text })
  const change = { files: [file('web', entry('secret/app', { A: 'A' }), asking)], env: 'none' as const }
  const given = new Map([...values({ A: 'a' }), [ids('kv/a'), { data: { v: 1 } }]])
  t.strictSame(show(change, given), { '/s/web.json': '{"A":"a"}\n', '/s/f': '1', '/s/key 440': 'k' })
  t.throws(() => show(change, values({ A: 'a' })), { message: /^the template of the file f asks for a secret/ })
  const twice = { ...change, files: [file('web', asking, await templates({ key: 'other' }))] }
  t.throws(() => show(twice, given), {
    message: 'the file key is made twice, by writeToFile in a template and otherwise',
  })
  t.match(show({ ...twice, duplicates: 'keep' }, given), { '/s/key': 'other' })
  const of = async (template: string) => ({ ...change, files: [file('web', asking, await templates({ g: template }))] })
  const again = await of('{{ "k" | writeToFile "key" "" "" "0440" }}')
  t.match(show(again, given), { '/s/key 440': 'k' }, 'the same file may come twice')
  for (const text of [
    '{{ "k" | writeToFile "key" "" "" "0400" }}',
    '{{ base64Decode "/w==" | writeToFile "key" "" "" "0440" }}',
  ]) {
    const other = await of(text)
    t.throws(() => show(other, given), { message: /is made twice/ })
  }
})

t.test('bytes that are no text are files like any other', async t => {
  const files = [{ name: 'f', format: 'raw' as const, key: 'A', decode: 'base64' as const }]
  const config = configOf({ folders: { secrets: '/s', state: '/t' }, files: web({}, { files }), env: 'none' })
  const rendered = render(config, wantedOf(config, []), values({ A: '/w==' }), token)
  t.match(rendered.get('/s')?.get('f'), { content: '\xff', encoding: 'latin1' })
})

t.test('a template over a secret has its data', async t => {
  const output = { name: 'f', format: 'template' as const, template: '{{ .A }}' }
  const [read = entry('x')] = await withTemplates([entry('secret/app', {}, { files: [output] })], 'a test')
  t.strictSame(show({ files: [file('web', read)], env: 'none' }, values({ A: 'a' })), { '/s/f': 'a' })
})

t.test('a change is tried on the templates that ask for it, and taken back where it breaks one', async t => {
  const text =
    '{{ with secret "kv/a" }}{{ if eq .Data.v "bad" }}{{ base64Decode "!" }}{{ end }}{{ with secret .Data.v }}{{ end }}{{ end }}'
  const config = configOf({ files: [file('web', await templates({ f: text }))] })
  const first = new Map([[ids('kv/a'), { data: { v: 'kv/b' } }]])
  const wanted = withQuestions(config, wantedOf(config, []), first)
  const change = (v: string) => accept(config, wanted, first, new Map([[ids('kv/a'), { data: { v } }]]))
  t.equal(change('kv/c').problems.size, 0, 'that it asks for more is no problem')
  t.match(change('bad').problems.get(ids('kv/a')), { message: /^the template of the file f, line 1/ })
  t.strictSame(change('bad').values, first)
  t.equal(accept(config, wanted, new Map(), new Map([[ids('kv/a'), { data: { v: 'bad' } }]])).values.size, 0)
})

t.test('the file of kube-vault-auth-init exports everything, quoted, with the token and the leases', async t => {
  const leases = ['database/creds/b/2', 'database/creds/a/1']
  const of = (change: Partial<AgentConfig>, held: ShownToken) => {
    const config = configOf({ folders: { secrets: '/s', state: '/t' }, env: 'variables', ...change })
    const data = { a: 'p "w" $HOME `id` it\'s' }
    return render(config, wantedOf(config, []), values(data), held).get('/s')?.get('variables')?.content
  }
  const files = web({ A: 'a' })
  const secret = String.raw`export A='p "w" $HOME ` + '`id`' + String.raw` it'\''s'`
  t.equal(of({ files }, token), `${secret}\nexport LEASE_IDS=''\n`)
  t.equal(
    of({ files, token: 'env' }, { ...token, leases }),
    `${secret}\nexport VAULT_TOKEN='hvs.t'\nexport LEASE_IDS='database/creds/b/2,database/creds/a/1'\n`,
  )
})
