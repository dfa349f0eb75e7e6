import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { keepHooks } from '../../src/agent/keep-hooks.ts'
import { prepare } from '../../src/agent/prepare.ts'
import type { Session } from '../../src/agent/session.ts'
import { readState, type Told } from '../../src/agent/state.ts'
import type { OnChange } from '../../src/contract.ts'
import { stageOf } from '../fixtures/agent.ts'

const nowhere = { kind: 'http', method: 'POST', url: 'http://127.0.0.1:1/reload' } as const

/** A pod with one hook that is due. */
const begun = async (t: Test, onChange: OnChange, change: Partial<Told> = {}) => {
  const stage = await stageOf(t, { onChange })
  const session = await prepare(stage.agent, false)
  const told = session.state.told.map(each => ({ ...each, due: stage.clock.now(), ...change }))
  return { stage, session: { ...session, state: { ...session.state, told } } }
}
const toldIn = (stage: Awaited<ReturnType<typeof stageOf>>) => readState(stage.config.folders.state)?.told

t.test('a hook that fails is tried again, later and later, and then left alone', async t => {
  const { stage, session } = await begun(t, nowhere)
  const waits: unknown[] = []
  let current: Session = session
  for (let attempt = 1; attempt <= 8; attempt += 1) {
    const kept = await keepHooks(stage.agent, current)
    if (kept !== 'restart') current = kept
    const due = current.state.told[0]?.due ?? null
    waits.push(stage.log.at(-1)?.['seconds'])
    t.match(stage.log.at(-1), { level: 'warn', event: 'hook failed', hook: 'http', reason: /ECONNREFUSED/ })
    await stage.clock.sleep((due ?? 0) - stage.clock.now(), stage.agent.signal)
  }
  t.strictSame(waits, [0.188, 0.375, 0.75, 1.5, 3, 6, 12, undefined])
  t.match(stage.log.at(-1), { last: true })
  t.match(current.state.told, [{ due: null, failures: 0 }])
})

t.test('a hook that works after all is done', async t => {
  const server = createServer((_request, response) => void response.end())
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const { stage, session } = await begun(t, { kind: 'http', method: 'POST', url }, { failures: 3 })
  t.match(await keepHooks(stage.agent, session), { state: { told: [{ due: null, failures: 0 }] } })
  t.match(toldIn(stage), [{ due: null, failures: 0 }])
})

t.test('a restart among other hooks is one, also where those are not due', async t => {
  const { stage, session } = await begun(t, { kind: 'restart' })
  const [restart] = session.state.told
  if (!restart) return
  const others = [{ ...restart, onChange: nowhere, due: null }, restart]
  t.equal(await keepHooks(stage.agent, { ...session, state: { ...session.state, told: others } }), 'restart')
})

t.test('what is not due waits', async t => {
  const { stage, session } = await begun(t, nowhere, { due: 9e15 })
  t.match(await keepHooks(stage.agent, session), { state: { told: session.state.told } })
  t.notOk(stage.log.some(({ event }) => event === 'hook failed'))
})

t.test('a signal to nobody is tried again', async t => {
  const { stage, session } = await begun(t, { kind: 'signal', signal: 'SIGHUP' })
  t.match(await keepHooks(stage.agent, session), { state: { told: [{ failures: 1, due: stage.clock.now() + 188 }] } })
})

t.test('a restart is told before it happens, so that it does not happen again', async t => {
  const { stage, session } = await begun(t, { kind: 'restart' })
  t.equal(await keepHooks(stage.agent, session), 'restart')
  t.match(toldIn(stage), [{ onChange: { kind: 'restart' }, due: null }])
})

t.test('stopped, it ends with the reason', async t => {
  const { stage, session } = await begun(t, nowhere)
  stage.stop.abort(new Error('enough'))
  await t.rejects(keepHooks(stage.agent, session), new Error('enough'))
})
