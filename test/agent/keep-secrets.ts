import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { keepSecrets } from '../../src/agent/keep-secrets.ts'
import { prepare } from '../../src/agent/prepare.ts'
import { readState } from '../../src/agent/state.ts'
import { type Session, valuesOf } from '../../src/agent/session.ts'
import { entry, file, idOf, type Stage, stageOf, templates } from '../fixtures/agent.ts'
import type { VaultRequest } from '../../src/vault/client.ts'
import { putSecret, revokeLease } from '../fixtures/vault-memory.ts'

const creds = 'database/creds/app'
const kv = 'secret/app/db'
const files = [file('db', entry(creds, { USER: 'username' })), file('web', entry(kv, { A: 'password' }))]
const begun = async (t: Parameters<typeof stageOf>[0]) => {
  const stage = await stageOf(t, { files })
  return { stage, session: await prepare(stage.agent, false) }
}
const wait = (stage: Stage, seconds: number) => stage.clock.sleep(seconds * 1000, stage.agent.signal)
const held = (session: Session, path: string) => session.state.held.find(each => each.id === idOf(path))
const user = (session: Session) => valuesOf(session.state).get(idOf(creds))?.data['username']
const env = (stage: Stage) => readFileSync(join(stage.config.folders.secrets, 'env'), 'utf8')

t.test('a lease is renewed, and nothing is written for it but the state', async t => {
  const { stage, session } = await begun(t)
  await wait(stage, 10)
  const kept = await keepSecrets(stage.agent, session, [idOf(creds)])
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
    current = await keepSecrets(stage.agent, current, [idOf(creds)])
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
  const kept = await keepSecrets(stage.agent, session, [idOf(creds)])
  t.not(user(kept), user(session))
  stage.vault.memory.databaseRoles.set('database/app', { ttl: 15, maxTtl: 40, renewable: false })
  const second = await keepSecrets(stage.agent, kept, [idOf(creds)])
  t.match(held(second, creds)?.lease, { renewable: true }, 'this one still could')
  revokeLease(stage.vault.memory, held(second, creds)?.lease?.id ?? '')
  const third = await keepSecrets(stage.agent, second, [idOf(creds)])
  const asked = stage.vault.requests.length
  const fourth = await keepSecrets(stage.agent, third, [idOf(creds)])
  t.not(user(fourth), user(third))
  t.strictSame(stage.asked().slice(asked), [creds], 'no attempt to renew what says it cannot be')
})

t.test('a renewal that finds Vault away is tried again soon, with the lease kept', async t => {
  const { stage, session } = await begun(t)
  stage.vault.fail({ status: 503 })
  const kept = await keepSecrets(stage.agent, session, [idOf(creds), idOf(kv)])
  t.match(held(kept, creds), { failures: 1, due: stage.clock.now() + 188, lease: held(session, creds)?.lease })
  t.match(held(kept, kv), { failures: 1, due: stage.clock.now() + 188 })
  stage.vault.heal()
  const healed = await keepSecrets(stage.agent, kept, [idOf(creds), idOf(kv)])
  t.match(healed.state.held, [{ failures: 0 }, { failures: 0 }])
  t.equal(user(healed), user(session))
})

t.test('a changed secret reaches the files, an unchanged one leaves them alone', async t => {
  const { stage, session } = await begun(t)
  const before = stage.log.filter(({ event }) => event === 'written').length
  const same = await keepSecrets(stage.agent, session, [idOf(kv)])
  t.equal(stage.log.filter(({ event }) => event === 'written').length, before)
  putSecret(stage.vault.memory, kv, { password: 'changed' })
  await keepSecrets(stage.agent, same, [idOf(kv)])
  t.match(env(stage), "A='changed'")
})

t.test('a secret that has become unusable leaves the last good one, and is asked for again later', async t => {
  const { stage, session } = await begun(t)
  putSecret(stage.vault.memory, kv, { password: "s3cret'" })
  const uncarried = await keepSecrets(stage.agent, session, [idOf(kv)])
  t.match(stage.log.at(-1), { event: 'not written', reason: /^the variable A has a single quote/ })
  t.match(held(uncarried, kv), { failures: 1, value: { data: { password: 'hunter2' } } })
  putSecret(stage.vault.memory, kv, { other: 's3cret' })
  const keyless = await keepSecrets(stage.agent, uncarried, [idOf(kv)])
  t.match(stage.log.at(-1), {
    event: 'not read',
    reason: 'the secret secret/app/db has no key password: it has: other',
  })
  t.match(held(keyless, kv), { failures: 2, due: stage.clock.now() + 300_000 })
  stage.vault.memory.secrets.delete(kv)
  await wait(stage, 3)
  const gone = await keepSecrets(stage.agent, keyless, [idOf(kv)])
  t.match(stage.log.at(-1), { event: 'not read', reason: /see what is there: vault kv list secret\/app/, seconds: 300 })
  t.match(held(gone, kv), { failures: 3 })
  t.match(env(stage), "A='hunter2'")
  t.equal(session.reader.mounts()[1], undefined, 'the engine is asked for anew')
  t.notMatch(JSON.stringify(stage.log), 's3cret')
})

