import t from 'tap'
import { serverSettings } from '../../src/webhook/server-settings.ts'

t.test('two places to listen at', async t => {
  t.same(serverSettings.listen.read('127.0.0.1:0'), { host: '127.0.0.1', port: 0 })
  t.same(serverSettings['metrics-listen'].read(':1'), { port: 1 })
})

t.test('versions of TLS and of Kubernetes, images, files and addresses', async t => {
  t.equal(serverSettings['tls-min-version'].read('1.2'), 'TLSv1.2')
  t.equal(serverSettings['tls-min-version'].read('1.3'), 'TLSv1.3')
  t.equal(serverSettings['tls-min-version'].read('1.1'), undefined)
  t.equal(serverSettings.image.read('example.com/podvault:1@sha256:abc'), 'example.com/podvault:1@sha256:abc')
  t.same(serverSettings['kubernetes-version'].read('1.36'), { major: 1, minor: 36 })
  t.equal(serverSettings.config.read('/etc/podvault/config.yaml'), '/etc/podvault/config.yaml')
  t.equal(serverSettings['vault-address'].read('https://v:8200/'), 'https://v:8200')
})

t.test('names of objects, and how long certificates live', async t => {
  t.equal(serverSettings['ca-secret'].read('podvault-ca'), 'podvault-ca')
  t.equal(serverSettings['certificate-lifetime'].read('29s'), undefined)
  t.equal(serverSettings['certificate-lifetime'].read('30s'), 30)
  t.equal(serverSettings['ca-lifetime'].read('1m59s'), undefined)
  t.equal(serverSettings['ca-lifetime'].read('8760h'), 8760 * 3600)
})

t.test('how callers are authenticated', async t => {
  for (const mode of ['warn', 'require'] as const) t.equal(serverSettings['client-auth'].read(mode), mode)
  t.equal(serverSettings['client-auth'].read('on'), undefined)
  t.same(serverSettings['client-names'].read('a, system:serviceaccount:x:y'), ['a', 'system:serviceaccount:x:y'])
})

t.test('every setting has a variable of its own, and none is the one of the agent', async t => {
  const variables = Object.values(serverSettings).map(({ env }) => env)
  t.equal(new Set(variables).size, variables.length)
  t.notOk(new Set<string>(variables).has('PODVAULT_CONFIG'))
})
