import t from 'tap'
import { seldom } from '../../src/webhook/seldom.ts'

t.test('what is to be said all the time is said at once, and again when so much time has passed', async t => {
  const clock = { now: 5 }
  const said: string[] = []
  const say = seldom(
    100,
    () => clock.now,
    (what: string) => void said.push(`${what} at ${clock.now}`),
  )
  for (const now of [5, 6, 104, 105, 106, 205]) {
    clock.now = now
    say('it')
  }
  t.same(said, ['it at 5', 'it at 105', 'it at 205'])
})
