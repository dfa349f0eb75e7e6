import { readFileSync } from 'node:fs'
import t from 'tap'
import { installFlags, installValues } from '../../src/cli/install-values.ts'
import { makeCertificates } from '../../src/webhook/make-certificates.ts'

t.test('a flag is a value of the chart', async t => {
  t.same(
    installValues({
      image: 'example.com/podvault:1',
      'vault-address': 'https://vault:8200',
      replicas: '3',
      certificates: 'cert-manager',
      'tls-secret': 'mine',
      'failure-policy': 'Ignore',
      policy: 'warn',
    }),
    {
      image: 'example.com/podvault:1',
      config: { 'vault-address': 'https://vault:8200' },
      replicas: 3,
      certificates: 'cert-manager',
      tlsSecret: 'mine',
      failurePolicy: 'Ignore',
      policy: 'warn',
    },
  )
  t.same(installValues({}), {})
})

t.test("the operator's file is taken as it is, and the flag beats its address", async t => {
  const dir = t.testdir({
    'config.yaml': 'vault-address: https://file:1\ndefaults: {renew-at: "0.50"}\nallow: {run-as-root: true}\n',
    'empty.yaml': '# nothing\n',
  })
  const config = `${dir}/config.yaml`
  const rest = { defaults: { 'renew-at': '0.50' }, allow: { 'run-as-root': true } }
  t.same(installValues({ config }), { config: { 'vault-address': 'https://file:1', ...rest } })
  t.same(installValues({ 'vault-address': 'https://flag:2', config }), {
    config: { 'vault-address': 'https://flag:2', ...rest },
  })
  t.same(installValues({ config: `${dir}/empty.yaml` }), { config: {} })
})

t.test('certificates come from files', async t => {
  const { caCert, key } = makeCertificates(['a'], new Date(), 1)
  const dir = t.testdir({ 'ca.crt': caCert, 'both.pem': key + caCert })
  t.same(installValues({ 'ca-file': `${dir}/ca.crt` }), { caBundle: readFileSync(`${dir}/ca.crt`, 'base64') })
  const { vaultCA } = installValues({ 'vault-ca-file': `${dir}/both.pem` })
  t.match(vaultCA, /^-----BEGIN CERTIFICATE-----/)
  t.notMatch(vaultCA, 'KEY')
})

t.test('what is not allowed is refused by name, value and what is', async t => {
  const refused = (given: Parameters<typeof installValues>[0], message: string | RegExp) =>
    t.throws(() => installValues(given), { code: 'usage', message })
  for (const [name, text] of [
    ['image', 'two words'],
    ['vault-address', 'vault:8200'],
    ['replicas', '0'],
    ['replicas', '1.5'],
    ['certificates', 'none'],
    ['tls-secret', 'a b'],
    ['failure-policy', 'fail'],
    ['policy', ''],
    ['config', ''],
  ] as const)
    refused({ [name]: text }, `--${name} is "${text}"; allowed: ${installFlags[name].kind.allowed}`)
  refused({ config: '/nowhere/config.yaml' }, /^\/nowhere\/config\.yaml cannot be read: ENOENT/)
  const dir = t.testdir({ 'bad.yaml': 'vault-adress: https://v\n', 'no.pem': 'nothing' })
  refused({ config: `${dir}/bad.yaml` }, /bad\.yaml:1:1: .*vault-adress/)
  refused({ 'vault-ca-file': `${dir}/no.pem` }, /it holds no certificate in PEM/)
})

t.test('a CA file without a certificate is refused: the API server would believe nobody', async t => {
  const dir = t.testdir({ 'no.pem': 'nothing' })
  t.throws(() => installValues({ 'ca-file': `${dir}/no.pem` }), {
    code: 'usage',
    message: /no\.pem holds no certificate/,
  })
})
