import t from 'tap'
import { app, show } from './apps.ts'
import { connect } from './cluster.ts'
import type { Namespace } from './namespace.ts'

const cluster = connect()
const policy = `
path "secret/data/shop/*" { capabilities = ["read"] }
path "old/shop/*" { capabilities = ["read"] }`

const variable = async (namespace: Namespace, pod: string): Promise<string | undefined> =>
  (await namespace.line(pod, 'app', /^variable (.*)/))[1]

const file = async (namespace: Namespace, pod: string, value: string): Promise<boolean> =>
  (await namespace.line(pod, 'app', new RegExp(`^file .*"PASSWORD":\\s*"${value}"`))).length > 0

t.test('an app without a shell reads a secret of KV v2 from its environment and from a file', async t => {
  const namespace = await cluster.namespace(t, { policy })
  await cluster.vault.write('secret/data/shop/two', { data: { password: 'of-kv-two' } })
  const settings = { role: namespace.name, secrets: 'VERSION 2\nMOUNT secret\nPASSWORD=shop/two#password' }
  await namespace.create(app('two', settings, show('/vault/secrets/secrets.json', 'PASSWORD')))
  t.equal(await variable(namespace, 'two'), 'of-kv-two')
  t.ok(await file(namespace, 'two', 'of-kv-two'))
})

t.test('an app without a shell reads a secret of KV v1 from its environment and from a file', async t => {
  const namespace = await cluster.namespace(t, { policy })
  await cluster.vault.write('old/shop/one', { password: 'of-kv-one' })
  const settings = { role: namespace.name, secrets: 'VERSION 2\nMOUNT old\nPASSWORD=shop/one#password' }
  await namespace.create(app('one', settings, show('/vault/secrets/secrets.json', 'PASSWORD')))
  t.equal(await variable(namespace, 'one'), 'of-kv-one')
  t.ok(await file(namespace, 'one', 'of-kv-one'))
})

t.test('a secret of KV that changes reaches the file within its refresh', async t => {
  const namespace = await cluster.namespace(t, { policy })
  await cluster.vault.write('secret/data/shop/changing', { data: { password: 'before' } })
  const secrets = 'VERSION 2\nMOUNT secret\nPASSWORD=shop/changing#password'
  const settings = { role: namespace.name, secrets, refresh: '2s' }
  await namespace.create(app('changing', settings, show('/vault/secrets/secrets.json', 'PASSWORD')))
  t.ok(await file(namespace, 'changing', 'before'))
  await cluster.vault.write('secret/data/shop/changing', { data: { password: 'after' } })
  const changed = Date.now()
  t.ok(await file(namespace, 'changing', 'after'))
  t.comment(`the file changed ${Date.now() - changed} ms after the secret, with refresh 2s`)
})

t.test('a ConfigMap of secrets files is mounted, and its secrets arrive as files', async t => {
  const namespace = await cluster.namespace(t, { policy })
  await cluster.vault.write('secret/data/shop/mounted', { data: { password: 'of-a-config-map' } })
  await cluster.api.create(`${namespace.path}/configmaps`, {
    metadata: { name: 'shop-secrets' },
    data: { 'shop.secrets': 'VERSION 2\nMOUNT secret\nPASSWORD=shop/mounted#password\n' },
  })
  const settings = { role: namespace.name, 'secrets-file': 'shop-secrets' }
  await namespace.create(app('mounted', settings, show('/vault/secrets/shop.json', 'PASSWORD')))
  t.ok(await file(namespace, 'mounted', 'of-a-config-map'))
})
