import { readFileSync } from 'node:fs'
import t from 'tap'
import { pki } from './certificates.ts'
import { clientCertificate } from './client-certificate.ts'
import { connect } from './cluster.ts'
import { eventually } from './eventually.ts'
import { livesOn, pathsOf, place, pod, requests, volume } from './logins.ts'
import { vaultTlsAddress } from './place.ts'

const cluster = connect()
t.jobs = 3

t.test('a service account needs one login and three requests', async t => {
  const here = await place(t)
  const { namespace, name, token } = here
  await cluster.vault.write(`auth/kubernetes/role/${name}`, {
    bound_service_account_names: 'default',
    bound_service_account_namespaces: name,
    audience: 'vault',
    ...token,
    token_ttl: '10m',
    token_max_ttl: '1h',
  })
  await namespace.create(pod(namespace, { role: name, refresh: '5m' }))
  await namespace.line('web', 'app', /^environment first$/)
  t.same(await pathsOf(namespace), [
    'auth/kubernetes/login',
    `sys/internal/ui/mounts/secret/${name}`,
    `secret/data/${name}`,
  ])
})

t.test('jwt: believed by its signature, over TLS with a CA from a Secret', async t => {
  const here = await place(t)
  const { namespace, name, token } = here
  await cluster.vault.write(`auth/jwt/role/${name}`, {
    role_type: 'jwt',
    user_claim: 'sub',
    bound_subject: `system:serviceaccount:${name}:default`,
    bound_audiences: 'vault',
    ...token,
  })
  await here.secret({ 'ca.crt': readFileSync(`${pki}/ca.crt`, 'utf8') })
  await namespace.create(
    pod(namespace, { auth: 'jwt', role: name, address: vaultTlsAddress, 'ca-secret': 'login', 'client-timeout': '5s' }),
  )
  await livesOn(t, here)
})

t.test('cert: the certificate of the connection, read anew when it is rotated', async t => {
  const here = await place(t)
  const { namespace, name, token } = here
  const client = clientCertificate(name)
  await cluster.vault.write(`auth/cert/certs/${name}`, { certificate: client.ca, ...token })
  await cluster.api.create(`${namespace.path}/configmaps`, {
    metadata: { name: 'vault-ca' },
    data: { 'ca.crt': readFileSync(`${pki}/ca.crt`, 'utf8') },
  })
  await here.secret(client.next())
  const settings = { auth: 'cert', role: name, 'auth-secret': 'login', address: vaultTlsAddress }
  await namespace.create(pod(namespace, { ...settings, 'ca-configmap': 'vault-ca' }))
  await livesOn(t, here)
  const seen = async () =>
    (await requests(namespace))
      .filter(({ request }) => request.path === 'auth/cert/login')
      .map(({ auth }) => auth?.metadata?.['serial_number'])
  const [before] = await seen()
  t.ok(before)
  const patch = JSON.stringify({ stringData: client.next() })
  await cluster.kubectl('-n', name, 'patch', 'secret', 'login', '-p', patch)
  await cluster.kubectl('-n', name, 'annotate', 'pod', 'web', 'changed=1')
  await eventually('a login with the new certificate', 100, async () => (await seen()).some(each => each !== before))
})

t.test('userpass: the Secret that vaultconf made', async t => {
  const here = await place(t)
  const { namespace, name, token } = here
  const password = 'not for the log'
  await cluster.vault.write(`auth/userpass/users/${name}`, { password, ...token })
  await here.secret({ login: JSON.stringify({ username: name, password, method: 'userpass' }) })
  await namespace.create(pod(namespace, { auth: 'userpass', 'auth-secret': 'login' }))
  await livesOn(t, here, [password])
})

t.test('token-file: renewed while it lives, read anew when it has ended, and left alive', async t => {
  const here = await place(t)
  const { namespace, name } = here
  const make = async () => {
    const settings = { policies: [name], ttl: '30s', explicit_max_ttl: '10m' }
    type Made = { readonly auth: { readonly client_token: string; readonly accessor: string } }
    return (await cluster.vault.write<Made>('auth/token/create-orphan', settings)).auth
  }
  const { volumes, put } = volume(t)
  const first = await make()
  put('token', first.client_token)
  await namespace.create({ ...pod(namespace, { auth: 'token-file', 'auth-volume': 'login' }), volumes })
  t.ok(await namespace.line('web', 'app', /^environment first$/, 60))
  t.ok(await namespace.line('web', 'podvault-renew', /"token renewed"/))
  const second = await make()
  put('token', second.client_token)
  await cluster.vault.write('auth/token/revoke-accessor', { accessor: first.accessor })
  await here.put('second')
  t.ok(await namespace.line('web', 'app', /^file second$/))
  const uses = (await requests(namespace)).filter(({ auth }) => auth?.accessor === second.accessor)
  t.equal(uses[0]?.request.path, 'auth/token/lookup-self')
  await namespace.remove('web')
  await namespace.gone('web')
  const alive = cluster.vault.write('auth/token/lookup-accessor', { accessor: second.accessor })
  await t.resolves(alive, 'it is not for us to end it')
})