t.test('a refused lease is asked for again in a minute', async t => {
  const { stage, session } = await begun(t)
  stage.vault.memory.databaseRoles.clear()
  stage.vault.memory.leases.clear()
  const kept = await keepSecrets(stage.agent, session, [idOf(creds)])
  t.match(held(kept, creds), { due: stage.clock.now() + 60_000 })
})

t.test('a denied read costs one login, and when that does not help no more', async t => {
  const logins = () => stage.asked().filter(path => path.endsWith('/login')).length
  const { stage, session } = await begun(t)
  await wait(stage, 10)
  stage.vault.fail({ path: 'secret/data/app/db', status: 403, body: { errors: ['permission denied'] } })
  const denied = await keepSecrets(stage.agent, session, [idOf(kv)])
  t.match(stage.log.at(-1), { event: 'logged in again' })
  t.match(denied.state.former, [{ value: session.state.token.value }])
  t.match(held(denied, kv), { denied: true, failures: 1, due: stage.clock.now() })
  await wait(stage, 3)
  const still = await keepSecrets(stage.agent, denied, [idOf(kv)])
  t.equal(logins(), 2)
  t.match(held(still, kv), { denied: true, failures: 2, due: stage.clock.now() + 300_000 })
  stage.vault.heal()
  t.match(held(await keepSecrets(stage.agent, still, [idOf(kv)]), kv), { denied: false, failures: 0 })
})

t.test('a denied read while no login is possible leaves a token that lives with its leases', async t => {
  const { stage, session } = await begun(t)
  await wait(stage, 10)
  stage.vault.fail({ path: 'secret/data/app/db', status: 403, body: { errors: ['permission denied'] } })
  stage.vault.memory.loginRoles.clear()
  const kept = await keepSecrets(stage.agent, session, [idOf(kv), idOf(creds)])
  t.strictSame(kept.state.token, session.state.token)
  t.match(held(kept, kv), { denied: true, due: stage.clock.now() + 300_000 })
  t.match(held(kept, creds), { failures: 0, lease: { renewable: true } })
  t.match(stage.log.at(-1), { event: 'login failed', reason: /invalid role name/ })
})

t.test('a Vault that is away is asked by eight at once, and by nobody else of the ten thousand', async t => {
  const { stage, session } = await begun(t)
  const [first] = session.state.held
  if (first === undefined) return
  const many = Array.from({ length: 50 }, (_, index) => ({ ...first, id: `${first.id} ${index}` }))
  const requests = new Map(many.map(({ id }) => [id, { id, path: creds, method: 'GET' } as const]))
  const asked = stage.vault.requests.length
  stage.vault.fail({ status: 503 })
  const crowd = { ...session, wanted: { ...session.wanted, requests }, state: { ...session.state, held: many } }
  const kept = await keepSecrets(
    stage.agent,
    crowd,
    many.map(({ id }) => id),
  )
  t.equal(stage.vault.requests.length, asked + 8)
  t.equal(stage.log.filter(({ event }) => event === 'lease not renewed').length, 8)
  t.ok(kept.state.held.every(({ due, failures }) => failures === 1 && due === stage.clock.now() + 188))
  t.strictSame(readState(stage.config.folders.state), session.state, 'and nothing is written for it')
})

t.test('a single engine that fails holds back nobody else', async t => {
  const { stage, session } = await begun(t)
  stage.vault.fail({ path: 'sys/leases/renew', status: 500 })
  const kept = await keepSecrets(stage.agent, session, [idOf(creds), idOf(kv)])
  t.match(held(kept, creds), { failures: 1 })
  t.match(held(kept, kv), { failures: 0, due: stage.clock.now() + 285_000 })
})

t.test('a lease runs from the question, however long the answer takes', async t => {
  const { stage, session } = await begun(t)
  const asked = stage.clock.now()
  const vault = {
    ...stage.agent.vault,
    request: async (request: VaultRequest) => {
      await wait(stage, 4)
      return stage.agent.vault.request(request)
    },
  }
  const renewed = await keepSecrets({ ...stage.agent, vault }, session, [idOf(creds)])
  t.equal(renewed.took, 4000, 'and the next answer is waited for accordingly')
  t.match(held(renewed, creds), { due: asked + 10_050, lease: { endsAt: asked + 15_000 } })
  revokeLease(stage.vault.memory, held(session, creds)?.lease?.id ?? '')
  const read = await keepSecrets({ ...stage.agent, vault }, session, [idOf(creds)])
  t.match(held(read, creds), { due: asked + 8000 + 10_050, lease: { endsAt: asked + 8000 + 15_000 } })
})

t.test('a denied renewal without a lost token is only one more read', async t => {
  const { stage, session } = await begun(t)
  stage.vault.fail({ path: 'sys/leases/renew', status: 403, body: { errors: ['permission denied'] } })
  const kept = await keepSecrets(stage.agent, session, [idOf(creds)])
  t.match(kept.state.token, { lost: false })
  t.not(user(kept), user(session))
})

