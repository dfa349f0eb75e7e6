import t from 'tap'
import {
  expiryDue,
  inTime,
  isLastResort,
  isShort,
  longestWait,
  next,
  patience,
  refreshDue,
  renewalDue,
  rotationDue,
} from '../../src/agent/schedule.ts'

const timing = { renewAt: 0.6, refresh: 300 }

t.test('a lease is renewed at its share, ten percent around it', async t => {
  t.equal(renewalDue(100, timing, 1000, 0), 1000 + 54_000)
  t.equal(renewalDue(100, timing, 1000, 0.5), 1000 + 60_000)
  t.equal(Math.round(renewalDue(100, timing, 1000, 0.999_999) ?? 0), 1000 + 66_000)
  t.equal(renewalDue(100, { ...timing, renewAt: 0.99 }, 0, 0.999), 95_000, 'never so late that it is over')
  t.equal(renewalDue(1, timing, 0, 0), 1000, 'never at once')
  t.equal(renewalDue(0, timing, 0, 0), null, 'a token without an end needs nothing')
})

t.test('a secret without a lease is looked at within refresh', async t => {
  t.equal(refreshDue(timing, 1000, 0), 271_000)
  t.ok((refreshDue(timing, 1000, 0.999_999) ?? Infinity) <= 301_000)
  t.equal(refreshDue({ ...timing, refresh: 0.1 }, 0, 0), 1000)
  t.equal(refreshDue({ ...timing, refresh: 0 }, 1000, 0), null)
})

t.test('a rotated password is read a second after its rotation', async t => {
  t.equal(rotationDue(20, 1000), 22_000)
  t.equal(rotationDue(0, 1000), 2000)
})

t.test('a grant is short when more than rounding is missing', async t => {
  t.notOk(isShort(15, 15))
  t.notOk(isShort(14, 15))
  t.notOk(isShort(20, 15))
  t.ok(isShort(13, 15))
})

t.test('what ends soon is tried again soon', async t => {
  t.strictSame([0, 1, 15, 3600].map(longestWait), [60_000, 1000, 1500, 60_000])
})

t.test('a certificate is made anew at a share of what is left of it', async t => {
  t.equal(expiryDue(1100, timing, 1_000_000, 0.5), 1_000_000 + 60_000)
  t.equal(expiryDue(900, timing, 1_000_000, 0.5), 1_001_000, 'one that is over, soon')
})

t.test('what is due comes with its time, and the soonest decides the wait', async t => {
  const token = { due: 9000, lost: false }
  const secrets = [
    { id: 'a', due: 5000 },
    { id: 'b', due: null },
    { id: 'c', due: 4000 },
  ]
  const hooks = [{ due: null }, { due: 8000 }]
  const nothing = { token: false, secrets: [], hooks: false, files: false, write: false }
  const plan = { token, secrets, hooks, files: 7000, write: null }
  t.strictSame(next(plan, 1000), { ...nothing, wait: 3000 })
  t.strictSame(next({ ...plan, files: 3000 }, 1000).wait, 2000)
  t.strictSame(next({ ...plan, hooks: [{ due: 1500 }] }, 1000).wait, 500)
  t.strictSame(next({ ...plan, files: null }, 5000), { ...nothing, wait: 0, secrets: ['a', 'c'] })
  t.strictSame(next({ ...plan, write: 1200 }, 1000).wait, 200)
  const all = { wait: 0, token: true, secrets: ['a', 'c'], hooks: true, files: true, write: true }
  t.strictSame(next({ ...plan, write: 9500 }, 9500), all)
  const idle = { token: { due: null, lost: false }, secrets: [], hooks: [], files: null, write: null }
  t.strictSame(next(idle, 0), { ...nothing, wait: undefined })
})

t.test('without a token nothing else is due but what the app is to be told', async t => {
  const plan = {
    token: { due: 9000, lost: true },
    secrets: [{ id: 'a', due: 0 }],
    hooks: [{ due: 2000 }],
    files: 0,
    write: null,
  }
  const nothing = { token: false, secrets: [], hooks: false, files: false, write: false }
  t.strictSame(next({ ...plan, hooks: [] }, 1000), { ...nothing, wait: 8000 })
  t.strictSame(next(plan, 1000), { ...nothing, wait: 1000 })
  t.strictSame(next(plan, 9000), { ...nothing, wait: 0, token: true, hooks: true })
  t.ok(next({ ...plan, write: 1000 }, 1000).write)
})

t.test('what is due within a second is taken along', async t => {
  const dues = (...times: readonly (number | null)[]) => {
    const secrets = times.map((due, index) => ({ id: String(index), due }))
    return next({ token: { due: null, lost: false }, secrets, hooks: [], files: null, write: null }, 5000).secrets
  }
  t.strictSame(dues(5000, 6000, 6001, null), ['0', '1'])
  t.strictSame(dues(5001, 6000), [], 'but nobody is woken for it')
})

t.test('ten thousand times are compared like two', async t => {
  const secrets = Array.from({ length: 200_000 }, (_, index) => ({ id: 'x', due: 1_000_000 - index }))
  t.equal(next({ token: { due: null, lost: false }, secrets, hooks: [], files: null, write: null }, 0).wait, 800_001)
})

t.test('whatever is asked for, there is another attempt before the end', async t => {
  t.equal(inTime(300_000, null, 0), 300_000)
  t.equal(inTime(300_000, 100_000, 0), 50_000)
  t.equal(inTime(20_000, 100_000, 0), 20_000)
  t.equal(inTime(20_000, 1000, 0), 1000, 'but never more than one a second')
  t.equal(inTime(20_000, 1000, 1000), 20_000, 'what has ended can wait')
})

t.test('an answer is waited for half as long as is left of what ends first', async t => {
  t.equal(patience([], 0), 60_000)
  t.equal(patience([null, 1_000_000], 0), 60_000)
  t.equal(patience([null, 100_000, 80_000], 0), 40_000)
  t.equal(patience([1000, 80_000], 1000), 39_500, 'what has ended is no reason to hurry')
  t.equal(patience([3000], 0), 2000)
  t.equal(patience([100_000], 0, 30_000), 50_000)
  t.equal(patience([40_000], 0, 30_000), 45_000, 'but a slow Vault is given its time')
  t.equal(patience([40_000], 0, 50_000), 60_000)
})

t.test('near the end of a token a login is tried by turns', async t => {
  const token = { failures: 1, seconds: 900, endsAt: 1_000_000 }
  t.notOk(isLastResort(token, 820_000))
  t.ok(isLastResort(token, 820_001))
  t.notOk(isLastResort({ ...token, failures: 2 }, 900_000))
  t.notOk(isLastResort({ ...token, endsAt: null }, 900_000))
})
