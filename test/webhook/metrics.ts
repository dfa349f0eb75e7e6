import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { createMetrics, type Gauges, metricsServer } from '../../src/webhook/metrics.ts'

const gauges: Gauges = {
  inFlight: () => 3,
  certificateExpiry: () => new Date('2027-01-01T00:00:00Z'),
  certificate: () => ({ authority: { notAfter: new Date('2028-01-01T00:00:00Z'), isLeader: true } }),
  configMaps: () => 7,
  watch: () => ({
    state: 'watching',
    isSynced: true,
    heardAt: new Date('2026-01-01T00:00:00.500Z'),
    problem: undefined,
  }),
}

t.test('counts reviews by decision and reason, and says what it is asked for', async t => {
  const metrics = createMetrics(gauges)
  metrics.reviewed({ uid: 'u', namespace: 'n', decision: 'inject', reason: 'injected' }, 0.0002)
  metrics.reviewed({ decision: 'reject', reason: 'bad-request' }, 0.0004)
  metrics.shed()
  for (const result of ['sent', 'sent', 'dropped'] as const) metrics.event(result)
  metrics.leftOut()
  for (const isKnown of [true, false, false]) metrics.called(isKnown)
  const server = metricsServer(metrics.registry).listen(0, '127.0.0.1')
  t.teardown(() => server[Symbol.asyncDispose]())
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const response = await fetch(`${origin}/metrics`)
  t.match(response.headers.get('content-type'), 'text/plain')
  const lines = (await response.text()).split('\n')
  for (const line of [
    'podvault_reviews_total{decision="inject",reason="injected"} 1',
    'podvault_reviews_total{decision="reject",reason="bad-request"} 1',
    'podvault_review_duration_seconds_bucket{le="0.00025"} 1',
    'podvault_review_duration_seconds_bucket{le="0.0005"} 2',
    'podvault_review_duration_seconds_count 2',
    'podvault_requests_shed_total 1',
    'podvault_requests_in_flight 3',
    'podvault_certificate_expiry_timestamp_seconds 1798761600',
    'podvault_certificate_trusted 1',
    'podvault_ca_expiry_timestamp_seconds 1830297600',
    'podvault_leader 1',
    'podvault_configmaps 7',
    'podvault_configmap_watch_up 1',
    'podvault_configmap_watch_last_event_timestamp_seconds 1767225600.5',
    'podvault_configmaps_left_out_total 1',
    'podvault_events_total{result="sent"} 2',
    'podvault_events_total{result="dropped"} 1',
    'podvault_callers_total{result="known"} 1',
    'podvault_callers_total{result="unknown"} 2',
    'podvault_config_last_reload_successful 1',
  ])
    t.ok(lines.includes(line), line)
  t.equal((await fetch(`${origin}/`)).status, 404)
  t.equal((await fetch(`${origin}/metrics`, { method: 'POST' })).status, 404)
})

t.test('tells whether the operator’s file that is there now is in use', async t => {
  const { registry, reloaded } = createMetrics(gauges)
  reloaded(false)
  t.match(await registry.metrics(), /^podvault_config_last_reload_successful 0$/m)
  reloaded(true)
  reloaded(true)
  const text = await registry.metrics()
  t.match(text, /^podvault_config_last_reload_successful 1$/m)
  t.match(text, /^podvault_config_reloads_total\{result="ok"\} 2$/m)
  t.match(text, /^podvault_config_reloads_total\{result="failed"\} 1$/m)
})

t.test('where nothing is watched, or nothing was heard yet, the watch is down', async t => {
  const starting = { state: 'starting', isSynced: false, heardAt: undefined, problem: undefined } as const
  for (const watch of [() => undefined, () => starting]) {
    const text = await createMetrics({ ...gauges, watch }).registry.metrics()
    t.match(text, /^podvault_configmap_watch_up 0$/m)
    t.match(text, /^podvault_configmap_watch_last_event_timestamp_seconds 0$/m)
  }
})

t.test('without an authority, and while nobody trusts it', async t => {
  for (const certificate of [
    { untrusted: 'x' },
    { untrusted: 'x', authority: { notAfter: undefined, isLeader: false } },
  ]) {
    const text = await createMetrics({ ...gauges, certificate: () => certificate }).registry.metrics()
    t.match(text, /^podvault_certificate_trusted 0$/m)
    t.match(text, /^podvault_ca_expiry_timestamp_seconds 0$/m)
    t.match(text, /^podvault_leader 0$/m)
  }
})

t.test('two webhooks in one process count for themselves', async t => {
  const [one, other] = [createMetrics(gauges), createMetrics(gauges)]
  one.shed()
  t.match(await other.registry.metrics(), 'podvault_requests_shed_total 0')
})
