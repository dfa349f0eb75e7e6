import t from 'tap'
import { encodeConfig } from '../../src/contract.ts'
import { agentMounts, configOf, loginContainer, renewContainer, volumesOf } from '../../src/inject/containers.ts'
import { filesOf } from '../../src/inject/files.ts'
import type { Container } from '../../src/inject/pod.ts'
import { knowing, read } from '../fixtures/pods.ts'

const intentOf = (annotations: Readonly<Record<string, string>>) => read(annotations).intent
const none = { known: [], unknown: [], problems: [] }
const checked = {
  address: 'https://vault:8200',
  otherAddresses: [],
  files: none,
  ca: undefined,
  mode: 0o400,
  given: new Set<string>(),
}
const containers = (
  annotations: Readonly<Record<string, string>>,
  resources: NonNullable<Container['resources']> = {},
) => {
  const intent = intentOf(annotations)
  const config = encodeConfig(configOf(intent, checked))
  const spec = { image: 'podvault:1', config, ids: { user: 1000, group: 2000 }, resources, mounts: agentMounts(intent) }
  return [
    loginContainer('podvault-login', spec),
    renewContainer('podvault-renew', spec, { native: true, restart: false }),
  ]
}

t.test('what is secret lives in memory, with a limit', async t => {
  for (const { name, emptyDir } of volumesOf(intentOf({})).slice(0, 2))
    t.match(emptyDir, { medium: 'Memory', sizeLimit: /^\d+Mi$/ }, name)
})

t.test('the token for Vault is podvault’s own: its audience, its lifetime', async t => {
  const [, , token] = volumesOf(intentOf({ audience: 'https://vault', 'token-ttl': '15m' }))
  t.strictSame(token?.projected?.sources, [
    { serviceAccountToken: { audience: 'https://vault', expirationSeconds: 900, path: 'token' } },
  ])
})

t.test('Vault’s CA comes from a ConfigMap or a Secret, under the key that is named', async t => {
  t.match(volumesOf(intentOf({ 'ca-configmap': 'ca' }))[3], {
    configMap: { name: 'ca', items: [{ key: 'ca.crt', path: 'ca.crt' }] },
  })
  t.match(volumesOf(intentOf({ 'ca-configmap': 'ca/x' }))[3], { configMap: { items: [{ key: 'x', path: 'ca.crt' }] } })
  t.match(volumesOf(intentOf({ 'ca-secret': 'ca' }))[3], { secret: { secretName: 'ca', items: [{ key: 'ca.crt' }] } })
  t.match(volumesOf(intentOf({ 'ca-secret': 'ca/x' }))[3], { secret: { items: [{ key: 'x' }] } })
  t.equal(configOf(intentOf({ 'ca-secret': 'ca' }), checked).vault.caFile, '/podvault/ca/ca.crt')
  t.ok(containers({ 'ca-secret': 'ca' })[0]?.volumeMounts?.some(({ name }) => name === 'podvault-ca'))
})

t.test('secrets files are mounted whole, or the keys that are named', async t => {
  const intent = intentOf({ 'secrets-file': 'a,b/x,b/y' })
  t.strictSame(volumesOf(intent).slice(3), [
    { name: 'podvault-files-0', configMap: { name: 'a' } },
    {
      name: 'podvault-files-1',
      configMap: {
        name: 'b',
        items: [
          { key: 'x', path: 'x' },
          { key: 'y', path: 'y' },
        ],
      },
    },
  ])
  t.strictSame(configOf(intent, checked).mounted, [
    { configMap: 'a', folder: '/etc/secrets.d/a' },
    { configMap: 'b', folder: '/etc/secrets.d/b', key: 'x' },
    { configMap: 'b', folder: '/etc/secrets.d/b', key: 'y' },
  ])
})

