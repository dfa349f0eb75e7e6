import t from 'tap'
import * as api from '../../src/vault/api.ts'
import { stageOf } from '../fixtures/agent.ts'
import { putAppRole, wrap } from '../fixtures/vault-logins.ts'
import { putSecret } from '../fixtures/vault-memory.ts'

const login = 'auth/kubernetes/login'
const web = { role: 'web', jwt: 'j' }
const root = { token: 'root' }
const v2 = { path: 'secret/', versioned: true }
const get = (path: string, more: Partial<api.SecretRequest> = {}): api.SecretRequest => ({
  method: 'GET',
  path,
  ...more,
})

t.test('a token is obtained, looked up, renewed and revoked', async t => {
  const stage = await stageOf(t)
  const { vault } = stage.agent
  const granted = await api.logIn(vault, login, web)
  t.match(granted, { kind: 'ok', value: { seconds: 3600, renewable: true, batch: false } })
  const token = granted.kind === 'ok' ? granted.value.token : ''
  t.strictSame(await api.lookUpToken(vault, { token }), { kind: 'ok', value: undefined })
  t.match(await api.renewToken(vault, { token }, 1800), { kind: 'ok', value: { token, seconds: 1800 } })
  t.match(await api.revokeToken(vault, token, 1000), { kind: 'ok' })
  t.match(await api.lookUpToken(vault, { token }), { kind: 'status', status: 403 })
  t.strictSame(stage.vault.memory.revoked, [token])
})

t.test('a refused login is a failure, and so is an answer that is no login', async t => {
  const stage = await stageOf(t)
  const { vault } = stage.agent
  const refused = await api.logIn(vault, login, { ...web, role: 'nobody' }, { timeout: 1000 })
  t.strictSame(refused, { kind: 'status', status: 400, errors: ['invalid role name "nobody"'] })
  stage.vault.fail({ body: { auth: null } })
  const reason = 'its answer is not what Vault answers: auth must be an object'
  t.strictSame(await api.logIn(vault, login, web), { kind: 'unusable', reason })
})

t.test('a lease is renewed for as long as Vault allows', async t => {
  const stage = await stageOf(t)
  const { vault } = stage.agent
  const read = await api.readSecret(vault, root, get('database/creds/app'), { path: 'database/', versioned: false })
  const id = read.kind === 'ok' ? read.value.lease.id : ''
  t.match(await api.renewLease(vault, root, id, 30), { kind: 'ok', value: { id, seconds: 30 } })
  t.match(await api.renewLease(vault, root, id, 99), { kind: 'ok', value: { id, seconds: 40 } })
  t.match(await api.renewLease(vault, root, 'gone', 99), { kind: 'status', status: 400, errors: ['lease not found'] })
})

t.test('KV of both versions reads alike, even where a field is called data', async t => {
  const stage = await stageOf(t)
  const { vault } = stage.agent
  const lookalike = { data: { a: 1 }, metadata: { version: 1, created_time: 'x' } }
  putSecret(stage.vault.memory, 'kv/app', lookalike)
  putSecret(stage.vault.memory, 'secret/nested', { data: { a: 1 } })
  const mount = async (path: string) => {
    const outcome = await api.lookUpMount(vault, root, path)
    return outcome.kind === 'ok' ? outcome.value : undefined
  }
  const data = async (path: string) => {
    const outcome = await api.readSecret(vault, root, get(path), await mount(path))
    return outcome.kind === 'ok' ? outcome.value.data : outcome
  }
  t.strictSame(await mount('secret/app/db'), v2)
  t.strictSame(await data('secret/app/db'), { password: 'hunter2', port: 5432 })
  t.strictSame(await data('secret/nested'), { data: { a: 1 } })
  t.strictSame(await data('kv/app'), lookalike)
  t.match(await data('kv/gone'), { kind: 'status', status: 404 })
})

t.test('where Vault will not say which engine it is, the answer tells', async t => {
  const stage = await stageOf(t)
  const { vault } = stage.agent
  putSecret(stage.vault.memory, 'kv/app', { data: 'mine' })
  const read = async (path: string) => api.readSecret(vault, root, get(path), undefined)
  t.match(await read('secret/app/db'), { kind: 'ok', value: { data: { password: 'hunter2' } } })
  t.strictSame(stage.asked(), ['secret/app/db', 'secret/data/app/db'])
  t.match(await read('kv/app'), { kind: 'ok', value: { data: { data: 'mine' } } })
  t.match(await read('kv/gone'), { kind: 'status', status: 404 })
  t.equal(stage.vault.requests.length, 4, 'no second attempt without a reason')
})

t.test('a version is asked for, and one that is gone says so', async t => {
  const stage = await stageOf(t)
  const { vault } = stage.agent
  const { memory } = stage.vault
  putSecret(memory, 'secret/app/db', { password: 'second' })
  const version = async (number: number) => api.readSecret(vault, root, get('secret/app/db', { version: number }), v2)
  t.match(await version(1), {
    kind: 'ok',
    value: { data: { password: 'hunter2' }, envelope: { metadata: { version: 1 } } },
  })
  t.match(await version(2), { kind: 'ok', value: { data: { password: 'second' } } })
  t.match(stage.vault.requests, [{ path: 'secret/data/app/db', query: { version: '1' } }, { query: { version: '2' } }])
  memory.versions.set('secret/app/db?1', { data: null, version: 1, createdAt: 0 })
  t.match(await version(1), { kind: 'status', status: 404, gone: { version: 1, destroyed: false } })
  memory.versions.set('secret/app/db?1', { data: null, version: 1, createdAt: 0, destroyed: true })
  t.match(await version(1), { kind: 'status', status: 404, gone: { version: 1, destroyed: true } })
})

