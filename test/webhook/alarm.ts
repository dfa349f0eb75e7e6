import t from 'tap'
import { createAlarm } from '../../src/webhook/alarm.ts'

const forever = 2 ** 30
const clock = () => performance.now()

t.test('a sleep ends with its time, a call or the end of all', async t => {
  const stop = new AbortController()
  const alarm = createAlarm(stop.signal, clock, 0)
  await alarm.sleep(1)
  const sleep = alarm.sleep(forever)
  alarm.call()
  await sleep
  alarm.call()
  alarm.call()
  await alarm.sleep(forever)
  const last = alarm.sleep(forever)
  stop.abort()
  await last
  await alarm.sleep(forever)
  t.pass('none of them lasted')
})

t.test('a call counts for one sleep', async t => {
  const alarm = createAlarm(new AbortController().signal, clock, 0)
  alarm.call()
  await alarm.sleep(forever)
  let isOver = false
  const sleep = alarm.sleep(forever).then(() => (isOver = true))
  await new Promise(resolve => setTimeout(resolve, 5))
  t.equal(isOver, false)
  alarm.call()
  await sleep
})

t.test('however often somebody calls, there is some time between', async t => {
  const alarm = createAlarm(new AbortController().signal, clock, 20)
  await alarm.sleep(0)
  const began = clock()
  for (const _ of [1, 2, 3]) {
    alarm.call()
    await alarm.sleep(forever)
  }
  t.ok(clock() - began >= 55)
})
