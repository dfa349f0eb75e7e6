import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { grantOf } from '../../src/agent/ways.ts'
import type { Auth } from '../../src/contract.ts'
import { type Stage, stageOf } from '../fixtures/agent.ts'
import { makeSecretId, putAppRole } from '../fixtures/vault-logins.ts'
import { grantTo } from '../fixtures/vault-memory.ts'

type Files = Readonly<Record<string, string>>

/** A stage that logs in by `auth`, whose files are those given. */
const stageBy = async (t: Test, auth: (file: (name: string) => string) => Auth, files: Files = {}): Promise<Stage> => {
  const place = (name: string) => join(t.testdirName, name)
  const stage = await stageOf(t, { auth: auth(place) })
  for (const [name, content] of Object.entries(files)) writeFileSync(place(name), content)
  return stage
}

const hop = {
  method: 'kubernetes',
  path: 'kubernetes',
  role: 'web',
  approle: { path: 'approle', role: 'app' },
} as const
const hopStage = async (t: Test): Promise<Stage> =>
  stageBy(t, file => ({ ...hop, tokenFile: file('jwt') }), { jwt: 'a.jwt' })
const bootstrap = { uses: 3, reads: ['auth/approle/role/app/', 'auth/token/'] }

t.test('a service account logs in by kubernetes and by jwt alike', async t => {
  for (const method of ['kubernetes', 'jwt'] as const) {
    const stage = await stageBy(t, file => ({ method, path: 'team/k8s', role: 'web', tokenFile: file('jwt') }), {
      jwt: 'a.jwt\n',
    })
    stage.vault.memory.loginRoles.set('team/k8s/web', { ttl: 60 })
    t.match(await grantOf(stage.agent), { kind: 'ok', value: { seconds: 60 } })
    t.match(stage.vault.requests, [{ path: 'auth/team/k8s/login', body: { role: 'web', jwt: 'a.jwt' } }])
  }
})

t.test('an AppRole logs in with role id and secret id, or with the role id alone', async t => {
  const stage = await stageBy(
    t,
    file => ({ method: 'approle', path: 'approle', roleIdFile: file('role-id'), secretIdFile: file('secret-id') }),
    { 'role-id': 'r-1\n', 'secret-id': 's-1\n' },
  )
  putAppRole(stage.vault.memory, 'approle/app', { roleId: 'r-1', secretIds: new Map([['s-1', 2]]) })
  t.match(await grantOf(stage.agent, 5000), { kind: 'ok' })
  t.match(stage.vault.requests, [{ path: 'auth/approle/login', body: { role_id: 'r-1', secret_id: 's-1' } }])
  const { secretIdFile, ...alone } = stage.config.auth as unknown as Extract<Auth, { method: 'approle' }>
  t.ok(secretIdFile)
  const config = { ...stage.config, auth: alone }
  t.match(await grantOf({ ...stage.agent, config }), { kind: 'status', status: 400 })
  t.strictSame(stage.vault.requests[1]?.body, { role_id: 'r-1' })
})

t.test('an AppRole whose secret id cannot be unwrapped now does not log in', async t => {
  const stage = await stageBy(
    t,
    file => ({ method: 'approle', path: 'approle', roleIdFile: file('role-id'), wrappedFile: file('wrapped') }),
    { 'role-id': 'r-1', wrapped: 'hvs.wrapping' },
  )
  stage.vault.fail({ path: 'sys/wrapping/lookup', status: 500 })
  t.match(await grantOf(stage.agent), { kind: 'status', status: 500 })
  t.strictSame(stage.asked(), ['sys/wrapping/lookup'])
})

t.test('a certificate logs in by itself, as a role where it is named', async t => {
  for (const role of [undefined, 'web']) {
    const stage = await stageBy(t, () => ({ method: 'cert', path: 'cert', ...(role !== undefined && { role }) }))
    t.match(await grantOf(stage.agent), { kind: 'ok' })
    t.strictSame(stage.vault.requests[0]?.body, role === undefined ? {} : { name: role })
  }
})

t.test('a certificate that is not there is told at once', async t => {
  const stage = await stageBy(t, () => ({ method: 'cert', path: 'cert' }), { 'tls.crt': 'PEM', 'tls.key': 'PEM' })
  const file = (name: string) => join(t.testdirName, name)
  const attempt = async (certFile: string, keyFile: string) => {
    const vault = { ...stage.config.vault, certFile: file(certFile), keyFile: file(keyFile) }
    return grantOf({ ...stage.agent, config: { ...stage.config, vault } })
  }
  await t.rejects(attempt('none', 'tls.key'), { message: /^the certificate cannot be read: ENOENT.*none/ })
  await t.rejects(attempt('tls.crt', 'none'), { message: /^the key of the certificate cannot be read: ENOENT.*none/ })
  t.match(await attempt('tls.crt', 'tls.key'), { kind: 'ok' })
  t.equal(stage.vault.requests.length, 1)
})

t.test('a token that is given is looked at: how long it lives, and whether it can be renewed', async t => {
  const stage = await stageBy(t, file => ({ method: 'token-file', tokenFile: file('token') }), { token: 'root\n' })
  const given = await grantOf(stage.agent)
  t.match(given, { kind: 'ok', value: { token: 'root', accessor: 'root', batch: false, renewable: true } })
  t.match(stage.vault.requests, [{ method: 'GET', path: 'auth/token/lookup-self', token: 'root' }])
})

