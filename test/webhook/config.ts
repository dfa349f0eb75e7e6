import { join } from 'node:path'
import t from 'tap'
import { safest } from '../../src/inject/settings.ts'
import { readConfig } from '../../src/webhook/config.ts'
import { selfSigned } from '../fixtures/certificates.ts'

t.test('without anything said the defaults hold', async t => {
  const { settings, ...config } = readConfig({}, {})
  t.same(config, {
    listen: { port: 9443 },
    metricsListen: { port: 9402 },
    tracesEndpoint: undefined,
    certificateFiles: undefined,
    caSecret: 'podvault-ca',
    configuration: 'podvault',
    lives: { authority: 365 * 86_400_000, leaf: 7 * 86_400_000 },
    clientAuth: undefined,
    minVersion: 'TLSv1.3',
    kubernetesVersion: undefined,
    fixed: {
      listen: ':9443',
      'metrics-listen': ':9402',
      'traces-endpoint': '',
      'tls-cert-file': '',
      'tls-key-file': '',
      'tls-min-version': '1.3',
      'ca-secret': 'podvault-ca',
      'webhook-configuration': 'podvault',
      'ca-lifetime': '8760h',
      'certificate-lifetime': '168h',
      'client-auth': '',
      'client-names': '',
      'client-ca-file': '',
      'client-audience': '',
      'kubernetes-version': '',
      config: '',
    },
    notes: [],
  })
  const { configMap, ...rest } = settings
  t.same(rest, {
    image: 'localhost/podvault:dev',
    vaultImage: 'hashicorp/vault:2.0.4',
    defaults: {},
    profiles: {},
    namespaces: {},
    inherited: {},
    allow: safest,
  })
  t.equal(configMap('shop', 'web'), undefined, 'no ConfigMap is known')
})

t.test('flags beat environment beat file beat the variables of vault-k8s', async t => {
  const text = `listen: ":1"
image: file
vault-address: http://file:1
vault-image: ""
defaults: {role: web}
profiles: {p: {renew: "false"}}
namespaces: {shop: {profile: p}}
allow: {json-patch: true}
`
  const file = join(t.testdir({ 'config.yaml': text }), 'config.yaml')
  const env = { PODVAULT_CONFIG_FILE: file, PODVAULT_IMAGE: 'env', PODVAULT_VAULT_ADDRESS: 'http://env:1' }
  const variables = {
    inherited: { 'vault.hashicorp.com/agent-limits-cpu': '1' },
    server: { listen: ':2', 'metrics-listen': ':3', image: 'variable' },
    notes: ['AGENT_INJECT_LOG_FORMAT has no meaning here'],
    problems: [],
  }
  const config = readConfig({ 'vault-address': 'http://flag:1/', 'vault-image': 'mine/vault:1' }, env, variables)
  t.match(config, { listen: { port: 1 }, metricsListen: { port: 3 }, notes: variables.notes })
  t.match(config.settings, {
    image: 'env',
    address: 'http://flag:1',
    vaultImage: 'mine/vault:1',
    defaults: { 'podvault.dev/role': 'web' },
    profiles: { p: { 'podvault.dev/renew': 'false' } },
    namespaces: { shop: { 'podvault.dev/profile': 'p' } },
    inherited: variables.inherited,
    allow: { jsonPatch: true },
  })
  t.match(config.fixed, { listen: ':1', 'metrics-listen': ':3', config: file })
  t.equal(readConfig({ config: file, 'vault-image': 'v' }, {}).settings.image, 'file')
  t.throws(() => readConfig({ config: file }, {}), {
    code: 'usage',
    message: '--vault-image needs the name of an image, without blanks',
  })
})

t.test('an authority outlives its certificates', async t => {
  t.same(readConfig({ 'ca-lifetime': '3h', 'certificate-lifetime': '1h' }, {}).lives, {
    authority: 3 * 3_600_000,
    leaf: 3_600_000,
  })
  t.throws(() => readConfig({ 'ca-lifetime': '2h59m', 'certificate-lifetime': '1h' }, {}), {
    code: 'usage',
    message: '--ca-lifetime is too short: it must be at least three times --certificate-lifetime',
  })
  t.equal(readConfig({ 'ca-secret': '' }, {}).caSecret, undefined)
})

t.test('callers are authenticated by all that is needed for it, or not', async t => {
  const [mode, names, caFile, audience] = ['client-auth', 'client-names', 'client-ca-file', 'client-audience'] as const
  t.same(readConfig({ [mode]: 'warn', [names]: 'a, b', [caFile]: '/ca.crt' }, {}).clientAuth, {
    mode: 'warn',
    names: ['a', 'b'],
    caFile: '/ca.crt',
    audiences: [],
  })
  t.match(readConfig({ [mode]: 'require', [names]: 'a', [audience]: 'x' }, {}).clientAuth, { audiences: ['x'] })
  for (const flags of [
    { [mode]: 'warn' },
    { [names]: 'a' },
    { [audience]: 'x' },
    { [caFile]: '/ca.crt' },
    { [mode]: 'warn', [names]: 'a' },
    { [mode]: 'warn', [audience]: 'x' },
    { [names]: 'a', [audience]: 'x' },
  ])
    t.throws(() => readConfig(flags, {}), { code: 'usage', message: /^callers are authenticated with --client-auth, / })
})