t.test('a certificate that was made for us is made anew in time, and not before', async t => {
  const stage = await stageOf(t, {
    files: [file('web', entry('pki/issue/web', {}, { method: 'PUT', files: [{ name: 'web', format: 'cert' }] }))],
  })
  const session = await prepare(stage.agent, false)
  const [first] = session.state.held
  t.equal(first?.due, stage.clock.now() + 86_400_000 * 0.67)
  await keepSecrets(stage.agent, session, [first?.id ?? ''])
  const crt = readFileSync(join(stage.config.folders.secrets, 'web.crt'), 'utf8')
  t.match(crt, /^CERTIFICATE 2 of/)
})

t.test('an optional secret comes and goes with its outputs', async t => {
  const optional = entry(
    kv,
    { A: 'password' },
    { optional: true, files: [{ name: 'a', format: 'raw', key: 'password' }] },
  )
  const stage = await stageOf(t, { files: [file('web', optional)] })
  const { memory } = stage.vault
  const found = memory.secrets.get(kv)
  memory.secrets.delete(kv)
  const session = await prepare(stage.agent, false)
  const { secrets } = stage.config.folders
  t.equal(env(stage), '')
  t.equal(readFileSync(join(secrets, 'web.json'), 'utf8'), '{}\n')
  t.notOk(existsSync(join(secrets, 'a')))
  if (found) memory.secrets.set(kv, found)
  const there = await keepSecrets(stage.agent, session, [idOf(kv)])
  t.equal(readFileSync(join(secrets, 'a'), 'utf8'), 'hunter2')
  await wait(stage, 3)
  memory.secrets.delete(kv)
  const gone = await keepSecrets(stage.agent, there, [idOf(kv)])
  t.match(stage.log.at(-2), { event: 'gone', path: kv })
  t.equal(env(stage), '')
  const length = stage.log.length
  await keepSecrets(stage.agent, gone, [idOf(kv)])
  t.equal(stage.log.length, length, 'said once')
})

t.test('a lease that nobody wants any more is left to end', async t => {
  const { stage, session } = await begun(t)
  const wanted = { ...session.wanted, requests: new Map(), files: [] }
  const asked = stage.vault.requests.length
  const kept = await keepSecrets(stage.agent, { ...session, wanted }, [idOf(creds)])
  t.equal(held(kept, creds)?.due, null)
  t.equal(stage.vault.requests.length, asked)
})

t.test('a template that comes to ask for more gets it, or stays as it was', async t => {
  const text =
    '{{ with secret "kv/which" }}{{ range secrets .Data.path }}{{ . }};{{ end }}{{ with secret (print .Data.path "x") }}{{ .Data.v }}{{ end }}{{ end }}'
  const stage = await stageOf(t, { files: [file('web', await templates({ f: text }))] })
  const { memory } = stage.vault
  putSecret(memory, 'kv/which', { path: 'kv/one/' })
  putSecret(memory, 'kv/one/x', { v: '1' })
  const session = await prepare(stage.agent, false)
  const shown = () => readFileSync(join(stage.config.folders.secrets, 'f'), 'utf8')
  t.equal(shown(), 'x;1')
  putSecret(memory, 'kv/which', { path: 'kv/two/' })
  const [which = ''] = session.state.held.map(({ id }) => id)
  const stuck = await keepSecrets(stage.agent, session, [which])
  t.equal(shown(), 'x;1')
  t.match(stuck.state.held[0], { failures: 1, value: { data: { path: 'kv/one/' } } })
  t.match(stage.log.at(-1), { event: 'not written', reason: /refused to read kv\/two\/x/ })
  memory.mounts.set('none/', { path: 'none/', type: 'kv', version: '1' })
  putSecret(memory, 'kv/two/x', { v: '2' })
  const moved = await keepSecrets(stage.agent, stuck, [which])
  t.equal(shown(), 'x;2')
  t.equal(moved.state.held.length, 3)
  putSecret(memory, 'kv/which', { path: 'kv/end/' })
  stage.vault.fail({ path: 'kv/end/x', delay: Infinity })
  setTimeout(() => stage.stop.abort(new Error('ended')), 200)
  await t.rejects(keepSecrets(stage.agent, moved, [which]), new Error('ended'))
})

t.test('a list that has become empty is an empty list', async t => {
  const text = '{{ range secrets (secret "kv/which").Data.path }}{{ . }}{{ else }}none{{ end }}'
  const stage = await stageOf(t, { files: [file('web', await templates({ f: text }))] })
  putSecret(stage.vault.memory, 'kv/which', { path: 'kv/one' })
  putSecret(stage.vault.memory, 'kv/one/x', {})
  const session = await prepare(stage.agent, false)
  const shown = () => readFileSync(join(stage.config.folders.secrets, 'f'), 'utf8')
  t.equal(shown(), 'x')
  putSecret(stage.vault.memory, 'kv/which', { path: 'kv/empty' })
  const [which = ''] = session.state.held.map(({ id }) => id)
  await keepSecrets(stage.agent, session, [which])
  t.equal(shown(), 'none')
})
