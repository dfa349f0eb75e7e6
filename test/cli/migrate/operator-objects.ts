import t from 'tap'
import {
  listOf,
  numberOf,
  operatorObjects,
  recordOf,
  syncedOf,
  textOf,
  titleOf,
} from '../../../src/cli/migrate/operator-objects.ts'

const object = (kind: string, spec: object) => ({
  kind,
  namespace: 'shop',
  name: 'a',
  spec: spec as Readonly<Record<string, unknown>>,
})
const destination = { name: 'made' }

t.test("the operator's objects are found, in Lists too, and nothing else is", async t => {
  const apiVersion = 'secrets.hashicorp.com/v1beta1'
  const found = operatorObjects(
    [
      { apiVersion, kind: 'VaultAuth', metadata: { name: 'a', namespace: 'b' }, spec: { mount: 'm' } },
      { kind: 'List', items: [{ apiVersion, kind: 'VaultAuth' }] },
      { apiVersion: 'v1', kind: 'Secret' },
      { apiVersion },
      { kind: 'VaultAuth' },
      null,
    ],
    'default',
  )
  t.same(found, [
    { kind: 'VaultAuth', name: 'a', namespace: 'b', spec: { mount: 'm' } },
    { kind: 'VaultAuth', name: '', namespace: 'default', spec: {} },
  ])
  t.equal(titleOf(object('VaultAuth', {})), 'VaultAuth shop/a')
})

t.test('fields are what they should be, or nothing', async t => {
  const spec = { text: 'a', empty: '', number: 1, record: { a: 1 }, list: [{ a: 1 }, 2] }
  t.same([textOf(spec, 'text'), textOf(spec, 'empty'), textOf(spec, 'number')], ['a', undefined, undefined])
  t.same([numberOf(spec, 'number'), numberOf(spec, 'text')], [1, undefined])
  t.same([recordOf(spec, 'record'), recordOf(spec, 'list')], [{ a: 1 }, {}])
  t.same([listOf(spec, 'list'), listOf(spec, '__proto__')], [[{ a: 1 }], []])
})

t.test('static secrets of both versions', async t => {
  const spec = { mount: 'kv', path: '/app/db', type: 'kv-v2', version: 3, destination }
  t.match(syncedOf(object('VaultStaticSecret', spec)), {
    secret: 'made',
    request: { path: 'kv/app/db', kv: 'v2', version: 3 },
    isCertificate: false,
    byHand: [],
  })
  const older = { mount: 'kv', path: 'a', type: 'kv-v1', version: 0 }
  t.same(syncedOf(object('VaultStaticSecret', older))?.request, { path: 'kv/a', kv: 'v1' })
})

t.test('dynamic secrets, read or written', async t => {
  const spec = { mount: 'database', path: 'creds/a' }
  t.same(syncedOf(object('VaultDynamicSecret', spec))?.request, { path: 'database/creds/a' })
  t.same(syncedOf(object('VaultDynamicSecret', { ...spec, requestHTTPMethod: 'GET' }))?.request, {
    path: 'database/creds/a',
  })
  t.match(syncedOf(object('VaultDynamicSecret', { ...spec, requestHTTPMethod: 'POST' }))?.request, { method: 'POST' })
  t.match(syncedOf(object('VaultDynamicSecret', { ...spec, params: { ttl: '1h' } }))?.request, {
    params: { ttl: '1h' },
  })
})

t.test('certificates, with the names of Vault’s parameters', async t => {
  const spec = { mount: 'pki', role: 'web', commonName: 'a.b', altNames: ['c', 'd'], ipSans: [], ttl: '24h' }
  const synced = syncedOf(object('VaultPKISecret', spec))
  t.same(synced?.request, { path: 'pki/issue/web', params: { common_name: 'a.b', ttl: '24h', alt_names: 'c,d' } })
  t.equal(synced?.isCertificate, true)
})

t.test('restarts are known; transformations and what nobody knows need a hand', async t => {
  const rolloutRestartTargets = [{ kind: 'Deployment', name: 'web' }, {}]
  const spec = { mount: 'kv', path: 'a', rolloutRestartTargets, destination: { transformation: {} }, novelty: 1 }
  t.match(syncedOf(object('VaultStaticSecret', spec)), {
    secret: '',
    restarts: [
      { kind: 'Deployment', name: 'web' },
      { kind: '', name: '' },
    ],
    byHand: [/VaultStaticSecret shop\/a has novelty, which/, /transforms what it writes/],
  })
  t.equal(syncedOf(object('VaultAuth', {})), undefined)
  t.equal(syncedOf(object('toString', {})), undefined)
})
