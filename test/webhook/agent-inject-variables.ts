import t from 'tap'
import { agentInjectTable, agentInjectVariables } from '../../src/webhook/agent-inject-variables.ts'

t.test('there is every variable of vault-k8s', async t => {
  t.equal(Object.keys(agentInjectTable).length, 39)
  t.strictSame(agentInjectVariables({}), { inherited: {}, server: {}, notes: [], problems: [] })
})

t.test('defaults of annotations are inherited by their full names', async t => {
  t.strictSame(
    agentInjectVariables({
      AGENT_INJECT_VAULT_AUTH_PATH: 'auth/team',
      AGENT_INJECT_CPU_LIMIT: '1',
      AGENT_INJECT_SET_SECURITY_CONTEXT: 'F',
      AGENT_INJECT_RUN_AS_USER: '7',
      AGENT_INJECT_TEMPLATE_LEASE_RENEWAL_THRESHOLD: '0.9',
    }).inherited,
    {
      'vault.hashicorp.com/auth-path': 'auth/team',
      'vault.hashicorp.com/agent-run-as-user': '7',
      'vault.hashicorp.com/agent-set-security-context': 'F',
      'vault.hashicorp.com/agent-limits-cpu': '1',
      'vault.hashicorp.com/template-lease-renewal-threshold': '0.9',
    },
  )
})

t.test('settings of the server come by the names of their flags', async t => {
  const { server, problems } = agentInjectVariables({
    AGENT_INJECT_LISTEN: ':8080',
    AGENT_INJECT_VAULT_ADDR: 'https://vault:8200/',
    AGENT_INJECT_VAULT_IMAGE: 'hashicorp/vault:1.21.1',
    AGENT_INJECT_TLS_CERT_FILE: '/tls/tls.crt',
    AGENT_INJECT_TLS_KEY_FILE: '/tls/tls.key',
    AGENT_INJECT_TLS_MIN_VERSION: 'tls10',
  })
  t.strictSame(problems, [])
  t.strictSame(server, {
    listen: ':8080',
    'vault-address': 'https://vault:8200',
    'vault-image': 'hashicorp/vault:1.21.1',
    'tls-cert-file': '/tls/tls.crt',
    'tls-key-file': '/tls/tls.key',
    // The lowest that is spoken at all.
    'tls-min-version': '1.2',
  })
  t.strictSame(agentInjectVariables({ AGENT_INJECT_TLS_MIN_VERSION: 'tls13' }).server, { 'tls-min-version': '1.3' })
})

t.test('the webhook configuration is named, and its account keeps no Secret', async t => {
  const { server, notes } = agentInjectVariables({
    AGENT_INJECT_TLS_AUTO: 'vault-agent-injector-cfg',
    AGENT_INJECT_TLS_AUTO_HOSTS: 'vault-agent-injector-svc',
  })
  t.strictSame(server, { 'webhook-configuration': 'vault-agent-injector-cfg', 'ca-secret': '' })
  t.strictSame(notes, [
    'AGENT_INJECT_TLS_AUTO_HOSTS has no effect: the names are those that the webhook configuration calls',
  ])
})

t.test('certificates come as PEM, or in base64', async t => {
  const pem = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'
  t.equal(agentInjectVariables({ AGENT_INJECT_VAULT_CACERT_BYTES: pem }).ca, pem)
  const base64 = Buffer.from(pem).toString('base64')
  t.equal(agentInjectVariables({ AGENT_INJECT_VAULT_CACERT_BYTES: base64 }).ca, pem)
  t.strictSame(agentInjectVariables({ AGENT_INJECT_VAULT_CACERT_BYTES: 'a-secret' }).problems, [
    'AGENT_INJECT_VAULT_CACERT_BYTES holds no certificate; allowed: PEM, or PEM in base64',
  ])
})

t.test('an empty variable is as good as none', async t => {
  const empty = Object.fromEntries(Object.keys(agentInjectTable).map(name => [name, '']))
  t.strictSame(agentInjectVariables(empty), { inherited: {}, server: {}, notes: [], problems: [] })
})

t.test('bad values are all named at once', async t => {
  const { problems, inherited, server } = agentInjectVariables({
    AGENT_INJECT_REVOKE_ON_SHUTDOWN: 'yes',
    AGENT_INJECT_AUTH_MIN_BACKOFF: '5x',
    AGENT_INJECT_VAULT_ADDR: 'vault:8200',
    AGENT_INJECT_TLS_MIN_VERSION: 'constructor',
    AGENT_INJECT_USE_LEADER_ELECTOR: 'maybe',
  })
  t.strictSame([inherited, server], [{}, {}])
  t.match(problems, [
    /^AGENT_INJECT_VAULT_ADDR is "vault:8200"; allowed: http:/,
    /^AGENT_INJECT_TLS_MIN_VERSION is "constructor"; allowed: tls10, tls11, tls12, tls13$/,
    /^AGENT_INJECT_USE_LEADER_ELECTOR is "maybe"; allowed: "true"/,
    /^AGENT_INJECT_REVOKE_ON_SHUTDOWN is "yes"; allowed: "true"/,
    /^AGENT_INJECT_AUTH_MIN_BACKOFF is "5x"; allowed: a duration/,
  ])
})

t.test('what has no meaning here is said, and what vault-k8s itself does not know', async t => {
  t.strictSame(
    agentInjectVariables({
      AGENT_INJECT_USE_LEADER_ELECTOR: 'true',
      AGENT_INJECT_LOG_LEVEL: 'debug',
      AGENT_INJECT_NONSENSE: 'x',
      OTHER: 'y',
    }).notes,
    [
      'AGENT_INJECT_LOG_LEVEL has no effect: podvault logs lines of JSON',
      'AGENT_INJECT_USE_LEADER_ELECTOR has no effect: podvault makes its own certificates, or reads those it is given',
      '"AGENT_INJECT_NONSENSE" has no effect: vault-k8s has no such variable',
    ],
  )
})
