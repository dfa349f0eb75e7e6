import t from 'tap'
import { loginOf } from '../../../src/cli/migrate/operator-login.ts'
import type { OperatorObject } from '../../../src/cli/migrate/operator-objects.ts'

const object = (kind: string, name: string, spec: object, namespace = 'shop'): OperatorObject => ({
  kind,
  namespace,
  name,
  spec: spec as Readonly<Record<string, unknown>>,
})
const secret = (spec: object = {}) => object('VaultStaticSecret', 's', { vaultAuthRef: 'auth', ...spec })
const login = (auth: object, others: readonly OperatorObject[] = [], of = secret()) =>
  loginOf(of, [object('VaultAuth', 'auth', auth), ...others], 'web', 'https://vault.example.com:8200')

t.test('a service account: role, mount, audience, lifetime of the token', async t => {
  const kubernetes = { role: 'shop', serviceAccount: 'web', audiences: ['vault'], tokenExpirationSeconds: 900 }
  t.same(login({ method: 'kubernetes', mount: 'eu', kubernetes }), {
    texts: { role: 'shop', audience: 'vault', 'token-ttl': '900s', 'auth-path': 'eu' },
    byHand: [],
  })
  t.same(login({ mount: 'kubernetes', kubernetes: { role: 'shop' } }).texts, { role: 'shop' })
  t.same(login({ method: 'jwt', jwt: { role: 'shop', audiences: [1] } }).texts, { auth: 'jwt', role: 'shop' })
})

t.test('another service account has to be bound', async t => {
  t.match(login({ kubernetes: { serviceAccount: 'operator', role: 'r' } }).byHand, [/bind the Vault role r to web/])
  t.match(login({ kubernetes: { serviceAccount: 'operator' } }).byHand, [/bind the Vault role {2}to web/])
})

t.test('an AppRole, and what podvault does not speak', async t => {
  const appRole = { method: 'appRole', mount: 'roles', appRole: { secretRef: 'login' } }
  t.match(login(appRole), {
    texts: { auth: 'approle', 'auth-path': 'roles', 'auth-secret': 'login' },
    byHand: [/keys role-id/],
  })
  t.equal(login({ ...appRole, mount: 'approle' }).texts['auth-path'], undefined)
  t.match(login({ method: 'aws' }), { texts: {}, byHand: [/logs in by aws: podvault's agent does not/] })
  t.match(login({ vaultAuthGlobalRef: {}, kubernetes: { role: 'a' } }).byHand, [/VaultAuthGlobal/])
})

t.test('without a reference the one called default is meant, wherever it is', async t => {
  const own = object('VaultAuth', 'default', { kubernetes: { role: 'common' } }, 'operator')
  const unnamed = object('VaultStaticSecret', 's', {})
  t.same(loginOf(unnamed, [own], 'web', undefined).texts, { role: 'common' })
  t.match(loginOf(unnamed, [], 'web', undefined), { texts: {}, byHand: [/by VaultAuth default, which is not among/] })
  t.match(loginOf(secret({ vaultAuthRef: 'other/auth' }), [], 'web', undefined).byHand, [/VaultAuth other\/auth/])
  const far = object('VaultAuth', 'auth', { kubernetes: { role: 'far' } }, 'other')
  t.same(loginOf(secret({ vaultAuthRef: 'other/auth' }), [far], 'web', undefined).texts, { role: 'far' })
})

t.test('the connection, where it is not the operator’s own', async t => {
  const connection = (spec: object) => object('VaultConnection', 'c', spec)
  const auth = { vaultConnectionRef: 'c', namespace: 'team-a', kubernetes: { role: 'r' } }
  const spec = {
    address: 'http://other:8200/',
    caCertSecretRef: 'ca',
    tlsServerName: 'v',
    skipTLSVerify: true,
    timeout: '5s',
    headers: { a: 'b' },
  }
  t.same(login(auth, [connection(spec)]), {
    texts: {
      role: 'r',
      namespace: 'team-a',
      address: 'http://other:8200',
      'ca-secret': 'ca',
      'tls-server-name': 'v',
      'tls-skip-verify': 'true',
      'client-timeout': '5s',
    },
    byHand: ['VaultConnection shop/c sends headers, which podvault does not'],
  })
  const own = connection({ address: 'https://vault.example.com:8200' })
  t.same(login(auth, [own], secret({ namespace: 'team-b' })).texts, { role: 'r', namespace: 'team-b' })
})
