import { PassThrough } from 'node:stream'
import t from 'tap'
import { createLog } from '../../src/log.ts'
import { version } from '../../src/version.ts'
import type { Observed } from '../../src/webhook/observe.ts'
import { createSpans } from '../../src/webhook/spans.ts'
import { until } from '../fixtures/api-server.ts'
import { collector, plain } from '../fixtures/collector.ts'

const logged = () => {
  const stream = new PassThrough()
  const lines: string[] = []
  stream.on('data', chunk => lines.push(JSON.parse(String(chunk)).msg))
  return { log: createLog(stream), lines }
}

const injected: Observed = {
  facts: {
    uid: 'u',
    namespace: 'shop',
    name: 'web-',
    owner: 'ReplicaSet/web',
    decision: 'inject',
    reason: 'injected',
    engine: 'podvault',
  },
  route: '/mutate',
  status: 200,
  ms: 250,
}
const times = { every: 10, patience: 500, last: 500 }
const context = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), isSampled: true }

t.test('a collector gets a span of each review, in the trace of the API server', async t => {
  const { url, requests, spans, state } = await collector(t)
  const { log, lines } = logged()
  const { trace, end } = createSpans(url, log, times)
  t.equal(trace(injected, context), 'a'.repeat(32))
  const own = trace({ ...injected, facts: { decision: 'reject', reason: 'bad-request' }, status: 400 }, undefined)
  t.match(own, /^[0-9a-f]{32}$/)
  t.equal(trace(injected, { ...context, isSampled: false }), 'a'.repeat(32), 'one that nobody wants')
  await end()
  t.same(new Set(requests.map(({ path }) => path)), new Set(['POST /v1/traces']))
  const resource = plain(requests[0]?.sent.resourceSpans[0]?.resource.attributes ?? [])
  t.match(resource, { 'service.name': 'podvault', 'service.version': version })
  t.equal(spans().length, 2)
  const [first, second] = spans()
  t.match(first, { traceId: 'a'.repeat(32), parentSpanId: 'b'.repeat(16), name: 'POST /mutate', kind: 2 })
  t.equal(BigInt(first?.endTimeUnixNano ?? 0) - BigInt(first?.startTimeUnixNano ?? 0), 250_000_000n)
  t.same(plain(first?.attributes ?? []), {
    'http.request.method': 'POST',
    'http.route': '/mutate',
    'http.response.status_code': 200,
    'k8s.namespace.name': 'shop',
    'podvault.uid': 'u',
    'podvault.name': 'web-',
    'podvault.owner': 'ReplicaSet/web',
    'podvault.decision': 'inject',
    'podvault.reason': 'injected',
    'podvault.engine': 'podvault',
  })
  t.match(second, { traceId: own, parentSpanId: undefined })
  t.match(plain(second?.attributes ?? []), { 'podvault.reason': 'bad-request', 'http.response.status_code': 400 })
  t.same([lines, state.asked], [[], 1])
})

t.test('a failure of podvault itself is an error of its span', async t => {
  const { url, spans } = await collector(t)
  const { trace, end } = createSpans(url, logged().log, times)
  trace(
    { ...injected, facts: { decision: 'reject', reason: 'internal-error' }, error: new Error('hunter2') },
    undefined,
  )
  await end()
  t.match(spans()[0]?.status, { code: 2, message: 'internal-error' })
  t.notMatch(JSON.stringify(spans()), 'hunter2')
})

t.test('a collector that refuses is complained about once, and told of when it takes them again', async t => {
  const { url, spans, state } = await collector(t)
  const { log, lines } = logged()
  const { trace, end } = createSpans(url, log, times)
  state.status = 400
  for (const count of [1, 2]) {
    trace(injected, context)
    await until(() => state.asked === count)
  }
  await until(() => lines.length === 1)
  state.status = 200
  trace(injected, context)
  await until(() => lines.length === 2)
  await end()
  t.match(lines, [/^spans cannot be sent, and are dropped: ./, 'spans are sent again'])
  t.equal(spans().length, 1, 'what was refused is gone')
})

t.test('a collector that does not answer holds nobody up: what is too much is dropped', async t => {
  const { url, state } = await collector(t)
  const { log, lines } = logged()
  state.isSilent = true
  const { trace, end } = createSpans(url, log, { every: 10, patience: 2000, last: 50 })
  const before = process.memoryUsage().heapUsed
  for (let index = 0; index < 20_000; index += 1) trace(injected, context)
  await until(() => state.asked > 0)
  t.ok(process.memoryUsage().heapUsed - before < 150e6)
  await end()
  t.same(lines, [])
})

t.test('nobody there is no reason to throw', async t => {
  const { log, lines } = logged()
  const { trace, end } = createSpans('http://127.0.0.1:1/v1/traces', log, times)
  trace(injected, context)
  await end()
  t.ok(lines.length <= 1)
})

t.test('who says what the service is called is heard', async t => {
  const { url, requests } = await collector(t)
  process.env['OTEL_SERVICE_NAME'] = 'injector'
  process.env['OTEL_RESOURCE_ATTRIBUTES'] = 'k8s.cluster.name=blue'
  t.teardown(() => {
    delete process.env['OTEL_SERVICE_NAME']
    delete process.env['OTEL_RESOURCE_ATTRIBUTES']
  })
  const { trace, end } = createSpans(url, logged().log)
  trace(injected, undefined)
  await end()
  const resource = plain(requests[0]?.sent.resourceSpans[0]?.resource.attributes ?? [])
  t.match(resource, { 'service.name': 'injector', 'k8s.cluster.name': 'blue' })
})
