import t from 'tap'
import { api, db, env, migrated, object, tls } from '../../fixtures/operator-objects.ts'

t.test('the quickest of several, and what is told at once', async t => {
  const quick = { ...api.spec, refreshAfter: '500ms', syncConfig: { instantUpdates: true } }
  const other = object('VaultStaticSecret', 'b', { ...quick, destination: { name: 'b' } })
  const slow = object('VaultDynamicSecret', 'c', { ...db.spec, renewalPercent: 95, destination: { name: 'c' } })
  const found = migrated({ env: [env('A', 'api', 'a'), env('B', 'b', 'b'), env('C', 'c', 'c')] }, [api, other, slow])
  t.match(found?.annotations, {
    'podvault.dev/refresh': '500ms',
    'podvault.dev/renew-at': '0.9',
    'podvault.dev/instant-updates': 'true',
  })
})

t.test('each field of an object becomes something', async t => {
  const odd = { ...tls, spec: { ...tls.spec, ttl: '1h', expiryOffset: '1h' } }
  const found = migrated({ env: [env('A', 'tls', 'certificate'), env('B', 'api', 'b')] }, [
    odd,
    { ...api, spec: { ...api.spec, novelty: 1 } },
  ])
  const becomes = Object.fromEntries((found?.settings ?? []).map(each => [each.setting, each.becomes]))
  t.equal(becomes['VaultPKISecret shop/tls: ttl'], 'params')
  t.equal(becomes['VaultPKISecret shop/tls: expiryOffset'], 'podvault.dev/renew-at')
  t.equal(becomes['VaultStaticSecret shop/api: novelty'], 'unknown')
})
