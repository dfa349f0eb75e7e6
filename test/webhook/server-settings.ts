import t from 'tap'
import { serverSettings } from '../../src/webhook/server-settings.ts'

t.test('a place to listen at', async t => {
  const { read } = serverSettings.listen
  t.same(read(':9443'), { port: 9443 })
  t.same(read('127.0.0.1:0'), { host: '127.0.0.1', port: 0 })
  t.same(read('[::1]:9443'), { host: '::1', port: 9443 })
  t.same(read('localhost:65535'), { host: 'localhost', port: 65535 })
  for (const wrong of ['9443', '', 'localhost', '::1:9443', ':65536', ':x', 'a b:1', 'http://x:1'])
    t.equal(read(wrong), undefined)
  t.same(serverSettings['metrics-listen'].read(':1'), { port: 1 })
})

t.test('a version of Kubernetes, as people and API servers write it', async t => {
  const { read } = serverSettings['kubernetes-version']
  for (const text of ['1.36', 'v1.36', '1.36.2', 'v1.36.1+k3s1', '1.36-gke.7'])
    t.same(read(text), { major: 1, minor: 36 })
  for (const wrong of ['1', 'latest', '1.x', '1.36x', '']) t.equal(read(wrong), undefined)
})

t.test('versions of TLS, images and files', async t => {
  t.equal(serverSettings['tls-min-version'].read('1.2'), 'TLSv1.2')
  t.equal(serverSettings['tls-min-version'].read('1.3'), 'TLSv1.3')
  t.equal(serverSettings['tls-min-version'].read('1.1'), undefined)
  t.equal(serverSettings.image.read('example.com/podvault:1@sha256:abc'), 'example.com/podvault:1@sha256:abc')
  t.equal(serverSettings.image.read('two words'), undefined)
  t.equal(serverSettings.config.read('/etc/podvault/config.yaml'), '/etc/podvault/config.yaml')
  t.equal(serverSettings['vault-address'].read('https://v:8200/'), 'https://v:8200')
})

t.test('names of objects, and how long certificates live', async t => {
  const { read } = serverSettings['ca-secret']
  for (const name of ['podvault-ca', 'a', 'a.b-c']) t.equal(read(name), name)
  for (const name of ['', 'A', 'a/b', '-a', 'a-', 'a'.repeat(254), 'a b']) t.equal(read(name), undefined)
  t.equal(serverSettings['certificate-lifetime'].read('29s'), undefined)
  t.equal(serverSettings['certificate-lifetime'].read('30s'), 30)
  t.equal(serverSettings['ca-lifetime'].read('1m59s'), undefined)
  t.equal(serverSettings['ca-lifetime'].read('8760h'), 8760 * 3600)
})

t.test('how callers are authenticated', async t => {
  for (const mode of ['warn', 'require'] as const) t.equal(serverSettings['client-auth'].read(mode), mode)
  t.equal(serverSettings['client-auth'].read('on'), undefined)
  t.same(serverSettings['client-names'].read('a, system:serviceaccount:x:y'), ['a', 'system:serviceaccount:x:y'])
  for (const wrong of ['', 'a,', 'a b', 'ä']) t.equal(serverSettings['client-names'].read(wrong), undefined)
})

t.test('every setting has a variable of its own, and none is the one of the agent', async t => {
  const variables = Object.values(serverSettings).map(({ env }) => env)
  t.equal(new Set(variables).size, variables.length)
  t.notOk(new Set<string>(variables).has('PODVAULT_CONFIG'))
})
