import { chmodSync, rmSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { readNow, unrenewable, waitAfter, write } from '../../src/agent/keep-going.ts'
import { prepare } from '../../src/agent/prepare.ts'
import { readFiles } from '../../src/agent/files.ts'
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
  t.equal(waitAfter(stage.agent, 0, network, 15), 188)
  t.equal(waitAfter(stage.agent, 20, network, 15), 1125)
  t.equal(waitAfter(stage.agent, 20, network, 0), 45_000)
  t.equal(waitAfter(stage.agent, 0, denied, 0), undefined)
  t.equal(waitAfter(stage.agent, 0, denied, 0, stage.clock.now()), 188)
})

t.test('what cannot be written is told, and written with the next change', async t => {
  const stage = await stageOf(t)
  const session = await prepare(stage.agent, false)
  const held = session.state.held.map(each => ({ ...each, value: { data: { password: 'new' } } }))
  const changed = { ...session, state: { ...session.state, held } }
  const { secrets } = stage.config.folders
  rmSync(secrets, { recursive: true })
  writeFileSync(secrets, 'in the way')
  t.equal(write(stage.agent, changed), changed)
  t.match(stage.log.at(-1), { level: 'warn', event: 'not written', reason: /EEXIST|ENOTDIR/ })
  rmSync(secrets)
  write(stage.agent, changed)
  t.equal(readFiles(secrets)?.get('env')?.content, "DB_PASSWORD='new'\n")
  chmodSync(secrets, 0o755)
})