t.test('the agent is told what the pod asked for', async t => {
  const { vault, auth, renewAt } = configOf(
    intentOf({
      role: 'web',
      namespace: 'team-a',
      'tls-server-name': 'v',
      'tls-skip-verify': 'true',
      auth: 'jwt',
      'auth-path': 'k8s/one',
      'renew-at': '0.5',
    }),
    checked,
  )
  t.strictSame(vault, { address: 'https://vault:8200', namespace: 'team-a', tlsServerName: 'v', tlsSkipVerify: true })
  t.strictSame(auth, { method: 'jwt', path: 'k8s/one', role: 'web', tokenFile: '/podvault/token/token' })
  t.equal(renewAt, 0.5)
  t.match(configOf(intentOf({}), checked).auth, { path: 'kubernetes' }, 'a method is mounted at its name')
})

t.test('login is an init container, renew a native sidecar, each restricted by construction', async t => {
  const [login, renew, ...none] = containers({})
  t.strictSame([login?.name, login?.args, login?.restartPolicy], ['podvault-login', ['login'], undefined])
  t.strictSame([renew?.name, renew?.args, renew?.restartPolicy], ['podvault-renew', ['renew'], 'Always'])
  t.strictSame(none, [])
  for (const container of [login, renew]) {
    t.equal(container?.terminationMessagePolicy, 'FallbackToLogsOnError')
    t.strictSame(container?.securityContext, {
      runAsNonRoot: true,
      runAsUser: 1000,
      runAsGroup: 2000,
      readOnlyRootFilesystem: true,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      seccompProfile: { type: 'RuntimeDefault' },
    })
  }
})

t.test(
  'a classic sidecar is a container like any other, and one that restarts all says by which exit code',
  async t => {
    const intent = intentOf({})
    const spec = {
      image: 'x',
      config: encodeConfig(configOf(intent, checked)),
      ids: undefined,
      resources: {},
      mounts: [],
    }
    t.notOk('restartPolicy' in renewContainer('r', spec, { native: false, restart: false }))
    t.strictSame(renewContainer('r', spec, { native: true, restart: true }).restartPolicyRules, [
      { action: 'RestartAllContainers', exitCodes: { operator: 'In', values: [88] } },
    ])
    t.notOk('runAsUser' in (loginContainer('l', spec).securityContext ?? {}), 'no ids are set where none are wanted')
  },
)

t.test('what templates need is told and given, and nothing of it where there are none', async t => {
  const intent = intentOf({ path: '/app/secrets' })
  t.equal(configOf(intent, checked).paths, undefined)
  t.strictSame(configOf(intent, { ...checked, templates: { write: true } }).paths, {
    '/app/secrets': '/podvault/secrets',
  })
  const spec = { image: 'x', config: '{}', ids: undefined, resources: {}, mounts: [] }
  const variables = (fields: boolean) => (loginContainer('l', { ...spec, fields }).env ?? []).map(({ name }) => name)
  t.strictSame(variables(false), ['PODVAULT_CONFIG'])
  t.strictSame(variables(true), ['NAMESPACE', 'HOST_IP', 'POD_IP', 'PODVAULT_CONFIG'])
})

t.test('the token as JSON has a volume of its own in memory', async t => {
  t.match(volumesOf(intentOf({ token: 'json' }))[3], { name: 'podvault-vault-token', emptyDir: { medium: 'Memory' } })
  t.ok(agentMounts(intentOf({ token: 'json' })).some(({ mountPath }) => mountPath === '/podvault/vault-token'))
  t.match(configOf(intentOf({ token: 'json' }), checked), {
    token: 'json',
    folders: { token: '/podvault/vault-token' },
  })
  t.equal(configOf(intentOf({ token: 'file' }), checked).folders.token, undefined)
})

