import { existsSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { readFiles } from '../../src/agent/files.ts'
import { prepare } from '../../src/agent/prepare.ts'
import { requestOf } from '../../src/agent/requests.ts'
import { covers, heldOf, isComplete, isShown, resume, save, saveState, valuesOf } from '../../src/agent/session.ts'
import { readState, writeState } from '../../src/agent/state.ts'
import { wantedOf } from '../../src/agent/wanted.ts'
import type { Entry } from '../../src/contract.ts'
import { parseJson } from '../../src/vault/json.ts'
import type { Secret } from '../../src/vault/responses.ts'
import { configOf, entry, file, idOf, stageOf, templates, virtualClock } from '../fixtures/agent.ts'
import { putSecret } from '../fixtures/vault-memory.ts'

const none = { id: '', renewable: false, seconds: 0 }
const db = 'secret/app/db'
const no = new Set<string>()

t.test('what was written is taken up again without asking anyone', async t => {
  const stage = await stageOf(t, { files: [file('web', entry(db, { A: 'password', B: 'port' }))] })
  t.equal(resume(stage.agent, []), undefined)
  t.notOk(isShown(stage.agent))
  const session = await prepare(stage.agent, false)
  t.ok(isShown(stage.agent))
  const asked = stage.vault.requests.length
  const resumed = resume(stage.agent, [])
  t.strictSame(resumed?.state, session.state)
  t.strictSame(resumed && valuesOf(resumed.state), new Map([[idOf(db), { data: { password: 'hunter2', port: 5432 } }]]))
  t.ok(resumed && isComplete(resumed))
  t.equal(stage.vault.requests.length, asked)
})

t.test('after a kill between state and files the next one makes the files', async t => {
  const stage = await stageOf(t)
  const { state } = await prepare(stage.agent, false)
  const { folders } = stage.config
  const held = state.held.map(each => ({ ...each, value: { data: { password: 'newer' } } }))
  writeState(folders.state, { ...state, held }, no)
  const resumed = resume(stage.agent, [])
  if (resumed) save(stage.agent, resumed, true)
  t.equal(readFiles(folders.secrets)?.get('env')?.content, "DB_PASSWORD='newer'\n")
  rmSync(folders.secrets, { recursive: true })
  if (resumed) save(stage.agent, resumed, true)
  t.equal(readFiles(folders.secrets)?.get('env')?.content, "DB_PASSWORD='newer'\n")
})

t.test('files are known to be in place until the secrets files say otherwise', async t => {
  const stage = await stageOf(t)
  await prepare(stage.agent, false)
  t.equal(readState(stage.config.folders.state)?.shown, true)
  t.equal(resume(stage.agent, [])?.state.shown, true)
  const mounted = [{ ...file('more', entry(db, { B: 'password' })), source: 'ConfigMap cm, key more' }]
  t.equal(resume(stage.agent, mounted)?.state.shown, false)
})

t.test('what has not changed is not written again', async t => {
  const stage = await stageOf(t)
  const session = await prepare(stage.agent, false)
  const { secrets } = stage.config.folders
  unlinkSync(join(secrets, 'env'))
  const lines = stage.log.length
  t.match(stage.log.at(-1), { event: 'written', files: /^web\.json env$/ })
  save(stage.agent, session, true)
  t.equal(stage.log.length, lines)
  t.notOk(existsSync(join(secrets, 'env')), 'not even looked at')
  save(stage.agent, { ...session, state: { ...session.state, shown: false } }, true)
  t.ok(existsSync(join(secrets, 'env')), 'unless somebody was killed on the way')
})

t.test('the state alone leaves the files alone', async t => {
  const stage = await stageOf(t)
  const session = await prepare(stage.agent, false)
  const held = session.state.held.map(each => ({ ...each, value: { data: { password: 'newer' } } }))
  await stage.clock.sleep(5000, stage.agent.signal)
  const saved = saveState(stage.agent, { ...session, state: { ...session.state, held } })
  t.strictSame(readState(stage.config.folders.state), saved.state)
  t.equal(saved.state.at.now, stage.clock.now())
  t.equal(readFiles(stage.config.folders.secrets)?.get('env')?.content, "DB_PASSWORD='hunter2'\n")
})

t.test('what was too large to keep is not there', async t => {
  const stage = await stageOf(t)
  putSecret(stage.vault.memory, db, { password: 'x'.repeat(300 * 1024) })
  const config = { ...stage.config, env: 'none' } as const
  await prepare({ ...stage.agent, config }, false)
  const resumed = resume({ ...stage.agent, config }, [])
  t.strictSame(resumed?.state.held, [])
  t.notOk(resumed && isComplete(resumed))
})

t.test('what is too large even for that is said once, at login', async t => {
  const output = { name: 'all', format: 'json' } as const
  const issued = entry('pki/issue/web', {}, { method: 'PUT', files: [output], params: { note: 'x'.repeat(500_000) } })
  const stage = await stageOf(t, { env: 'none', files: [file('web', issued)] })
  const session = await prepare(stage.agent, false)
  t.match(stage.log.at(-2), { level: 'warn', event: 'state too large', hint: /ask for fewer leases/ })
  const lines = stage.log.length
  save(stage.agent, session, true)
  t.equal(stage.log.length, lines)
  t.match(readState(stage.config.folders.state), { token: { value: session.state.token.value }, held: [] })
})

t.test('files are written also when the state cannot be, and that is said', async t => {
  const stage = await stageOf(t)
  const session = await prepare(stage.agent, false)
  const { secrets, state } = stage.config.folders
  const held = session.state.held.map(each => ({ ...each, value: { data: { password: 'newer' } } }))
  rmSync(state, { recursive: true })
  writeFileSync(state, 'in the way')
  t.throws(() => save(stage.agent, { ...session, state: { ...session.state, held } }, true), { code: 'EEXIST' })
  t.equal(readFiles(secrets)?.get('env')?.content, "DB_PASSWORD='newer'\n")
})

t.test('what Vault made for us is kept however large the rest is', async t => {
  const output = { name: 'all', format: 'json' } as const
  const stage = await stageOf(t, {
    env: 'none',
    files: [file('web', entry(db, { A: 'password' }), entry('pki/issue/web', {}, { method: 'PUT', files: [output] }))],
  })
  putSecret(stage.vault.memory, db, { password: 'x'.repeat(300 * 1024) })
  const session = await prepare(stage.agent, false)
  t.strictSame(resume(stage.agent, [])?.state.held, session.state.held.slice(1))
})

t.test('a key that is wanted since is not there, a request that is not wanted any more is dropped', async t => {
  const stage = await stageOf(t)
  await prepare(stage.agent, false)
  const resumeWith = (...entries: readonly Entry[]) =>
    resume({ ...stage.agent, config: { ...stage.config, files: [file('web', ...entries)] } }, [])
  const more = resumeWith(entry(db, { DB_PASSWORD: 'password', P: 'port' }))
  t.strictSame(more?.state.held, [])
  t.notOk(more && isComplete(more))
  t.equal(resumeWith(entry(db, { OTHER: 'password' }))?.state.held.length, 1)
  const half = resumeWith(entry(db, { A: 'password' }), entry('kv/x', { X: 'x' }))
  t.equal(half?.state.held.length, 1)
  t.notOk(half && isComplete(half))
  t.strictSame(resumeWith(entry('kv/x', { X: 'x' }))?.state.held, [])
  t.strictSame(resumeWith(entry(db, {}, { files: [{ name: 'f', format: 'json' }] }))?.state.held, [])
})

t.test('what has been kept whole covers everything', async t => {
  const wanted = wantedOf(configOf({ files: [file('web', entry(db, { A: 'a', B: 'b' }))] }), [])
  const held = { id: idOf(db), lease: null, due: null, failures: 0, denied: false, value: null }
  t.ok(covers({ ...held, keys: null }, wanted))
  t.ok(covers({ ...held, keys: ['b', 'a', 'c'] }, wanted))
  t.notOk(covers({ ...held, keys: ['a'] }, wanted))
})

t.test('only what is wanted of a secret is kept, with the time to come back', async t => {
  const stage = await stageOf(t)
  const now = stage.clock.now()
  const read = (secret: Secret | null, asks: Entry) =>
    heldOf(stage.agent, wantedOf(configOf({ files: [file('web', asks)] }), []), requestOf(asks), secret)
  const x = entry('a/b', { X: 'x' })
  const plain = {
    id: idOf('a/b'),
    lease: null,
    due: now + 285_000,
    failures: 0,
    denied: false,
    keys: ['x'],
    value: { data: { x: 1 } },
  }
  t.strictSame(read({ lease: none, data: { x: 1, y: 2 }, envelope: { metadata: {} } }, x), plain)
  const lease = { id: 'l', renewable: true, seconds: 100 }
  t.strictSame(read({ lease, data: { x: 1 } }, x), {
    ...plain,
    lease: { ...lease, endsAt: now + 100_000 },
    due: now + 67_000,
  })
  const whole = entry('a/b', {}, { files: [{ name: 'f', format: 'vault-agent-map' }] })
  t.match(read({ lease: none, data: { x: 1, y: 2 }, envelope: { metadata: {} } }, whole), {
    keys: null,
    value: { data: { x: 1, y: 2 }, envelope: { metadata: {} } },
  })
  t.notOk('envelope' in (read({ lease: none, data: {} }, whole).value ?? {}))
  const never = { ...stage.agent, config: { ...stage.config, refresh: 0 } }
  t.equal(heldOf(never, wantedOf(configOf(), []), requestOf(x), { lease: none, data: {} }).due, null)
  t.match(read(null, x), { lease: null, due: now + 285_000, value: null })
  t.equal(read({ lease: none, data: { x: 1, ttl: 20, rotation_period: 60 } }, x).due, now + 21_000)
  t.equal(read({ lease: none, data: { x: 1, ttl: 20 } }, x).due, now + 285_000, 'a field ttl alone is just a field')
  t.throws(() => read({ lease: none, data: { y: 2 } }, x), {
    message: 'the secret a/b has no key x',
    hint: 'it has: y',
  })
  t.strictSame(read({ lease: none, data: { y: 2 } }, { ...x, optional: true }).value, { data: {} })
  t.throws(() => read({ lease: none, data: {} }, entry('a', { C: 'constructor' })), {
    message: /has no key constructor/,
  })
  const odd = parseJson('{"__proto__":"p"}') as Secret['data']
  const kept = read({ lease: none, data: odd }, entry('a', { P: '__proto__' })).value
  t.equal(JSON.stringify(kept?.data), '{"__proto__":"p"}')
})

t.test('a certificate goes by the clock on the wall, its renewal by the steady one', async t => {
  const stage = await stageOf(t)
  const now = stage.clock.now()
  const hour = 3_600_000
  const clock = { ...stage.clock, moment: () => ({ now, wall: now - hour, up: 0 }) }
  const asks = entry('pki/issue/web', { C: 'certificate' }, { method: 'PUT' })
  const wanted = wantedOf(configOf({ files: [file('web', asks)] }), [])
  const data = { certificate: 'C', expiration: (now - hour) / 1000 + 100 }
  t.equal(heldOf({ ...stage.agent, clock }, wanted, requestOf(asks), { lease: none, data }).due, now + 67_000)
})

t.test('a certificate that was made for us is due by its expiration, one that others made by the refresh', async t => {
  const stage = await stageOf(t)
  const now = stage.clock.now()
  const data = { certificate: 'C', expiration: now / 1000 + 100 }
  const due = (more: Partial<Entry>, given: Secret['data'] = data) => {
    const asks = entry('pki/issue/web', { C: 'certificate' }, more)
    const wanted = wantedOf(configOf({ files: [file('web', asks)] }), [])
    return heldOf(stage.agent, wanted, requestOf(asks), { lease: none, data: { certificate: 'C', ...given } }).due
  }
  t.equal(due({ method: 'PUT' }), now + 67_000)
  t.equal(due({}), now + 285_000)
  t.equal(due({ method: 'PUT' }, { expiration: 'soon' }), now + 285_000)
  t.equal(due({ method: 'PUT' }, { certificate: 5, expiration: 5 }), now + 285_000)
})

t.test('the state vouches for leases before the files are there', async t => {
  const stage = await stageOf(t, { files: [file('db', entry('database/creds/app', { U: 'username' }))] })
  const { secrets, state } = stage.config.folders
  rmSync(secrets, { recursive: true })
  const config = { ...stage.config, folders: { secrets: join(stage.config.auth.tokenFile, 'x'), state } }
  await t.rejects(prepare({ ...stage.agent, config }, false), { code: 'ENOTDIR' })
  t.match(readState(state), { held: [{ lease: { seconds: 15 } }], shown: false })
})

t.test('what templates take for the time changes only when something else does', async t => {
  const text = '{{ timestamp }} {{ (secret "kv/a").Data.v }}'
  const stage = await stageOf(t, { files: [file('web', await templates({ f: text }))] })
  putSecret(stage.vault.memory, 'kv/a', { v: 1 })
  const session = await prepare(stage.agent, false)
  const shown = () => readFiles(stage.config.folders.secrets)?.get('f')?.content
  t.equal(shown(), '2026-11-21T12:00:00Z 1')
  await stage.clock.sleep(60_000, stage.agent.signal)
  const later = save(stage.agent, session, true)
  t.equal(shown(), '2026-11-21T12:00:00Z 1')
  const held = later.state.held.map(each => ({ ...each, value: { data: { v: 2 } } }))
  const changed = save(stage.agent, { ...later, state: { ...later.state, held } }, true)
  t.equal(shown(), '2026-11-21T12:01:00Z 2')
  t.equal(resume(stage.agent, [])?.wanted.now, changed.state.changedAt)
})

t.test('beside templates the whole answer is kept', async t => {
  const wanted = wantedOf(configOf({ files: [file('web', entry('kv/a', { A: 'x' }), await templates({ f: '' }))] }), [])
  const [request = requestOf(entry(''))] = wanted.requests.values()
  const agent = { config: configOf(), clock: virtualClock() }
  const value = (secret: Secret) => heldOf(agent, wanted, request, secret).value
  t.strictSame(value({ lease: none, data: { x: 1, y: 2 }, rest: { lease_duration: 5 } }), {
    data: { x: 1, y: 2 },
    rest: { lease_duration: 5 },
  })
  t.strictSame(value({ lease: none, data: { x: 1 } }), { data: { x: 1 } })
})

t.test('the leases are told to who asks for them', async t => {
  const files = [file('db', entry('database/creds/app', { USER: 'username' })), file('web', entry('secret/app/db'))]
  const stage = await stageOf(t, { files, env: 'variables' })
  const { state } = await prepare(stage.agent, false)
  const written = readFileSync(join(stage.config.folders.secrets, 'variables'), 'utf8')
  t.match(written, `export LEASE_IDS='${state.held[0]?.lease?.id}'\n`)
})
