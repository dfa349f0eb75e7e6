import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { keepPaths } from '../../src/agent/keep-paths.ts'
import { prepare } from '../../src/agent/prepare.ts'
import { readState } from '../../src/agent/state.ts'
import type { Session } from '../../src/agent/session.ts'
import { entry, file, idOf, type Stage, stageOf } from '../fixtures/agent.ts'
import { putSecret, revokeLease } from '../fixtures/vault-memory.ts'

const creds = 'database/creds/app'
const kv = 'secret/app/db'
const files = [file('db'), file('web')]
const begun = async (t: Parameters<typeof stageOf>[0]) => {
  const stage = await stageOf(t, { files })
  return { stage, session: await prepare(stage.agent, false) }
}
const wait = (stage: Stage, seconds: number) => stage.clock.sleep(seconds * 1000, stage.agent.signal)
const held = (session: Session, path: string) => session.state.held.find(each => each.path === path)
const user = (session: Session) => session.values.get(creds)?.['username']
const env = (stage: Stage) => readFileSync(join(stage.config.folders.secrets, 'env'), 'utf8')

t.test('a lease is renewed, and nothing is written for it but the state', async t => {
  const { stage, session } = await begun(t)
  await wait(stage, 10)
  const kept = await keepPaths(stage.agent, session, [creds])
  const now = stage.clock.now()
  t.match(held(kept, creds), {
    lease: { seconds: 15, endsAt: now + 15_000, renewable: true },
    due: now + 10_050,
    failures: 0,
  })
  t.equal(user(kept), user(session))
  t.equal(stage.vault.memory.leases.size, 1)
  t.strictSame(readState(stage.config.folders.state), kept.state)
})

t.test('near its max_ttl a new lease is read while the old one runs on', async t => {
  const { stage, session } = await begun(t)
  let current = session
  for (let turn = 0; turn < 2; turn += 1) {
    await wait(stage, 14)
    current = await keepPaths(stage.agent, current, [creds])
  }
  t.match(
    stage.log.find(({ last }) => last === true),
    { event: 'lease renewed', path: creds, seconds: 12 },
  )
  t.not(user(current), user(session))
  t.equal(stage.vault.memory.leases.size, 2, 'the app may still use the old one')
  t.strictSame(stage.vault.memory.revoked, [])
  t.match(env(stage), `USER='${String(user(current))}'`)
})

t.test('a lease that is lost, or cannot be renewed, is read anew', async t => {
  const { stage, session } = await begun(t)
  revokeLease(stage.vault.memory, held(session, creds)?.lease?.id ?? '')
  const kept = await keepPaths(stage.agent, session, [creds])
  t.not(user(kept), user(session))
  stage.vault.memory.databaseRoles.set('database/app', { ttl: 15, maxTtl: 40, renewable: false })
  const second = await keepPaths(stage.agent, kept, [creds])
  t.match(held(second, creds)?.lease, { renewable: true }, 'this one still could')
  revokeLease(stage.vault.memory, held(second, creds)?.lease?.id ?? '')
  const third = await keepPaths(stage.agent, second, [creds])
  const asked = stage.vault.requests.length
  const fourth = await keepPaths(stage.agent, third, [creds])
  t.not(user(fourth), user(third))
  t.strictSame(stage.asked().slice(asked), [creds], 'no attempt to renew what says it cannot be')
})

t.test('a renewal that finds Vault away is tried again soon, with the lease kept', async t => {
  const { stage, session } = await begun(t)
  stage.vault.fail({ status: 503 })
  const kept = await keepPaths(stage.agent, session, [creds, kv])
  t.match(held(kept, creds), { failures: 1, due: stage.clock.now() + 188, lease: held(session, creds)?.lease })
  t.match(held(kept, kv), { failures: 1, due: stage.clock.now() + 188 })
  stage.vault.heal()
  const healed = await keepPaths(stage.agent, kept, [creds, kv])
  t.match(healed.state.held, [{ failures: 0 }, { failures: 0 }])
  t.equal(user(healed), user(session))
})

t.test('a changed secret reaches the files, an unchanged one leaves them alone', async t => {
  const { stage, session } = await begun(t)
  const before = stage.log.filter(({ event }) => event === 'written').length
  const same = await keepPaths(stage.agent, session, [kv])
  t.equal(stage.log.filter(({ event }) => event === 'written').length, before)
  putSecret(stage.vault.memory, kv, { password: 'changed' })
  await keepPaths(stage.agent, same, [kv])
  t.match(env(stage), "A='changed'")
})

t.test('a secret that has become unusable leaves the last good one, and is asked for again later', async t => {
  const { stage, session } = await begun(t)
  putSecret(stage.vault.memory, kv, { password: "s3cret'" })
  const uncarried = await keepPaths(stage.agent, session, [kv])
  t.match(stage.log.at(-1), { event: 'not written', reason: /^the variable A has a single quote/ })
  putSecret(stage.vault.memory, kv, { other: 's3cret' })
  const keyless = await keepPaths(stage.agent, uncarried, [kv])
  t.match(stage.log.at(-1), {
    event: 'not read',
    reason: 'the secret secret/app/db has no key password: it has: other',
  })
  t.match(held(keyless, kv), { failures: 1, due: stage.clock.now() + 300_000 })
  stage.vault.memory.secrets.delete(kv)
  await wait(stage, 3)
  const gone = await keepPaths(stage.agent, keyless, [kv])
  t.match(stage.log.at(-1), { event: 'not read', reason: /see what is there: vault kv list secret\/app/, seconds: 300 })
  t.match(held(gone, kv), { failures: 2 })
  t.match(env(stage), "A='hunter2'")
  t.equal(session.reader.mountOf(kv), undefined, 'the engine is asked for anew')
  t.notMatch(JSON.stringify(stage.log), 's3cret')
})

t.test('a refused lease is asked for again in a minute', async t => {
  const { stage, session } = await begun(t)
  stage.vault.memory.databaseRoles.clear()
  stage.vault.memory.leases.clear()
  const kept = await keepPaths(stage.agent, session, [creds])
  t.match(held(kept, creds), { due: stage.clock.now() + 60_000 })
})

t.test('a denied read costs one login, and when that does not help no more', async t => {
  const { stage, session } = await begun(t)
  await wait(stage, 10)
  stage.vault.fail({ path: 'secret/data/app/db', status: 403, body: { errors: ['permission denied'] } })
  const denied = await keepPaths(stage.agent, session, [kv])
  t.match(denied.state.token, { lost: true, due: stage.clock.now() })
  t.match(held(denied, kv), { denied: true, failures: 1 })
  const again = { ...denied, state: { ...denied.state, token: session.state.token } }
  const still = await keepPaths(stage.agent, again, [kv])
  t.match(still.state.token, { lost: false })
  t.match(held(still, kv), { denied: true, failures: 2, due: stage.clock.now() + 300_000 })
  stage.vault.heal()
  t.match(held(await keepPaths(stage.agent, still, [kv]), kv), { denied: false, failures: 0 })
})

t.test('a denied renewal without a lost token is only one more read', async t => {
  const { stage, session } = await begun(t)
  stage.vault.fail({ path: 'sys/leases/renew', status: 403, body: { errors: ['permission denied'] } })
  const kept = await keepPaths(stage.agent, session, [creds])
  t.match(kept.state.token, { lost: false })
  t.not(user(kept), user(session))
})
