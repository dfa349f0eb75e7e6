import t from 'tap'
import type { Level } from '../../src/cli/layered-flags.ts'
import { accessOf } from '../../src/cli/vault-flags.ts'

const level = (given: Readonly<Record<string, string>>): Level =>
  Object.fromEntries(Object.entries(given).map(([name, text]) => [name, { text, from: name }]))
const access = (
  flags: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string>> = {},
  fallback = 'home',
) => accessOf([level(flags), level(env)], fallback)
const address = (...given: Parameters<typeof access>) => access(...given).connection.address

t.test('where Vault is: a URL, or host, port and TLS, or both where they agree', async t => {
  t.equal(address({}), 'https://localhost:8200')
  t.equal(address({ addr: 'http://vault' }), 'http://vault')
  t.equal(address({ addr: 'https://vault/' }), 'https://vault')
  t.equal(address({ addr: 'https://[::1]:8300' }), 'https://[::1]:8300')
  t.equal(address({ host: 'vault', 'connect-tls': 'false' }), 'http://vault:8200')
  t.equal(address({ host: '[::1]', port: '1' }), 'https://[::1]:1')
  t.equal(
    address({ addr: 'http://vault:8200', host: 'vault', port: '8200', 'connect-tls': 'false' }),
    'http://vault:8200',
  )
})

t.test('the highest port is one, and a token is never shown', async t => {
  t.equal(address({ host: 'vault', port: '65535' }), 'https://vault:65535')
  t.throws(() => access({ token: 's3 cret' }), { message: /^token must be a token without blanks$/ })
})

t.test('people give a URL for a host, as the article of Elastic does', async t => {
  t.equal(address({ host: 'http://vault:8300' }, { addr: 'http://vault:8300' }), 'http://vault:8300')
})

t.test('the higher level wins, value by value', async t => {
  t.equal(address({ host: 'other' }, { addr: 'http://vault:8300' }), 'http://other:8300')
  t.equal(address({ addr: 'https://other' }, { host: 'vault', port: '1', 'connect-tls': 'false' }), 'https://other')
})

t.test('a level that contradicts itself is refused', async t => {
  for (const [name, text] of [
    ['host', 'other'],
    ['port', '1'],
    ['connect-tls', 'true'],
    ['host', 'http://other:8200'],
  ] as const)
    t.throws(() => address({ addr: 'http://vault:8200', [name]: text }), {
      code: 'usage',
      message: `addr and ${name} say different things`,
    })
  for (const [name, text] of [
    ['host', 'a b'],
    ['port', '0'],
    ['port', '70000'],
    ['addr', 'vault:8200'],
    ['token', 'a b'],
  ] as const)
    t.throws(() => address({ [name]: text }), { code: 'usage', message: new RegExp(`^${name} .*must be`) })
})

t.test('what is believed of its certificate, and its namespace', async t => {
  t.strictSame(
    access({ 'ca-file': '/ca', 'tls-server-name': 'v', namespace: 'n', 'validate-certs': 'false' }).connection,
    { address: 'https://localhost:8200', namespace: 'n', caFile: '/ca', tlsServerName: 'v', tlsSkipVerify: true },
  )
  t.strictSame(access({ 'validate-certs': 'true' }, { 'validate-certs': 'false' }).connection, {
    address: 'https://localhost:8200',
  })
})

t.test('the first level that says how to log in wins; a token before a role, a role before GitHub', async t => {
  const login = (...given: Parameters<typeof access>) => access(...given).login
  const pods = '/var/run/secrets/kubernetes.io/serviceaccount/token'
  const web = { kind: 'kubernetes', path: 'kubernetes', role: 'web', tokenFile: pods }
  t.strictSame(login({}), { kind: 'token', token: 'home' })
  t.strictSame(login({}, { token: ' t\n' }), { kind: 'token', token: 't' })
  t.strictSame(login({ 'kubernetes-role': 'web' }, { token: 't' }), web)
  t.strictSame(login({}, { 'kubernetes-role': 'web', token: 't' }), { kind: 'token', token: 't' })
  t.strictSame(login({}, { 'kubernetes-role': 'web', 'github-token': 'g' }), web)
  t.strictSame(login({ 'auth-backend': 'k8s', 'kubernetes-token-file': '/jwt' }, { 'kubernetes-role': 'web' }), {
    ...web,
    path: 'k8s',
    tokenFile: '/jwt',
  })
  t.strictSame(login({ 'github-token': 'g' }), { kind: 'github', path: 'github', token: 'g' })
  t.throws(() => accessOf([level({})], undefined), {
    code: 'usage',
    message: 'nothing says how to log in to Vault',
    hint: 'set VAULT_TOKEN, run `vault login`, or name a --kubernetes-role',
  })
})
