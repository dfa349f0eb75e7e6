import t from 'tap'
import { paceOf } from '../../../src/cli/migrate/operator-fields.ts'
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

const paceOfThose = (specs: readonly object[]) =>
  paceOf(
    specs.map(spec => ({
      object: object('VaultDynamicSecret', 'a', spec),
      secret: 'a',
      request: { path: 'a/b' },
      isCertificate: false,
      restarts: [],
      byHand: [],
    })),
  )

t.test('durations are compared by how long they are, whatever they are written in', async t => {
  const quickest = (...all: readonly string[]) => paceOfThose(all.map(refreshAfter => ({ refreshAfter }))).refresh
  for (const [quick, slow] of [
    ['59m', '1h'],
    ['1h', '61m'],
    ['90s', '2m'],
    ['1m', '61s'],
    ['999ms', '1s'],
    ['1h', '1h1s'],
    ['1.5h', '91m'],
  ] as const)
    t.same([quickest(quick, slow), quickest(slow, quick)], [quick, quick])
})

t.test('the share of a lease is told as one, and what is not asked for is not told', async t => {
  t.same(paceOfThose([{ renewalPercent: 50 }, { renewalPercent: 67 }]), { 'renew-at': '0.5' })
  t.same(paceOfThose([{ renewalPercent: 1 }]), { 'renew-at': '0.1' })
  t.same(paceOfThose([{}, { syncConfig: { instantUpdates: false } }]), {})
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