t.test('a write sends its params as the body, and is never taken for KV', async t => {
  const stage = await stageOf(t)
  const { vault } = stage.agent
  const params = { common_name: 'web.test', ttl: '24h' }
  const write = get('pki/issue/web', { method: 'PUT', params })
  const granted = await api.logIn(vault, login, web)
  const token = granted.kind === 'ok' ? granted.value.token : ''
  t.match(await api.readSecret(vault, { token }, write, v2), {
    kind: 'ok',
    value: { data: { certificate: 'CERTIFICATE 1 of web.test' } },
  })
  t.match(stage.vault.requests.at(-1), { method: 'PUT', path: 'pki/issue/web', body: params })
  await api.readSecret(vault, { token }, get('pki/issue/web', { method: 'POST' }), undefined)
  t.match(stage.vault.requests.at(-1), { method: 'POST', body: {} })
  stage.vault.fail({ path: 'pki/issue/web', status: 204, body: '' })
  t.match(await api.readSecret(vault, { token }, write, v2), { kind: 'ok', value: { data: {} } })
})

t.test('the requested path has data/ behind a mount of version 2 only', async t => {
  t.equal(api.requestPath(get('secret/app/db'), v2), 'secret/data/app/db')
  t.equal(api.requestPath(get('secret/data/app'), v2), 'secret/data/data/app')
  t.equal(api.requestPath(get('kv/app'), { path: 'kv/', versioned: false }), 'kv/app')
  t.equal(api.requestPath(get('any/path'), undefined), 'any/path')
  t.equal(api.requestPath(get('secret/app', { method: 'PUT' }), v2), 'secret/app')
  t.strictSame(api.guessedMount('secret/app/db'), v2)
})

t.test('a path that people write for vault-k8s may have its data/ already', async t => {
  const stage = await stageOf(t)
  const spelledOut = { spelledOut: true } as const
  for (const mount of [v2, undefined]) {
    const read = async (path: string) => api.readSecret(stage.agent.vault, root, get(path, spelledOut), mount)
    for (const path of ['secret/data/app/db', 'secret/app/db'])
      t.match(await read(path), {
        kind: 'ok',
        value: { data: { password: 'hunter2' }, envelope: { metadata: { version: 1 } } },
      })
  }
  t.equal(api.requestPath(get('secret/metadata/app', spelledOut), v2), 'secret/metadata/app')
})

t.test('a list asks for the names below a path, behind metadata/ in KV version 2', async t => {
  const stage = await stageOf(t)
  const list = { query: { list: 'true' } } as const
  const names = async (path: string, mount: typeof v2 | undefined, more = {}) =>
    api.readSecret(stage.agent.vault, root, get(path, { ...list, ...more }), mount)
  for (const path of ['secret/app', 'secret'])
    t.match(await names(path, v2), { kind: 'ok', value: { data: { keys: [path === 'secret' ? 'app/' : 'db'] } } })
  t.match(await names('secret/metadata/app', v2, { spelledOut: true }), { value: { data: { keys: ['db'] } } })
  t.match(stage.vault.requests.at(-1), { path: 'secret/metadata/app', query: { list: 'true' } })
})

t.test('what stands behind the question mark is sent along', async t => {
  const stage = await stageOf(t)
  await api.readSecret(stage.agent.vault, root, get('secret/app/db', { query: { x: 'y' }, version: 1 }), v2)
  t.match(stage.vault.requests.at(-1), { query: { x: 'y', version: '1' } })
})

t.test('what an AppRole is asked for is one text of the answer', async t => {
  const stage = await stageOf(t)
  const { vault } = stage.agent
  const { roleId } = putAppRole(stage.vault.memory, 'approle/app')
  const path = 'auth/approle/role/app'
  t.strictSame(await api.ask(vault, root, { method: 'GET', path: `${path}/role-id` }, 'role_id'), {
    kind: 'ok',
    value: roleId,
  })
  const made = await api.ask(vault, root, { method: 'POST', path: `${path}/secret-id` }, 'secret_id')
  t.match(made, { kind: 'ok', value: /^[0-9a-f-]{36}$/ })
  t.match(stage.vault.requests, [{ body: undefined }, { body: {} }])
  t.match(await api.ask(vault, root, { method: 'GET', path: `${path}/role-id` }, 'other'), {
    kind: 'unusable',
    reason: 'its answer is not what Vault answers: data.other must be text',
  })
})

t.test('a wrapping token is looked up without being used', async t => {
  const stage = await stageOf(t)
  const token = wrap(stage.vault.memory, 'auth/approle/role/app/secret-id', { secret_id: 's' })
  t.strictSame(await api.lookUpWrapping(stage.agent.vault, token, {}), {
    kind: 'ok',
    value: 'auth/approle/role/app/secret-id',
  })
  t.match(stage.vault.requests, [{ method: 'POST', path: 'sys/wrapping/lookup', token: undefined, body: { token } }])
  t.ok(stage.vault.memory.wrapped.has(token))
})

t.test('a token that others made is told by its own lookup', async t => {
  const stage = await stageOf(t)
  t.match(await api.inspectToken(stage.agent.vault, root), {
    kind: 'ok',
    value: { token: 'root', seconds: 0, left: 0 },
  })
  t.match(await api.inspectToken(stage.agent.vault, { token: 'x' }), { kind: 'status', status: 403 })
})
