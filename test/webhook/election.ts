import t from 'tap'
import { leaseLife, leaseOf, leasePeriod, readLease, roleOf } from '../../src/webhook/election.ts'

const now = new Date('2026-01-01T00:00:00Z')
const at = '2026-01-01T00:00:00.000000Z'
const lease = { version: '7', holder: 'a', acquireTime: at, transitions: 3 }

t.test('who leads goes on; all others follow as long as they hear of it', async t => {
  t.equal(roleOf('a', lease, 0, 0), 'lead')
  t.equal(roleOf('a', lease, 0, leasePeriod - 1), 'lead')
  t.equal(roleOf('a', lease, 0, leasePeriod), 'renew')
  t.equal(roleOf('a', lease, 0, Infinity), 'renew')
  t.equal(roleOf('b', lease, 0, Infinity), 'follow')
  t.equal(roleOf('b', lease, leaseLife, Infinity), 'follow')
})

t.test('where nobody leads, somebody tries', async t => {
  t.equal(roleOf('b', lease, leaseLife + 1, Infinity), 'acquire')
  t.equal(roleOf('b', undefined, 0, Infinity), 'acquire')
  t.equal(roleOf('b', { ...lease, holder: '' }, 0, Infinity), 'acquire')
})

t.test('a Lease is read as others may have written it', async t => {
  const spec = { holderIdentity: 'a', acquireTime: at, leaseTransitions: 3, renewTime: at }
  t.same(readLease({ metadata: { resourceVersion: '7' }, spec }), lease)
  t.same(readLease({ metadata: { resourceVersion: '7' }, spec: {} }), {
    version: '7',
    holder: '',
    acquireTime: '',
    transitions: 0,
  })
  t.throws(() => readLease({}), { message: 'Lease.metadata must be an object' })
})

t.test('a Lease is written so that only one of two succeeds', async t => {
  const { metadata, spec } = leaseOf('podvault-ca', 'a', undefined, now) as Record<string, object>
  t.same(metadata, { name: 'podvault-ca' }, 'without a version it can only be created')
  t.same(spec, { holderIdentity: 'a', leaseDurationSeconds: 15, acquireTime: at, renewTime: at, leaseTransitions: 0 })
  t.match(leaseOf('podvault-ca', 'b', lease, now), {
    metadata: { resourceVersion: '7' },
    spec: { holderIdentity: 'b', acquireTime: at, leaseTransitions: 4 },
  })
  const later = new Date('2026-01-01T00:00:05Z')
  t.match(leaseOf('podvault-ca', 'a', lease, later), {
    spec: { acquireTime: at, renewTime: '2026-01-01T00:00:05.000000Z', leaseTransitions: 3 },
  })
  t.match(leaseOf('podvault-ca', '', lease, later), {
    spec: { holderIdentity: '', acquireTime: at, leaseTransitions: 3 },
  })
})
