import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { createMetrics, metricsServer } from '../../src/webhook/metrics.ts'
import { version } from '../../src/version.ts'
import { gauges } from '../fixtures/gauges.ts'

t.test('counts reviews by decision and reason, and says what it is asked for', async t => {
  const metrics = createMetrics(gauges)
  metrics.reviewed({ uid: 'u', namespace: 'n', decision: 'inject', reason: 'injected', engine: 'podvault' }, 0.0002)
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
    'podvault_reviews_total{decision="inject",reason="injected",engine="podvault"} 1',
    'podvault_namespace_reviews_total{namespace="n",decision="inject"} 1',
    `podvault_build_info{version="${version}",node="${process.versions.node}"} 1`,
    'podvault_reviews_total{decision="reject",reason="bad-request"} 1',
    'podvault_review_duration_seconds_bucket{le="0.00025"} 1',
    'podvault_review_duration_seconds_bucket{le="0.0005"} 2',
    'podvault_review_duration_seconds_count 2',
    'podvault_requests_shed_total 1',
    'podvault_requests_in_flight 0',
    'podvault_configmaps_left_out_total 1',
    'podvault_events_total{result="sent"} 2',
    'podvault_events_total{result="dropped"} 1',
    'podvault_events_total{result="failed"} 0',
    'podvault_reviews_total{decision="reject",reason="internal-error"} 0',
    'podvault_config_reloads_total{result="failed"} 0',
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

t.test('the file that is in use has the time at which it was read', async t => {
  const { registry, reloaded } = createMetrics(gauges)
  const readAt = async (): Promise<number> =>
    Number(/_reload_success_timestamp_seconds (\d\S+)/.exec(await registry.metrics())?.[1])
  const first = await readAt()
  t.ok(Math.abs(Date.now() / 1000 - first) < 60)
  while (Date.now() / 1000 === first);
  reloaded(false)
  t.equal(await readAt(), first)
  reloaded(true)
  t.ok((await readAt()) > first)
})

t.test('namespaces are counted by name, but not more than there is room for', async t => {
  const { registry, reviewed } = createMetrics(gauges)
  const review = (namespace: string) => reviewed({ namespace, decision: 'inject', reason: 'injected' }, 0)
  for (let index = 0; index < 150; index += 1) review(`n-${index}`)
  review('n-7')
  const lines = (await registry.metrics()).split('\n').filter(line => line.startsWith('podvault_namespace_'))
  t.equal(lines.length, 101)
  t.ok(lines.includes('podvault_namespace_reviews_total{namespace="n-7",decision="inject"} 2'))
  t.ok(lines.includes('podvault_namespace_reviews_total{namespace="(others)",decision="inject"} 50'))
})

t.test('two webhooks in one process count for themselves', async t => {
  const [one, other] = [createMetrics(gauges), createMetrics(gauges)]
  one.shed()
  t.match(await other.registry.metrics(), 'podvault_requests_shed_total 0')
})
