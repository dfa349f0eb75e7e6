import t from 'tap'
import { traceContextOf } from '../../src/webhook/trace-context.ts'

const [traceId, spanId] = ['4bf92f3577b34da6a3ce929d0e0e4736', '00f067aa0ba902b7']

t.test('a traceparent says which trace and span a request comes from, and whether it is sampled', async t => {
  t.same(traceContextOf(`00-${traceId}-${spanId}-01`), { traceId, spanId, isSampled: true })
  t.same(traceContextOf(`00-${traceId}-${spanId}-00`), { traceId, spanId, isSampled: false })
  t.match(traceContextOf(`00-${traceId}-${spanId}-ff`), { isSampled: true }, 'other flags mean nothing yet')
  t.match(traceContextOf(`cc-${traceId}-${spanId}-01`), { traceId })
  t.match(traceContextOf(`cc-${traceId}-${spanId}-01-what-will-be`), { traceId }, 'later versions say more')
})

t.test('what does not follow the grammar is no traceparent', async t => {
  const good = `00-${traceId}-${spanId}-01`
  for (const header of [
    undefined,
    7,
    [good],
    '',
    ` ${good}`,
    `${good}\n`,
    `${good}, ${good}`,
    `${good}-more`,
    `ff-${traceId}-${spanId}-01`,
    `00-${'0'.repeat(32)}-${spanId}-01`,
    `00-${traceId}-${'0'.repeat(16)}-01`,
    `00-${traceId.toUpperCase()}-${spanId}-01`,
    `00-${traceId}-${spanId}-0`,
    `00-${traceId.slice(1)}-${spanId}-01`,
    `cc-${traceId}-${spanId}-01.more`,
    `cc-${traceId}-${spanId}-01-${'x'.repeat(8000)}`,
    `cc-${traceId}-${spanId}-01-\u001b[2J`,
  ])
    t.equal(traceContextOf(header), undefined, JSON.stringify(header)?.slice(0, 90))
})
