import { chmodSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { bearerOf, readNow, unrenewable, waitAfter, write, writeState } from '../../src/agent/keep-going.ts'
import { prepare } from '../../src/agent/prepare.ts'
import { readFiles } from '../../src/agent/files.ts'
import { readState } from '../../src/agent/state.ts'
import { stageOf } from '../fixtures/agent.ts'

const lease = { id: 'l', seconds: 15, renewable: true, endsAt: 9000 }
const held = { id: 'a', lease, due: 5000, failures: 2, denied: false, keys: null, value: null }

t.test('what is to be read now is not renewed first', async t => {
  t.strictSame(readNow(held, 100), { ...held, lease: { ...lease, renewable: false }, due: 100 })
  t.strictSame(readNow({ ...held, lease: null }, 100), { ...held, lease: null, due: 100 })
  t.equal(unrenewable(null), null)
})

t.test('the wait after a failure is as long as the lease bears, and none when it cannot help', async t => {
  const stage = await stageOf(t)
  const network = { kind: 'network', reason: 'x' } as const
  const denied = { kind: 'status', status: 403, errors: [] } as const
  t.equal(waitAfter(stage.agent, network, { failures: 0, seconds: 15 }), 188)
  t.equal(waitAfter(stage.agent, network, { failures: 20, seconds: 15 }), 1125)
  t.equal(waitAfter(stage.agent, network, { failures: 20 }), 45_000)
  t.equal(waitAfter(stage.agent, network, { failures: 20, endsAt: stage.clock.now() + 10_000 }), 5000)
  t.equal(waitAfter(stage.agent, denied, { failures: 0 }), undefined)
  t.equal(waitAfter(stage.agent, denied, { failures: 0, loggedInAt: stage.clock.now() }), 188)
})

t.test('an answer is waited for as long as everything that is held bears', async t => {
  const stage = await stageOf(t)
  const { state } = await prepare(stage.agent, false)
  const { value } = state.token
  t.match(bearerOf(stage.agent, { state }), { token: value, signal: stage.agent.signal, timeout: 60_000 })
  const ending = { ...held, lease: { ...lease, endsAt: stage.clock.now() + 8000 } }
  t.equal(bearerOf(stage.agent, { state: { ...state, held: [...state.held, ending] } }).timeout, 4000)
  const token = { ...state.token, endsAt: stage.clock.now() + 6000 }
  t.equal(bearerOf(stage.agent, { state: { ...state, token } }).timeout, 3000)
})

t.test('the state alone is written where nothing shows, all of it where files are still missing', async t => {
  const stage = await stageOf(t)
  const session = await prepare(stage.agent, false)
  const { secrets, state } = stage.config.folders
  const token = { ...session.state.token, failures: 5 }
  rmSync(join(secrets, '..data'))
  const renewed = { ...session, state: { ...session.state, token } }
  t.match(writeState(stage.agent, renewed), renewed)
  t.match(readState(state), { token: { failures: 5 } })
  t.equal(readFiles(secrets), undefined)
  writeState(stage.agent, { ...renewed, unwritten: { due: 0, failures: 1 } })
  t.equal(readFiles(secrets)?.get('env')?.content, "DB_PASSWORD='hunter2'\n")
})

t.test('what cannot be written is told, and tried again, later and later', async t => {
  const stage = await stageOf(t)
  const session = await prepare(stage.agent, false)
  const held = session.state.held.map(each => ({ ...each, value: { data: { password: 'new' } } }))
  const changed = { ...session, state: { ...session.state, held } }
  const { secrets } = stage.config.folders
  rmSync(secrets, { recursive: true })
  writeFileSync(secrets, 'in the way')
  const failed = write(stage.agent, changed)
  t.match(failed, { state: { held, shown: false }, unwritten: { due: stage.clock.now() + 188, failures: 1 } })
  t.match(write(stage.agent, failed), { unwritten: { due: stage.clock.now() + 375, failures: 2 } })
  t.match(stage.log.at(-1), { level: 'warn', event: 'not written', reason: /EEXIST|ENOTDIR/ })
  rmSync(secrets)
  const written = write(stage.agent, failed)
  t.notOk('unwritten' in written)
  t.ok(written.state.shown)
  t.equal(readFiles(secrets)?.get('env')?.content, "DB_PASSWORD='new'\n")
  chmodSync(secrets, 0o755)
})
