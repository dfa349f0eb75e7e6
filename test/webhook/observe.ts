import { PassThrough } from 'node:stream'
import t from 'tap'
import { createLog } from '../../src/log.ts'
import type { Facts } from '../../src/webhook/answer.ts'
import { createObserver, type Observed, type ObserverParts } from '../../src/webhook/observe.ts'

const facts: Facts = {
  uid: 'u',
  namespace: 'shop',
  name: 'web-6d4cf-',
  owner: 'ReplicaSet/web-6d4cf',
  decision: 'inject',
  reason: 'injected',
  engine: 'podvault',
}
const observed: Observed = { facts, route: '/mutate', status: 200, ms: 0.51234 }
const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-00`

const watch = (more: Partial<ObserverParts> = {}) => {
  const stream = new PassThrough()
  const counted: unknown[] = []
  const metrics = { reviewed: (...what: unknown[]) => void counted.push(what) }
  const observe = createObserver({ log: createLog(stream), metrics, ...more })
  const line = (what: Observed): Readonly<Record<string, unknown>> => {
    observe(what)
    const { time: _, ...rest } = JSON.parse(String(stream.read()))
    return rest
  }
  return { counted, line }
}

t.test('a review is counted, and is one line with what people look for', async t => {
  const { counted, line } = watch()
  t.same(line({ ...observed, traceparent }), {
    level: 'info',
    ...facts,
    ms: 0.512,
    trace_id: 'a'.repeat(32),
    msg: 'review',
  })
  t.same(counted, [[facts, 0.00051234]])
  t.notOk('trace_id' in line({ ...observed, traceparent: 'nonsense' }), 'what is no traceparent is dropped')
})

t.test('a refusal is a warning, a failure of podvault itself an error with its stack', async t => {
  const { line } = watch()
  const refused: Facts = { decision: 'reject', reason: 'bad-value' }
  t.match(line({ ...observed, facts: refused }), { level: 'warn', decision: 'reject', stack: undefined })
  t.match(line({ ...observed, facts: refused, error: new Error('mine') }), { level: 'error', stack: /mine/ })
})

t.test('where spans are made the line has the trace of its span', async t => {
  const traced: unknown[] = []
  const { line } = watch({
    trace: (what, context) => {
      traced.push([what.route, context])
      return 'c'.repeat(32)
    },
  })
  t.match(line({ ...observed, traceparent }), { trace_id: 'c'.repeat(32) })
  line(observed)
  t.same(traced, [
    ['/mutate', { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), isSampled: false }],
    ['/mutate', undefined],
  ])
})
