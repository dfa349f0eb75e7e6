import { join } from 'node:path'
import t from 'tap'
import { readConfig } from '../../src/webhook/config.ts'

t.test('without anything said the defaults hold', async t => {
  t.same(readConfig({}, {}), {
    listen: { port: 9443 },
    metricsListen: { port: 9402 },
    certificateFiles: undefined,
    minVersion: 'TLSv1.3',
    kubernetesVersion: undefined,
    settings: { image: 'localhost/podvault:dev', defaults: {}, allow: { addresses: [], tlsSkipVerify: false } },
  })
})

t.test('flags beat environment beat file', async t => {
  const file = join(
    t.testdir({ 'config.yaml': 'listen: ":1"\nimage: file\nvault-address: http://file:1\ndefaults: {role: web}\n' }),
    'config.yaml',
  )
  const env = { PODVAULT_CONFIG_FILE: file, PODVAULT_IMAGE: 'env', PODVAULT_VAULT_ADDRESS: 'http://env:1' }
  const config = readConfig({ 'vault-address': 'http://flag:1/' }, env)
  t.same(config.listen, { port: 1 })
  t.match(config.settings, { image: 'env', address: 'http://flag:1', defaults: { role: 'web' } })
  t.same(readConfig({ config: file }, {}).settings.image, 'file')
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
  const file = join(t.testdir({ 'config.yaml': 'vault-address: http://u:p@v/x\n' }), 'config.yaml')
  t.throws(() => readConfig({ config: file }, {}), { message: /in .*config.yaml:1:16; allowed/ })
  t.throws(() => readConfig({ config: '/nowhere.yaml' }, {}), {
    code: 'usage',
    message: /the operator's file cannot be read: ENOENT/,
  })
})

t.test("the operator's file is not named in the operator's file", async t => {
  const file = join(t.testdir({ 'config.yaml': 'config: other.yaml\n' }), 'config.yaml')
  t.throws(() => readConfig({ config: file }, {}), { message: /knows no key "config"/ })
})

t.test('certificate and key come together', async t => {
  t.same(readConfig({ 'tls-cert-file': 'c', 'tls-key-file': 'k' }, {}).certificateFiles, {
    certFile: 'c',
    keyFile: 'k',
  })
  for (const flags of [{ 'tls-cert-file': 'c' }, { 'tls-key-file': 'k' }])
    t.throws(() => readConfig(flags, {}), { code: 'usage', message: /belong together/ })
})
