import { Registry } from 'prom-client'
import t from 'tap'
import type { WatchStatus } from '../../src/webhook/informer.ts'
import { addGauges, type Gauges } from '../../src/webhook/gauges.ts'
import { gauges } from '../fixtures/gauges.ts'

const lines = async (more: Partial<Gauges>): Promise<readonly string[]> => {
  const registry = new Registry()
  addGauges({ ...gauges, ...more }, registry)
  return (await registry.metrics()).split('\n')
}

const watching: WatchStatus = {
  state: 'watching',
  isSynced: true,
  heardAt: new Date('2026-01-01T00:00:00.500Z'),
  problem: undefined,
}

t.test('everything is read when somebody asks', async t => {
  const found = await lines({
    inFlight: () => 3,
    certificateExpiry: () => new Date('2027-01-01T00:00:00Z'),
    certificate: () => ({
      authority: { notAfter: new Date('2028-01-01T00:00:00Z'), isLeader: true, hasLeader: true },
    }),
    configMaps: () => 7,
    watch: () => watching,
  })
  for (const line of [
    'podvault_requests_in_flight 3',
    'podvault_ready 1',
    'podvault_certificate_expiry_timestamp_seconds 1798761600',
    'podvault_certificate_trusted 1',
    'podvault_ca_expiry_timestamp_seconds 1830297600',
    'podvault_leader 1',
    'podvault_leader_known 1',
    'podvault_configmaps 7',
    'podvault_configmap_watch_up 1',
    'podvault_configmap_watch_last_event_timestamp_seconds 1767225600.5',
  ])
    t.ok(found.includes(line), line)
})

t.test('what is not there, or not known, is 0', async t => {
  const starting: WatchStatus = { ...watching, state: 'starting', heardAt: undefined }
  const authority = { notAfter: undefined, isLeader: false, hasLeader: false }
  for (const found of [
    await lines({ isReady: () => false, certificate: () => ({ untrusted: 'x' }) }),
    await lines({ isReady: () => false, certificate: () => ({ untrusted: 'x', authority }), watch: () => starting }),
  ])
    for (const name of [
      'ready',
      'certificate_trusted',
      'ca_expiry_timestamp_seconds',
      'leader',
      'leader_known',
      'configmap_watch_up',
      'configmap_watch_last_event_timestamp_seconds',
    ])
      t.ok(found.includes(`podvault_${name} 0`), name)
})

t.test('the process tells its memory and its age', async t => {
  const found = (await lines({})).join('\n')
  const value = (name: string): number => Number(new RegExp(`^process_${name} (\\S+)$`, 'm').exec(found)?.[1])
  t.ok(value('resident_memory_bytes') > 20_000_000)
  const age = Date.now() / 1000 - value('start_time_seconds')
  t.ok(age > 0 && age < 3600)
})
