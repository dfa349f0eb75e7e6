import t from 'tap'
import { configOf } from '../../src/inject/agent-config.ts'
import { filesOf } from '../../src/inject/files.ts'
import { knowing, read } from '../fixtures/pods.ts'
import { checked, intentOf } from '../fixtures/settled.ts'

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
  t.strictSame(auth, {
    method: 'jwt',
    path: 'k8s/one',
    role: 'web',
    tokenFile: '/var/run/secrets/kubernetes.io/serviceaccount/token',
  })
  t.equal(renewAt, 0.5)
  t.match(configOf(intentOf({}), checked).auth, { path: 'kubernetes' }, 'a method is mounted at its name')
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

t.test('the agent is told where the app sees what templates write, where they do', async t => {
  const intent = intentOf({ path: '/app/secrets' })
  t.equal(configOf(intent, checked).paths, undefined)
  t.strictSame(configOf(intent, { ...checked, templates: { write: true } }).paths, {
    '/app/secrets': '/podvault/secrets',
  })
})

t.test('metrics and instant updates are told where they are asked for', async t => {
  const intent = intentOf({ 'metrics-port': '9105', 'instant-updates': 'true' })
  t.match(configOf(intent, checked), { metricsPort: 9105, instantUpdates: true })
  t.notOk('metricsPort' in configOf(intentOf({}), checked))
  t.notOk('instantUpdates' in configOf(intentOf({}), checked))
})

t.test('the token as JSON has a folder of its own', async t => {
  t.match(configOf(intentOf({ token: 'json' }), checked), {
    token: 'json',
    folders: { token: '/podvault/vault-token' },
  })
  t.equal(configOf(intentOf({ token: 'file' }), checked).folders.token, undefined)
})

t.test('the agent is told how to reach Vault, and what to show there', async t => {
  const intent = intentOf({ auth: 'cert', 'auth-secret': 'tls', 'client-timeout': '7s' })
  const { vault, auth } = configOf(intent, { ...checked, otherAddresses: ['https://other'] })
  t.strictSame(auth, { method: 'cert', path: 'cert' })
  t.strictSame(vault, {
    address: 'https://vault:8200',
    certFile: '/podvault/auth/tls.crt',
    keyFile: '/podvault/auth/tls.key',
    redirects: ['https://other'],
    timeout: 7,
  })
  t.equal(configOf(intentOf({ 'ca-secret': 'ca' }), checked).vault.caFile, '/podvault/ca/ca.crt')
})
