import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { createMetrics, metricsServer } from '../../src/webhook/metrics.ts'

const gauges = { inFlight: () => 3, certificateExpiry: () => new Date('2027-01-01T00:00:00Z') }

t.test('counts reviews by decision and reason, and says what it is asked for', async t => {
  const metrics = createMetrics(gauges)
  metrics.reviewed({ uid: 'u', namespace: 'n', decision: 'inject', reason: 'injected' }, 0.0002)
  metrics.reviewed({ decision: 'reject', reason: 'bad-request' }, 0.0004)
  metrics.shed()
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
  ])
    t.ok(lines.includes(line), line)
  t.equal((await fetch(`${origin}/`)).status, 404)
  t.equal((await fetch(`${origin}/metrics`, { method: 'POST' })).status, 404)
})

t.test('two webhooks in one process count for themselves', async t => {
  const [one, other] = [createMetrics(gauges), createMetrics(gauges)]
  one.shed()
  t.match(await other.registry.metrics(), 'podvault_requests_shed_total 0')
})