t.test('an empty value takes a setting away', async t => {
  t.equal(readConfig({ 'metrics-listen': '' }, { PODVAULT_METRICS_LISTEN: ':1' }).metricsListen, undefined)
  t.throws(() => readConfig({ listen: '' }, {}), { code: 'usage', message: /--listen needs host:port/ })
})

t.test('a bad value is said with the place it was given at', async t => {
  t.throws(() => readConfig({ listen: 'x' }, {}), {
    code: 'usage',
    message: 'listen is "x" in --listen; allowed: host:port or :port, as :9443, 127.0.0.1:9443 or [::1]:9443',
  })
  t.throws(() => readConfig({}, { PODVAULT_TLS_MIN_VERSION: '1.1' }), {
    message: /"1.1" in PODVAULT_TLS_MIN_VERSION; allowed: 1.2 or 1.3/,
  })
  t.throws(() => readConfig({}, {}, { inherited: {}, server: { listen: 'x' }, notes: [], problems: [] }), {
    message: /"x" in the AGENT_INJECT_\* variables/,
  })
  const file = join(t.testdir({ 'config.yaml': 'vault-address: http://u:p@v/x\n' }), 'config.yaml')
  t.throws(() => readConfig({ config: file }, {}), { message: /config.yaml:1:16: .*; allowed/ })
  t.throws(() => readConfig({ config: '/nowhere.yaml' }, {}), {
    code: 'usage',
    message: /the operator's file cannot be read: ENOENT/,
  })
})

t.test('certificate and key come together', async t => {
  t.same(readConfig({ 'tls-cert-file': 'c', 'tls-key-file': 'k' }, {}).certificateFiles, {
    certFile: 'c',
    keyFile: 'k',
  })
  for (const flags of [{ 'tls-cert-file': 'c' }, { 'tls-key-file': 'k' }])
    t.throws(() => readConfig(flags, {}), { code: 'usage', message: /belong together/ })
})

t.test('the certificates of Vault are read from their file', async t => {
  const { cert, key } = await selfSigned('vault')
  const dir = t.testdir({ 'ca.crt': `${key}${cert}`, 'key.pem': key })
  t.equal(readConfig({ 'vault-ca-file': join(dir, 'ca.crt') }, {}).settings.ca?.trim(), cert.trim())
  t.throws(() => readConfig({ 'vault-ca-file': join(dir, 'key.pem') }, {}), {
    code: 'usage',
    message: /the certificates of Vault in .*key.pem cannot be used/,
  })
  t.throws(() => readConfig({ 'vault-ca-file': '/nowhere' }, {}), {
    code: 'usage',
    message: /the file of --vault-ca-file cannot be read: ENOENT/,
  })
})

t.test('the variables of vault-k8s are heard last, and refused where they are wrong', async t => {
  const { cert } = await selfSigned('vault')
  const env = {
    AGENT_INJECT_VAULT_ADDR: 'http://vault:8200',
    AGENT_INJECT_VAULT_CACERT_BYTES: cert,
    AGENT_INJECT_CPU_LIMIT: '2',
    AGENT_INJECT_LOG_LEVEL: 'debug',
  }
  const { settings, notes } = readConfig({}, env)
  t.match(settings, { address: 'http://vault:8200', inherited: { 'vault.hashicorp.com/agent-limits-cpu': '2' } })
  t.equal(settings.ca?.trim(), cert.trim())
  t.match(notes, [/^AGENT_INJECT_LOG_LEVEL has no effect/])
  const other = await selfSigned('other')
  const file = join(t.testdir({ 'ca.crt': other.cert }), 'ca.crt')
  t.equal(readConfig({ 'vault-ca-file': file }, env).settings.ca?.trim(), other.cert.trim())
  t.throws(() => readConfig({}, { AGENT_INJECT_CPU_LIMIT: 'much', AGENT_INJECT_RUN_AS_USER: 'me' }), {
    code: 'usage',
    message: /^2 problems: .*AGENT_INJECT_RUN_AS_USER is "me".*AGENT_INJECT_CPU_LIMIT is "much"/,
  })
})

t.test('spans go where the flag or the variables of OpenTelemetry say', async t => {
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' }
  t.equal(readConfig({}, env).tracesEndpoint, 'http://collector:4318/v1/traces')
  t.equal(readConfig({ 'traces-endpoint': 'https://other/x' }, env).tracesEndpoint, 'https://other/x')
  t.equal(readConfig({ 'traces-endpoint': '' }, env).tracesEndpoint, undefined, 'nowhere')
  t.throws(() => readConfig({ 'traces-endpoint': 'http://me:hunter2@collector/v1/traces' }, {}), {
    message:
      /^traces-endpoint is "http:\/\/…@collector\/v1\/traces" in --traces-endpoint; allowed: an http or https URL/,
  })
})