t.test('a user logs in by the file that vaultconf made', async t => {
  const stage = await stageBy(t, file => ({ method: 'userpass', path: 'userpass', loginFile: file('login') }), {
    login: '{"username":"team_bob","password":"p","method":"userpass"}',
  })
  stage.vault.memory.users.set('userpass/team_bob', 'p')
  t.match(await grantOf(stage.agent), { kind: 'ok' })
  t.match(stage.vault.requests, [{ path: 'auth/userpass/login/team_bob', body: { password: 'p' } }])
})

t.test('the hand-over asks for role id and secret id, logs in, and ends the first token: three uses of it', async t => {
  const stage = await hopStage(t)
  const { memory } = stage.vault
  memory.loginRoles.set('kubernetes/web', bootstrap)
  putAppRole(memory, 'approle/app', { login: { period: 60 } })
  const granted = await grantOf(stage.agent)
  t.match(granted, { kind: 'ok', value: { seconds: 60 } })
  t.strictSame(
    stage.vault.requests.map(({ method, path }) => `${method} ${path}`),
    [
      'POST auth/kubernetes/login',
      'GET auth/approle/role/app/role-id',
      'POST auth/approle/role/app/secret-id',
      'POST auth/approle/login',
      'POST auth/token/revoke-self',
    ],
  )
  const [, first] = stage.vault.requests
  t.equal(stage.vault.requests.filter(({ token }) => token === first?.token).length, 3)
  t.equal(stage.vault.requests[3]?.token, undefined, 'the login itself needs none')
  t.notOk(memory.tokens.has(first?.token ?? ''), 'nothing is left of it')
})

t.test('each attempt goes the whole way: a secret id for one use is never used twice', async t => {
  const stage = await hopStage(t)
  const { memory } = stage.vault
  memory.loginRoles.set('kubernetes/web', bootstrap)
  const role = putAppRole(memory, 'approle/app')
  stage.vault.fail({ path: 'auth/approle/login', status: 500, times: 1 })
  t.match(await grantOf(stage.agent), { kind: 'status', status: 500, at: { path: 'auth/approle/login' } })
  t.match(await grantOf(stage.agent), { kind: 'ok' })
  const ids = stage.vault.requests.flatMap(({ body }) => (body as { secret_id?: string } | undefined)?.secret_id ?? [])
  t.equal(new Set(ids).size, 2)
  t.equal(role.secretIds.size, 1, 'the one that nobody used')
})

t.test('each step that fails says which it was, and the first token is ended all the same', async t => {
  for (const [path, capability] of [
    ['auth/approle/role/app/role-id', 'read'],
    ['auth/approle/role/app/secret-id', 'update'],
    ['auth/approle/login', 'update'],
  ] as const) {
    const stage = await hopStage(t)
    putAppRole(stage.vault.memory, 'approle/app')
    stage.vault.fail({ path, status: 403, body: { errors: ['permission denied'] } })
    const step = { path, capability, role: 'auth/approle/role/app' }
    t.match(await grantOf(stage.agent), { kind: 'status', status: 403, at: step })
    t.equal(stage.asked().at(-1), 'auth/token/revoke-self')
    stage.vault.heal()
    stage.vault.fail({ path, cut: true })
    t.match(await grantOf(stage.agent), { kind: 'network' })
  }
})

t.test('a first login that is refused ends it there', async t => {
  const stage = await hopStage(t)
  stage.vault.memory.loginRoles.clear()
  t.strictSame(await grantOf(stage.agent), { kind: 'status', status: 400, errors: ['invalid role name "web"'] })
  t.equal(stage.vault.requests.length, 1)
})

t.test('all steps together take no longer than the attempt may', async t => {
  const stage = await hopStage(t)
  const [start, now] = [stage.clock.now(), stage.clock.now]
  let passed = 0
  // Each look at the clock is two seconds after the one before.
  const clock = { ...stage.clock, now: () => now() + (passed += 2000) }
  const asked: number[] = []
  const vault = {
    ...stage.agent.vault,
    request: async (request: Parameters<typeof stage.agent.vault.request>[0]) => {
      asked.push(request.timeout ?? NaN)
      return stage.agent.vault.request({ ...request, timeout: 5000 })
    },
  }
  putAppRole(stage.vault.memory, 'approle/app')
  await grantOf({ ...stage.agent, clock, vault }, 5000)
  t.strictSame(asked, [3000, 1000, 1, 1, 1500])
  t.ok(start > 0)
})

t.test('the fake counts uses as Vault does', async t => {
  const stage = await stageOf(t)
  const { memory } = stage.vault
  const token = (grantTo(memory, { uses: 1 }).body as { auth: { client_token: string } }).auth.client_token
  const look = async () => stage.agent.vault.request({ method: 'GET', path: 'secret/data/app/db', token })
  t.match([await look(), await look()], [{ kind: 'answer' }, { kind: 'status', status: 403 }])
  const role = putAppRole(memory, 'approle/app', { uses: 2 })
  t.equal(role.secretIds.get(makeSecretId(role)), 2)
})
