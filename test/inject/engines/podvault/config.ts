import t from 'tap'
import { config } from '../../../fixtures/podvault-engine.ts'
import { generous } from '../../../fixtures/vault-k8s.ts'

t.test('what is said reaches the agent', async t => {
  const given = config({
    namespace: 'team',
    'ca-cert': '/vault/tls/ca.crt',
    'tls-server-name': 'vault',
    'tls-skip-verify': 'true',
    'auth-path': 'auth/team/k8s',
    role: '',
    'auth-config-role': 'other',
    'agent-inject-token': 'true',
    'agent-revoke-on-shutdown': 'true',
    'template-static-secret-render-interval': '30s',
    'template-lease-renewal-threshold': '0.9',
  })
  t.match(given, {
    vault: { namespace: 'team', caFile: '/vault/tls/ca.crt', tlsServerName: 'vault', tlsSkipVerify: true },
    auth: { path: 'team/k8s', role: 'other' },
    token: 'file',
    revoke: true,
    refresh: 30,
    renewAt: 0.9,
  })
  t.match(
    config({
      'podvault.dev/renew-at': '0.5',
      'podvault.dev/login-timeout': '10s',
      'podvault.dev/on-change': 'signal:SIGHUP',
      'template-lease-renewal-threshold': '0.9',
    }),
    { renewAt: 0.5, loginTimeout: 10, onChange: { kind: 'signal', signal: 'SIGHUP' } },
  )
  t.equal(config({ 'podvault.dev/on-change': 'none' }).onChange, undefined)
  t.match(config({ 'podvault.dev/metrics-port': '9105', 'podvault.dev/instant-updates': 'true' }), {
    metricsPort: 9105,
    instantUpdates: true,
  })
  t.notOk('metricsPort' in config({ 'podvault.dev/metrics-port': 'none' }))
  t.notOk('instantUpdates' in config({ 'podvault.dev/instant-updates': 'false' }))
})

t.test('a template that may write is told where the agent has the folders of the app', async t => {
  t.equal(config().paths, undefined)
  t.strictSame(config({ 'agent-inject-template-file-db': '/x', 'secret-volume-path-db': '/etc/b' }).paths, {
    '/vault/secrets': '/podvault/secrets',
    '/etc/b': '/podvault/custom-0',
  })
})

t.test('an interval of nothing is Vault Agent’s own, a small one a second', async t => {
  const refresh = (text: string) => config({ 'template-static-secret-render-interval': text }).refresh
  t.equal(refresh('0s'), 300)
  t.equal(refresh('100ms'), 1)
  t.equal(config({ 'template-lease-renewal-threshold': '0.001' }).renewAt, 0.01)
})

t.test('the operator’s certificates hold where the pod names none', async t => {
  const operator = { ...generous, ca: 'PEM' }
  t.equal(config({}, {}, operator).vault.ca, 'PEM')
  t.equal(config({ 'ca-cert': '/x' }, {}, operator).vault.ca, undefined)
})

t.test('a login without a service account is told of no token of one', async t => {
  const files = { 'auth-config-role-id-file-path': '/r', 'auth-config-secret-id-file-path': '/s' }
  t.notOk('tokenFile' in config({ 'auth-type': 'approle', ...files }).auth)
})

t.test('a role that is missing has been refused by then', async t => {
  t.match(config({ role: '' }).auth, { role: '' })
})

t.test('what belongs to the connection is told', async t => {
  const { vault } = config({ 'client-cert': '/c', 'client-key': '/k', 'client-timeout': '90s' })
  t.match(vault, { certFile: '/c', keyFile: '/k', timeout: 90 })
  t.equal(config({ 'client-timeout': '100ms' }).vault.timeout, 1)
  for (const text of ['0', '']) t.equal(config({ 'client-timeout': text }).vault.timeout, undefined)
  t.equal(config({}, {}, { ...generous, allow: { ...generous.allow, addresses: [] } }).vault.redirects, undefined)
})
