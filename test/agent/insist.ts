import t from 'tap'
import { insist } from '../../src/agent/insist.ts'
import type { Outcome } from '../../src/vault/responses.ts'
import { stageOf } from '../fixtures/agent.ts'

const away: Outcome<string> = { kind: 'network', reason: 'ECONNREFUSED' }
const ok: Outcome<string> = { kind: 'ok', value: 'here' }

t.test('asks until there is an answer, waiting longer each time, and says so', async t => {
  const stage = await stageOf(t)
  const answers = [away, away, away, ok]
  const outcome = await insist(stage.agent, { what: 'login', deadline: Infinity }, async () => answers.shift() ?? away)
  t.strictSame(outcome, ok)
  t.strictSame(stage.clock.sleeps, [188, 375, 750])
  t.match(stage.log[0], { level: 'warn', event: 'retrying', what: 'login', reason: 'ECONNREFUSED', seconds: 0.188 })
})

t.test('gives the last failure at the deadline, after one last attempt', async t => {
  const stage = await stageOf(t)
  const start = stage.clock.now()
  const timeouts: number[] = []
  const outcome = await insist(stage.agent, { what: 'login', deadline: start + 10_000 }, async timeout => {
    timeouts.push(timeout)
    return away
  })
  t.strictSame(outcome, away)
  t.equal(stage.clock.passed(), 10)
  t.equal(timeouts[0], 10_000, 'an attempt does not outlast the deadline')
  t.equal(timeouts.at(-1), 1000, 'and the last one has a second')
})

t.test('a refusal is final, but for two seconds after a login', async t => {
  const stage = await stageOf(t)
  const refused: Outcome<string> = { kind: 'status', status: 403, errors: [] }
  const patience = { what: 'secret/a', deadline: Infinity }
  t.strictSame(await insist(stage.agent, patience, async () => refused), refused)
  t.equal(stage.clock.passed(), 0)
  const loggedInAt = stage.clock.now()
  t.strictSame(await insist(stage.agent, { ...patience, loggedInAt }, async () => refused), refused)
  t.ok(stage.clock.passed() >= 2 && stage.clock.passed() < 2.5)
})

t.test('stops with its signal', async t => {
  const stage = await stageOf(t)
  stage.clock.at(1, () => stage.stop.abort(new Error('enough')))
  await t.rejects(
    insist(stage.agent, { what: 'login', deadline: Infinity }, async () => away),
    new Error('enough'),
  )
})
