import t from 'tap'
import { isShort, longestWait, next, refreshDue, renewalDue, rotationDue } from '../../src/agent/schedule.ts'

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

t.test('what is due comes with its time, and the soonest decides the wait', async t => {
  const token = { due: 9000, lost: false }
  const paths = [
    { path: 'a', due: 5000 },
    { path: 'b', due: null },
    { path: 'c', due: 4000 },
  ]
  t.strictSame(next(token, paths, 7000, 1000), { wait: 3000, token: false, paths: [] })
  t.strictSame(next(token, paths, 3000, 1000).wait, 2000)
  t.strictSame(next(token, paths, null, 5000), { wait: 0, token: false, paths: ['a', 'c'] })
  t.strictSame(next(token, paths, null, 9500), { wait: 0, token: true, paths: ['a', 'c'] })
  t.strictSame(next({ due: null, lost: false }, [], null, 0), { wait: undefined, token: false, paths: [] })
})

t.test('without a token nothing else is due', async t => {
  const lost = { due: 9000, lost: true }
  t.strictSame(next(lost, [{ path: 'a', due: 0 }], 0, 1000), { wait: 8000, token: false, paths: [] })
  t.strictSame(next(lost, [{ path: 'a', due: 0 }], 0, 9000), { wait: 0, token: true, paths: [] })
})
