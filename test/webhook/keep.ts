import t from 'tap'
import { keep, pause } from '../../src/webhook/keep.ts'

/** Looks at each of these once, then is told to stop; errors are thrown. */
const kept = async (looks: readonly (Error | string | undefined)[]) => {
  const stop = new AbortController()
  const left = [...looks]
  const seen: string[] = []
  const renewed = (): string | undefined => {
    if (left.length === 1) stop.abort()
    const look = left.shift()
    if (look instanceof Error) throw look
    return look
  }
  const keeping = { every: 0, stop: stop.signal }
  await keep(
    { renewed },
    keeping,
    value => seen.push(`use ${value}`),
    message => seen.push(`complain ${message}`),
  )
  return seen
}

t.test('what is new is used, what is not is left alone', async t => {
  t.same(await kept([undefined, 'a', undefined, 'b', 'b']), ['use a', 'use b', 'use b'])
})

t.test('what is broken is reported once, and again after it was well in between', async t => {
  const [a, b] = [new Error('a'), new Error('b')]
  t.same(await kept([a, a, a, b, 'x', b]), ['complain a', 'complain b', 'use x', 'complain b'])
  t.same(await kept([a, undefined, a]), ['complain a', 'complain a'], 'the one from before may be back, too')
})

t.test('a pause ends early, and says so, when there is no more to wait for', async t => {
  const stop = new AbortController()
  t.equal(await pause(1, stop.signal), true)
  const paused = pause(60_000, stop.signal)
  stop.abort()
  t.equal(await paused, false)
  t.equal(await pause(60_000, stop.signal), false)
})
