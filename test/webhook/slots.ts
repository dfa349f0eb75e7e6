import t, { type Test } from 'tap'
import { createLoad } from '../../src/webhook/overload.ts'
import { createSlots } from '../../src/webhook/slots.ts'

const slotsOf = (_: Test, most = 60_000) => {
  const clock = { now: 0 }
  const load = createLoad({ requests: 2, bytes: 100 })
  const cut: string[] = []
  const { take } = createSlots(load, { crowded: 2000, most }, () => clock.now)
  return { clock, load, cut, take: (name: string, bytes = 1) => take(bytes, () => cut.push(name)) }
}

t.test('a request has its place until it is over', async t => {
  const { load, take, cut } = slotsOf(t)
  const leave = take('one')
  t.equal(load.requests(), 1)
  leave?.()
  leave?.()
  t.equal(load.requests(), 0, 'once')
  t.same(cut, [])
})

t.test('the oldest goes where there is no place, once it has had its time', async t => {
  const { clock, take, cut } = slotsOf(t)
  const leave = [take('first'), take('second')]
  clock.now = 1999
  t.equal(take('third'), undefined)
  t.same(cut, [])
  clock.now = 2000
  leave.push(take('fourth'))
  t.same(cut, ['first'])
  for (const each of leave) each?.()
})

t.test('as many go as are needed, and no more', async t => {
  const { clock, load, take, cut } = slotsOf(t)
  const leave = [take('small', 10), take('large', 80)]
  clock.now = 5000
  leave.push(take('middle', 50))
  t.same(cut, ['small', 'large'])
  t.equal(load.requests(), 1)
  clock.now = 10_000
  leave.push(take('other', 20))
  t.same(cut, ['small', 'large'], 'there was a place')
  clock.now = 11_000
  t.equal(take('huge', 100), undefined, 'the other one has not had its time')
  t.same(cut, ['small', 'large', 'middle'])
  for (const each of leave) each?.()
})

t.test('nobody keeps a place longer than anybody waits', async t => {
  const { load, take, cut } = slotsOf(t, 5)
  const leave = take('slow')
  while (cut.length === 0) await new Promise(resolve => setTimeout(resolve, 1))
  t.equal(load.requests(), 0)
  leave?.()
  t.equal(load.requests(), 0)
})
