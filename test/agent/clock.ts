import { uptime } from 'node:os'
import fc from 'fast-check'
import t from 'tap'
import { hasStepped, later, machineTime, steadily } from '../../src/agent/clock.ts'

const base = { now: 1000, wall: 500, up: 10 }
const hour = 3_600_000

/** A clock over two others that may be moved. */
const clocks = (since?: Parameters<typeof steadily>[2]) => {
  const at = { wall: 5000, up: 100 }
  const moment = steadily(
    () => at.wall,
    () => at.up,
    since,
  )
  const pass = (wall: number, up = wall) => {
    at.wall += wall
    at.up += up
    return moment().now
  }
  return { pass, moment }
}

t.test('it goes on by whichever of the two has gone on further', async t => {
  t.strictSame(later(base, 510, 15), { now: 1010, wall: 510, up: 15 })
  t.strictSame(later(base, 505, 25), { now: 1015, wall: 505, up: 25 })
  t.equal(later(base, 0, 0).now, 1000, 'and never back')
})

t.test('a second apart, one of them has been set or has slept', async t => {
  t.notOk(hasStepped(base, { now: 0, wall: 1500, up: 10 }))
  t.ok(hasStepped(base, { now: 0, wall: 1501, up: 10 }))
  t.ok(hasStepped(base, { now: 0, wall: 500, up: 1011 }))
})

t.test('it begins with the wall clock, and a step back does not hold it up', async t => {
  const { pass } = clocks()
  t.equal(pass(0), 5000)
  t.equal(pass(10), 5010)
  t.equal(pass(-hour, 5), 5015)
  t.equal(pass(7), 5022)
  t.equal(pass(hour + 1, 1), 5023 + hour, 'a step forward may have been a sleep')
})

t.test('a sleep that only one of them has counted is counted', async t => {
  t.equal(clocks().pass(hour, 0), 5000 + hour)
  t.equal(clocks().pass(0, hour), 5000 + hour)
})

t.test('small differences do not add up', async t => {
  const { pass } = clocks()
  // The machine's clock has hundredths of a second, the wall's thousandths.
  for (let turn = 0; turn < 1000; turn += 1) pass(1, turn % 10 === 0 ? 10 : 0)
  t.ok(Math.abs(pass(0) - 6000) <= 10)
})

t.test('it goes on from the moment an earlier process has left', async t => {
  const since = { now: 9000, wall: 4000, up: 50 }
  t.strictSame(clocks(since).moment(), { now: 10_000, wall: 5000, up: 100 })
  t.equal(clocks({ ...since, wall: 4000 + hour }).moment().now, 9050, 'also when the clock was set back in between')
})

t.test('whatever happens to either, it counts no less than has passed', async () => {
  const step = fc.record({ passed: fc.integer({ min: 0, max: hour }), set: fc.integer({ min: -hour, max: hour }) })
  fc.assert(
    fc.property(fc.array(step), steps => {
      const { pass, moment } = clocks()
      let [last, passed] = [moment().now, 0]
      for (const { passed: more, set } of steps) {
        const now = pass(more + set, more)
        passed += more
        if (now < last || now < 5000 + passed) return false
        last = now
      }
      return true
    }),
    { numRuns: 2000 },
  )
})

t.test("the machine's time is in milliseconds", async t => {
  t.ok(Math.abs(machineTime() - uptime() * 1000) < 1000)
})
