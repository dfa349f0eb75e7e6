import t from 'tap'
import { asToday } from '../../src/agent/older-state.ts'

const now = { now: 5, wall: 5, up: 2 }

t.test('the first state had no values: the token is what stays of it', async t => {
  const former = [{ value: 'hvs.y', endsAt: 5 }]
  const first = { version: 1, token: { value: 'hvs.x' }, former, mounts: [], held: [{ path: 'secret/a' }], hash: 'h' }
  t.strictSame(asToday(first, now), {
    version: 2,
    at: now,
    changedAt: 5,
    token: { value: 'hvs.x' },
    former,
    mounts: [],
    held: [],
    told: [],
    shown: false,
    mounted: null,
  })
})

t.test('times without a clock of their own are by the clock on the wall', async t => {
  const before = { version: 2, held: [1], mounted: [] }
  t.strictSame(asToday(before, now), { ...before, at: now, changedAt: 5 })
})

t.test('what is of today, of a time to come, or nothing at all stays as it is', async t => {
  for (const state of [{ version: 2, at: { now: 1, wall: 1, up: 1 } }, { version: 3 }, {}, null, 'text', [1]])
    t.equal(asToday(state, now), state)
})
