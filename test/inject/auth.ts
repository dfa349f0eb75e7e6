import t from 'tap'
import { authMounts, authOf, authProblems, authVolumes, usesAccount } from '../../src/inject/auth.ts'
import type { Texts } from '../../src/inject/settings.ts'
import { podWith, read } from '../fixtures/pods.ts'

const pod = { ...podWith(), spec: { containers: [{ name: 'app' }], volumes: [{ name: 'creds' }, { name: 'data' }] } }
const problems = (
  annotations: Texts,
  { defaults = {}, address = 'https://vault' }: { defaults?: Texts; address?: string } = {},
) => {
  const { intent, given } = read(annotations, defaults)
  return authProblems(intent, given, pod, address).map(({ message }) => message)
}
const auth = (annotations: Texts) => authOf(read(annotations).intent, '/token')

t.test('a service account needs a role and nothing more', async t => {
  t.strictSame(problems({}), ["podvault.dev/role is missing; set it to the Vault role of the pod's service account"])
  t.strictSame(problems({ role: '' }), [], 'a bad role is told as such')
  for (const method of ['kubernetes', 'jwt']) t.strictSame(problems({ auth: method, role: 'web', approle: 'app' }), [])
  t.strictSame([usesAccount('jwt'), usesAccount('cert')], [true, false])
})

t.test('the others need something to log in with, from one place', async t => {
  for (const method of ['approle', 'cert', 'token-file', 'userpass']) {
    t.strictSame(problems({ auth: method }), [
      `podvault.dev/auth: ${method} needs podvault.dev/auth-secret or podvault.dev/auth-volume, with what to log in with`,
    ])
    t.strictSame(problems({ auth: method, 'auth-secret': 'web' }), [])
    t.strictSame(problems({ auth: method, 'auth-volume': 'creds' }), [])
    t.strictSame(problems({ auth: method }, { defaults: { 'auth-secret': 'web' } }), [])
    t.strictSame(problems({ auth: method, 'auth-secret': '-' }), [], 'a bad name is told as such')
    t.strictSame(problems({ auth: method, 'auth-volume': '-' }), [])
  }
  t.strictSame(problems({ auth: 'approle', 'auth-secret': 'a', 'auth-volume': 'creds' }), [
    'podvault.dev/auth-secret and podvault.dev/auth-volume exclude each other; keep one',
  ])
  t.strictSame(problems({ auth: 'approle', 'auth-volume': 'other' }), [
    'podvault.dev/auth-volume is "other"; the volumes of the pod are: "creds, data"',
  ])
  const { intent, given } = read({ auth: 'approle', 'auth-volume': 'other' })
  t.match(authProblems(intent, given, {}, 'https://v')[0]?.message, 'the volumes of the pod are: none')
})

t.test('what a method has no use for is refused where the pod itself says it', async t => {
  t.strictSame(problems({ role: 'web', 'auth-secret': 'a', 'auth-volume': 'creds' }), [
    'podvault.dev/auth-secret means nothing to podvault.dev/auth: kubernetes; remove one of them',
    'podvault.dev/auth-volume means nothing to podvault.dev/auth: kubernetes; remove one of them',
  ])
  const lent = { auth: 'token-file', 'auth-secret': 'a' }
  for (const [key, text] of Object.entries({
    role: 'r',
    'auth-path': 'x',
    approle: 'a',
    audience: 'v',
    'token-ttl': '10m',
  }))
    t.strictSame(problems({ ...lent, [key]: text }), [
      `podvault.dev/${key} means nothing to podvault.dev/auth: token-file; remove one of them`,
    ])
  t.strictSame(problems(lent, { defaults: { role: 'web', audience: 'v' } }), [], 'a default is for others')
  t.match(problems({ auth: 'userpass', 'auth-secret': 'a', role: 'r' }), [/role means nothing to .*userpass/])
  t.strictSame(problems({ auth: 'approle', 'auth-secret': 'a', role: 'r', 'auth-path': 'x' }), [])
})

t.test('a certificate needs TLS', async t => {
  const cert = { auth: 'cert', 'auth-secret': 'tls' }
  t.strictSame(problems(cert), [])
  t.strictSame(problems(cert, { address: 'http://vault:8200' }), [
    'podvault.dev/auth: cert needs TLS, and the address of Vault is http://vault:8200; podvault.dev/address chooses another',
  ])
})

t.test('the agent is told how, where it is mounted, and which files', async t => {
  const account = { method: 'kubernetes', path: 'kubernetes', role: 'web', tokenFile: '/token' }
  t.strictSame(auth({ role: 'web' }), account)
  t.strictSame(auth({ role: 'web', approle: 'app' }), { ...account, approle: { path: 'approle', role: 'app' } })
  t.strictSame(auth({ role: 'web', approle: 'team/roles/app' }), {
    ...account,
    approle: { path: 'team/roles', role: 'app' },
  })
  t.strictSame(auth({}), { ...account, role: '' })
  const files = {
    roleIdFile: '/podvault/auth/role-id',
    secretIdFile: '/podvault/auth/secret-id',
    wrappedFile: '/podvault/auth/wrapped-secret-id',
  }
  t.strictSame(auth({ auth: 'approle' }), { method: 'approle', path: 'approle', ...files })
  t.strictSame(auth({ auth: 'approle', 'auth-path': 'ar', role: 'web' }), {
    method: 'approle',
    path: 'ar',
    ...files,
    creationPath: 'auth/ar/role/web/secret-id',
  })
  t.strictSame(auth({ auth: 'cert', role: 'web' }), { method: 'cert', path: 'cert', role: 'web' })
  t.strictSame(auth({ auth: 'cert' }), { method: 'cert', path: 'cert' })
  t.strictSame(auth({ auth: 'token-file' }), { method: 'token-file', tokenFile: '/podvault/auth/token' })
  t.strictSame(auth({ auth: 'userpass' }), { method: 'userpass', path: 'userpass', loginFile: '/podvault/auth/login' })
})

t.test('what to log in with is mounted into the injected containers alone, where it is needed', async t => {
  const of = (annotations: Texts) => {
    const { intent } = read(annotations)
    return { volumes: authVolumes(intent), mounts: authMounts(intent) }
  }
  const mounts = (name: string) => [
    { name, mountPath: '/podvault/auth', readOnly: true },
    { name, mountPath: '/var/run/secrets/kubernetes.io/serviceaccount', readOnly: true },
  ]
  t.strictSame(of({ auth: 'cert', 'auth-secret': 'tls' }), {
    volumes: [{ name: 'podvault-auth', secret: { secretName: 'tls' } }],
    mounts: mounts('podvault-auth'),
  })
  t.strictSame(of({ auth: 'cert', 'auth-volume': 'creds' }), { volumes: [], mounts: mounts('creds') })
  t.strictSame(of({ auth: 'cert' }), { volumes: [], mounts: [] })
  t.strictSame(of({ 'auth-secret': 'tls' }), { volumes: [], mounts: [] })
})
