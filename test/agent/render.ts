import t from 'tap'
import { render } from '../../src/agent/render.ts'
import { wantedOf } from '../../src/agent/wanted.ts'
import type { AgentConfig } from '../../src/contract.ts'
import type { ShownToken } from '../../src/agent/values.ts'
import { configOf, entry, file, templates } from '../fixtures/agent.ts'
import { asked, show, token, values, web } from '../fixtures/rendered.ts'

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

t.test('a template makes its file of what Vault has answered, and others besides', async t => {
  const text = '{{ with secret "kv/a" }}{{ .Data.v }}{{ "k" | writeToFile "key" "" "" "0440" }}{{ end }}'
  const asking = await templates({ f: text })
  const change = { files: [file('web', entry('secret/app', { A: 'A' }), asking)], env: 'none' as const }
  const given = new Map([...values({ A: 'a' }), [asked('kv/a'), { data: { v: 1 } }]])
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