t.test('the agent is told which variables of a ConfigMap the environment refers to', async t => {
  const known = knowing({ a: { x: 'A=b#c', y: 'B=b#c' } })
  const mounted = (annotations: Readonly<Record<string, string>>) => {
    const intent = intentOf(annotations)
    return configOf(intent, { ...checked, files: filesOf(intent, 'default', known) }).mounted
  }
  t.strictSame(mounted({ 'secrets-file': 'a' }), [{ configMap: 'a', folder: '/etc/secrets.d', variables: ['A', 'B'] }])
  t.strictSame(mounted({ 'secrets-file': 'a/y' }), [
    { configMap: 'a', folder: '/etc/secrets.d', key: 'y', variables: ['B'] },
  ])
  t.strictSame(mounted({ 'secrets-file': 'a', env: 'file' }), [{ configMap: 'a', folder: '/etc/secrets.d' }])
})

t.test('the operator’s CA holds where the pod names none', async t => {
  t.equal(configOf(intentOf({}), { ...checked, ca: 'PEM' }).vault.ca, 'PEM')
  t.equal(configOf(intentOf({ 'ca-secret': 'x' }), { ...checked, ca: 'PEM' }).vault.ca, undefined)
})

t.test('the agent is told what to do after a change, and whose variable holds', async t => {
  t.match(configOf(intentOf({ 'on-change': 'restart', 'env-duplicates': 'keep' }), checked), {
    onChange: { kind: 'restart' },
    duplicates: 'keep',
  })
  t.notOk('onChange' in configOf(intentOf({}), checked) || 'duplicates' in configOf(intentOf({}), checked))
})

t.test('resources are named where there are any', async t => {
  t.strictSame(containers({}, { limits: { cpu: '1' } })[1]?.resources, { limits: { cpu: '1' } })
  t.notOk('resources' in { ...containers({})[0] })
})

t.test('metrics have a port of the sidecar, by a name that Kubernetes takes', async t => {
  const intent = intentOf({ 'metrics-port': '9105', 'instant-updates': 'true' })
  t.match(configOf(intent, checked), { metricsPort: 9105, instantUpdates: true })
  t.notOk('metricsPort' in configOf(intentOf({}), checked))
  t.notOk('instantUpdates' in configOf(intentOf({}), checked))
  const config = encodeConfig(configOf(intent, checked))
  const spec = { image: 'x', config, ids: undefined, resources: {}, mounts: [] }
  const sidecar = (metricsPort?: number | 'none') =>
    renewContainer('r', spec, { native: true, restart: false, ...(metricsPort !== undefined && { metricsPort }) })
  t.strictSame(sidecar(9105).ports, [{ name: 'podvault-prom', containerPort: 9105 }])
  for (const { name = '' } of sidecar(9105).ports ?? []) t.ok(name.length <= 15)
  t.notOk('ports' in sidecar('none'))
  t.notOk('ports' in sidecar())
})

t.test('a pod that logs in with something else than its service account gets that, and no token', async t => {
  const intent = intentOf({ auth: 'cert', 'auth-secret': 'tls', 'client-timeout': '7s' })
  t.strictSame(
    volumesOf(intent).map(({ name }) => name),
    ['podvault-secrets', 'podvault-state', 'podvault-auth'],
  )
  t.strictSame(agentMounts(intent)[2], { name: 'podvault-auth', mountPath: '/podvault/auth', readOnly: true })
  const { vault, auth } = configOf(intent, { ...checked, otherAddresses: ['https://other'] })
  t.strictSame(auth, { method: 'cert', path: 'cert' })
  t.strictSame(vault, {
    address: 'https://vault:8200',
    certFile: '/podvault/auth/tls.crt',
    keyFile: '/podvault/auth/tls.key',
    redirects: ['https://other'],
    timeout: 7,
  })
})

t.test('a token that is lent is revoked only where the pod says so', async t => {
  const lent = { auth: 'token-file', 'auth-secret': 'a' }
  const revoke = (annotations: Readonly<Record<string, string>>) => {
    const { intent, given } = read(annotations)
    return configOf(intent, { ...checked, given }).revoke
  }
  t.strictSame([revoke({}), revoke({ revoke: 'false' })], [true, false])
  t.strictSame(
    [revoke(lent), revoke({ ...lent, revoke: 'true' }), revoke({ ...lent, revoke: 'false' })],
    [false, true, false],
  )
})
