import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { prepare } from '../../src/agent/prepare.ts'
import { secretsFiles } from '../../src/agent/secrets-files.ts'
import { isComplete, pathsOf, readOf, resume } from '../../src/agent/session.ts'
import { readState, writeState } from '../../src/agent/state.ts'
import type { Secret } from '../../src/vault/responses.ts'
import { parseJson } from '../../src/vault/json.ts'
import { entry, file, idOf, stageOf } from '../fixtures/agent.ts'

const none = { id: '', renewable: false, seconds: 0 }
const wanted = (...keys: readonly string[]) => [
  { name: 'web', source: 'inline', inline: true, variables: keys.map(key => variable(key.toUpperCase(), 'a/b', key)) },
]

t.test('what was written is taken up again without asking anyone', async t => {
  const stage = await stageOf(t, {
    files: [file('web', entry('secret/app/db', { A: 'password', B: 'port' }))],
  })
  const files = secretsFiles(stage.config)
  t.equal(resume(stage.agent, files), undefined)
  const session = await prepare(stage.agent, false)
  const asked = stage.vault.requests.length
  const resumed = resume(stage.agent, files)
  t.strictSame(resumed?.state, session.state)
  t.strictSame(resumed?.values, new Map([['secret/app/db', { password: 'hunter2', port: 5432 }]]))
  t.ok(resumed && isComplete(resumed))
  t.equal(stage.vault.requests.length, asked)
})

t.test('files that do not belong to the state are not believed', async t => {
  const stage = await stageOf(t)
  const { state } = await prepare(stage.agent, false)
  const files = secretsFiles(stage.config)
  writeState(stage.config.folders.state, { ...state, hash: 'of other files' })
  const resumed = resume(stage.agent, files)
  t.match(resumed?.state.token, { value: state.token.value })
  t.strictSame(resumed?.state.held, [])
  t.notOk(resumed && isComplete(resumed))
})

t.test('a variable that is wanted since is not complete, a path that is not wanted any more is dropped', async t => {
  const stage = await stageOf(t)
  await prepare(stage.agent, false)
  const more = secretsFiles({
    ...stage.config,
    files: [file('web', entry('secret/app/db', { DB_PASSWORD: 'password', P: 'port' }))],
  })
  const resumed = resume(stage.agent, more)
  t.equal(resumed?.state.held.length, 1)
  t.notOk(resumed && isComplete(resumed))
  const other = secretsFiles({ ...stage.config, files: [file('x', entry('kv/x', { X: 'x' }))] })
  t.strictSame(resume(stage.agent, other)?.state.held, [])
})

t.test('a file of the right hash that holds no object gives no values', async t => {
  const stage = await stageOf(t)
  const { state } = await prepare(stage.agent, false)
  writeFileSync(join(stage.config.folders.secrets, '..data', 'web.json'), '[]', { mode: 0o600 })
  const { hashOf } = await import('../../src/agent/state.ts')
  const { readFiles } = await import('../../src/agent/files.ts')
  writeState(stage.config.folders.state, {
    ...state,
    hash: hashOf(readFiles(stage.config.folders.secrets) ?? new Map()),
  })
  t.strictSame(resume(stage.agent, secretsFiles(stage.config))?.values, new Map())
  t.ok(readState(stage.config.folders.state))
})

t.test('only the wanted keys of a secret are kept, with the time to come back', async t => {
  const stage = await stageOf(t)
  const now = stage.clock.now()
  const read = (secret: Secret, ...keys: readonly string[]) => readOf(stage.agent, wanted(...keys), 'a/b', secret)
  const kept = read({ lease: none, data: { x: 1, y: 2 } }, 'x')
  t.strictSame(kept, {
    held: { path: 'a/b', lease: null, due: now + 285_000, failures: 0, denied: false },
    value: { x: 1 },
  })
  const lease = { id: 'l', renewable: true, seconds: 100 }
  t.strictSame(read({ lease, data: { x: 1 } }, 'x').held, {
    path: 'a/b',
    lease: { ...lease, endsAt: now + 100_000 },
    due: now + 67_000,
    failures: 0,
    denied: false,
  })
  t.equal(read({ lease: none, data: { x: 1, ttl: 20, rotation_period: 60 } }, 'x').held.due, now + 21_000)
  t.equal(
    read({ lease: none, data: { x: 1, ttl: 20 } }, 'x').held.due,
    now + 285_000,
    'a field ttl alone is just a field',
  )
  t.throws(() => read({ lease: none, data: { y: 2 } }, 'x'), {
    message: 'the secret a/b has no key x',
    hint: 'it has: y',
  })
  t.throws(() => read({ lease: none, data: {} }, 'constructor'), { message: /has no key constructor/ })
  const odd = parseJson('{"__proto__":"p"}') as Secret['data']
  t.equal(JSON.stringify(read({ lease: none, data: odd }, '__proto__').value), '{"__proto__":"p"}')
})

t.test('each path counts once', async t => {
  t.strictSame(pathsOf([...wanted('a', 'b'), ...wanted('c')]), ['a/b'])
})
