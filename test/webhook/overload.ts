import t from 'tap'
import { createLoad } from '../../src/webhook/overload.ts'

t.test('lets requests in up to their number', async t => {
  const load = createLoad({ requests: 2, bytes: 100 })
  t.same([load.enter(1), load.enter(1), load.enter(1)], [true, true, false])
  t.equal(load.requests(), 2)
  load.leave(1)
  t.same([load.enter(1), load.enter(1)], [true, false])
})

t.test('lets requests in up to their bytes, and a single one always', async t => {
  const load = createLoad({ requests: 9, bytes: 100 })
  t.same([load.enter(1000), load.enter(1)], [true, false])
  load.leave(1000)
  t.same([load.enter(60), load.enter(41), load.enter(40)], [true, false, true])
})
