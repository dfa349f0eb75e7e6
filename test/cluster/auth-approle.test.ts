import t from 'tap'
import { forever, shell } from './apps.ts'
import { connect } from './cluster.ts'
import { livesOn, pathsOf, place, pod, requests, volume } from './logins.ts'
import type { Namespace } from './namespace.ts'

const cluster = connect()
t.jobs = 3

const appRole = async (name: string, settings: object): Promise<{ readonly roleId: string; readonly path: string }> => {
  const path = `auth/approle/role/${name}`
  await cluster.vault.write(path, settings)
  const { data } = await cluster.vault.read<{ data: { role_id: string } }>(`${path}/role-id`)
  return { roleId: data.role_id, path }
}

const secretIdOf = async (path: string): Promise<string> =>
  (await cluster.vault.write<{ data: { secret_id: string } }>(`${path}/secret-id`, {})).data.secret_id

/** A wrapping token, and what came with it. */
const wrapped = async (path: string): Promise<string> => {
  const response = await fetch(`${cluster.vault.address}/v1/${path}/secret-id`, {
    method: 'POST',
    headers: { 'x-vault-token': cluster.vault.token, 'x-vault-wrap-ttl': '120' },
  })
  return ((await response.json()) as { wrap_info: { token: string } }).wrap_info.token
}

t.test('approle: role id and secret id from a Secret that the app never sees', async t => {
  const here = await place(t)
  const { namespace, name, token } = here
  const { roleId, path } = await appRole(name, token)
  const secretId = await secretIdOf(path)
  await here.secret({ 'role-id': roleId, 'secret-id': secretId })
  const created = await namespace.create(pod(namespace, { auth: 'approle', 'auth-secret': 'login' }))
  const mounts = created.spec?.containers.flatMap(({ volumeMounts = [] }) => volumeMounts.map(each => each.name))
  t.notOk(mounts?.includes('podvault-auth'))
  await livesOn(t, here, [secretId])
})

t.test('approle: a wrapped secret id is looked at, unwrapped once, and kept for the next login', async t => {
  const here = await place(t)
  const { namespace, name, token } = here
  const { roleId, path } = await appRole(name, token)
  const wrapping = await wrapped(path)
  const { volumes, put } = volume(t)
  put('role-id', roleId)
  put('wrapped-secret-id', wrapping)
  await namespace.create({ ...pod(namespace, { auth: 'approle', role: name, 'auth-volume': 'login' }), volumes })
  await livesOn(t, here, [wrapping])
  const paths = await pathsOf(namespace)
  t.same(paths.slice(0, 3), ['sys/wrapping/lookup', 'sys/wrapping/unwrap', 'auth/approle/login'])
  t.same(
    paths.filter(each => each.startsWith('sys/wrapping/')),
    paths.slice(0, 2),
  )
})

/** The words with which a login ended. */
const failure = async (
  namespace: Namespace,
): Promise<{ readonly code: number | undefined; readonly words: string }> => {
  const failed = await namespace.until('web', 'failure', ({ status }) => status?.phase === 'Failed')
  const login = failed.status?.initContainerStatuses?.find(({ name }) => name === 'podvault-login')
  const { exitCode: code, message = '' } = login?.state?.terminated ?? {}
  return { code, words: message }
}

t.test('approle: a wrapping token that was used is reported as a possible theft', async t => {
  const { namespace, name, token } = await place(t)
  const { roleId, path } = await appRole(name, token)
  const stolen = await wrapped(path)
  const unwrapping = { method: 'POST', headers: { 'x-vault-token': stolen } }
  t.equal((await fetch(`${cluster.vault.address}/v1/sys/wrapping/unwrap`, unwrapping)).status, 200)
  const { volumes, put } = volume(t)
  put('role-id', roleId)
  put('wrapped-secret-id', stolen)
  const settings = { auth: 'approle', role: name, 'auth-volume': 'login' }
  await namespace.create({ ...pod(namespace, settings), volumes, restartPolicy: 'Never' })
  const { code, words } = await failure(namespace)
  t.equal(code, 4)
  t.match(words, 'the wrapping token in /podvault/auth/wrapped-secret-id has been used already, or its time is over')
  t.match(words, 'take the secret id for stolen')
  t.notMatch(words, stolen)
  t.comment(words)
})

