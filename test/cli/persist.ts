import t from 'tap'
import { persist } from '../../src/cli/persist.ts'
import type { Outcome } from '../../src/vault/responses.ts'

const busy: Outcome<string> = { kind: 'status', status: 503, errors: [] }
const denied: Outcome<string> = { kind: 'status', status: 403, errors: [] }

const asked = async (answers: readonly Outcome<string>[], retries = 9) => {
  const sleeps: number[] = []
  const rest = [...answers]
  const sleep = async (milliseconds: number) => void sleeps.push(milliseconds)
  const patience = { retries, delay: 40, random: () => 0.5, sleep }
  const outcome = await persist(patience, async () => rest.shift() ?? busy)
  return { outcome, sleeps }
}

t.test('what may pass is asked again, each time after twice as long', async t => {
  const { outcome, sleeps } = await asked([busy, { kind: 'network', reason: 'x' }, busy, { kind: 'ok', value: 'v' }])
  t.strictSame(outcome, { kind: 'ok', value: 'v' })
  t.strictSame(sleeps, [30, 60, 120])
})

t.test('ten attempts are enough, or as many as one says', async t => {
  t.strictSame((await asked([])).sleeps, [30, 60, 120, 240, 480, 960, 1920, 3840, 7680])
  t.strictSame((await asked([], 1)).sleeps, [30])
  t.strictSame((await asked([], 0)).outcome, busy)
})

t.test('a refusal is final', async t => {
  t.strictSame(await asked([denied]), { outcome: denied, sleeps: [] })
})