t.test('approle: a wrapping token of another role is not unwrapped', async t => {
  const { namespace, name, token } = await place(t)
  const { roleId } = await appRole(name, token)
  const other = await wrapped((await appRole(`${name}-other`, {})).path)
  const { volumes, put } = volume(t)
  put('role-id', roleId)
  put('wrapped-secret-id', other)
  const settings = { auth: 'approle', role: name, 'auth-volume': 'login' }
  await namespace.create({ ...pod(namespace, settings), volumes, restartPolicy: 'Never' })
  const { code, words } = await failure(namespace)
  t.equal(code, 4)
  t.match(words, `was not made at auth/approle/role/${name}/secret-id`)
  t.equal(
    (
      await fetch(`${cluster.vault.address}/v1/sys/wrapping/unwrap`, {
        method: 'POST',
        headers: { 'x-vault-token': other },
      })
    ).status,
    200,
  )
})

t.test('kubernetes to approle: within three uses of the first token, and the whole way at each login', async t => {
  const here = await place(t)
  const { namespace, name, token } = here
  const { path } = await appRole(name, { ...token, secret_id_num_uses: 1, secret_id_ttl: '5m' })
  await cluster.vault.write(`sys/policies/acl/${name}-login`, {
    policy: `path "${path}/role-id" { capabilities = ["read"] }
path "${path}/secret-id" { capabilities = ["update"] }`,
  })
  await cluster.vault.write(`auth/kubernetes/role/${name}`, {
    bound_service_account_names: 'default',
    bound_service_account_namespaces: name,
    audience: 'vault',
    token_policies: `${name}-login`,
    token_ttl: '300s',
    token_max_ttl: '300s',
    token_num_uses: 3,
  })
  await namespace.create(pod(namespace, { role: name, approle: name }))
  await livesOn(t, here)
  const all = await requests(namespace)
  const hop = [
    'auth/kubernetes/login',
    `${path}/role-id`,
    `${path}/secret-id`,
    'auth/approle/login',
    'auth/token/revoke-self',
  ]
  t.same(
    all.slice(0, 5).map(({ request }) => request.path),
    hop,
  )
  const logins = all.filter(({ request }) => request.path === 'auth/kubernetes/login')
  t.ok(logins.length >= 3, 'a login for each token')
  for (const login of logins) {
    const uses = all.filter(({ auth }) => auth?.accessor === login.auth?.accessor).slice(1)
    t.same(
      uses.map(({ request }) => request.path),
      [hop[1], hop[2], hop[4]],
      'each bootstrap token is used three times, the last time to end it',
    )
  }
})

t.test("an AppRole in the language of vault-k8s is for podvault's own agent", async t => {
  const here = await place(t)
  const { namespace, name, token, secret } = here
  const { roleId, path } = await appRole(name, token)
  await secret({ 'role-id': roleId, 'secret-id': await secretIdOf(path) })
  const annotations = {
    'agent-inject': 'true',
    'agent-inject-secret-db': `secret/data/${name}`,
    'auth-type': 'approle',
    'auth-path': 'auth/approle',
    'auth-config-role-id-file-path': '/vault/custom/role-id',
    'auth-config-secret-id-file-path': '/vault/custom/secret-id',
    'agent-extra-secret': 'login',
  }
  const created = await namespace.create({
    name: 'web',
    annotations: Object.fromEntries(
      Object.entries(annotations).map(([key, text]) => [`vault.hashicorp.com/${key}`, text]),
    ),
    containers: [shell(`cat /vault/secrets/db; ${forever}`)],
  })
  t.match(created.spec?.initContainers, [{ name: 'vault-agent-init', args: ['login'] }])
  t.ok(await namespace.line('web', 'app', /^data: map\[password:first\]/))
  t.ok(await namespace.line('web', 'vault-agent', /"logged in again"/))
})
