import t, { type Test } from 'tap'
import { loggedIn } from '../../../src/cli/check/login.ts'
import { noRole } from '../../../src/cli/check/dry-run.ts'
import type { AgentConfig, Entry } from '../../../src/contract.ts'
import { lookFrom, tokenOf } from '../../fixtures/look.ts'
import { type FakeVault, startVault } from '../../fixtures/vault-server.ts'

type More = Parameters<typeof lookFrom>[2]
const entry = (path: string, more: Partial<Entry> = {}): Entry => ({ path, env: [], files: [], ...more })
const file = (...entries: readonly Entry[]): Pick<AgentConfig, 'files'> => ({ files: [{ name: 'app', entries }] })

const start = async (t: Test): Promise<FakeVault> => {
  const vault = await startVault()
  t.teardown(vault.close)
  vault.memory.loginRoles.set('kubernetes/web', { ttl: 600 })
  return vault
}
const findings = async (t: Test, { address }: FakeVault, more: More = {}) => loggedIn(lookFrom(t, { address }, more))

/** Vault's answer about what the token may do. */
const allow = (vault: FakeVault, data: object): void => vault.fail({ path: 'sys/capabilities-self', body: { data } })

t.test('vault-login: in, with whom the token is of, and the token of Vault is ended', async t => {
  const vault = await start(t)
  const found = await findings(t, vault)
  t.match(found, [
    {
      check: 'vault-login',
      level: 'ok',
      message: 'logs in as role web, for 600 s (its token: system:serviceaccount:shop:web, audience vault)',
    },
    { check: 'vault-paths', level: 'ok', message: 'it asks for no path' },
  ])
  t.ok(vault.requests.some(({ path }) => path === 'auth/token/revoke-self'))
  t.notMatch(JSON.stringify(found), /hvs\.|signature/)
})

t.test("vault-login: refused in Vault's words, with what the token says of itself", async t => {
  const vault = await start(t)
  vault.fail({ path: 'auth/kubernetes/login', status: 403, body: { errors: ['service account name not authorized'] } })
  t.match(await findings(t, vault, { jwt: tokenOf({ sub: 'system:serviceaccount:shop:web', aud: 'other' }) }), [
    {
      check: 'vault-login',
      level: 'failure',
      message: /not authorized \(its token: system:serviceaccount:shop:web, audience other\)$/,
      todo: /admits this pod's service account/,
    },
  ])
  for (const jwt of ['nonsense', tokenOf({ aud: 7 }), tokenOf(7)])
    t.match(await findings(t, vault, { jwt }), [{ message: /not authorized$/ }])
  t.match(await findings(t, vault, { jwt: tokenOf({ sub: 'x' }) }), [{ message: /audience \)$/ }])
})

t.test('vault-login: a JWT of the service account says of whom it is, too', async t => {
  const vault = await start(t)
  vault.memory.loginRoles.set('jwt/web', { ttl: 600 })
  const look = lookFrom(t, { address: vault.address })
  const tokenFile = 'tokenFile' in look.config.auth ? look.config.auth.tokenFile : ''
  const auth = { method: 'jwt', path: 'jwt', role: 'web', tokenFile } as const
  t.match(await loggedIn({ ...look, config: { ...look.config, auth } }), [
    { message: /\(its token: system:serviceaccount:shop:web, audience vault\)$/ },
    {},
  ])
})

t.test('vault-login: without the files it needs, and with those that are good for one login only', async t => {
  const vault = await start(t)
  const account = { method: 'kubernetes', path: 'kubernetes', role: 'web', tokenFile: '/none' } as const
  t.match(await findings(t, vault, { auth: account }), [
    { check: 'vault-login', level: 'failure', message: /cannot be read/ },
  ])
  t.match(await findings(t, vault, { auth: { method: 'approle', path: 'approle', roleIdFile: '/none' } }), [
    { level: 'unknown' },
  ])
  t.same(await findings(t, vault, { auth: { ...account, role: noRole } }), [])
  t.equal(vault.requests.length, 0)
  const look = lookFrom(t, { address: vault.address })
  const stopped = new AbortController()
  stopped.abort(new Error('stopped'))
  t.match(await loggedIn({ ...look, signal: stopped.signal }), [{ level: 'failure', message: 'stopped' }])
})

t.test("vault-login: somebody else's token is not ended, and says nothing of an account", async t => {
  const vault = await start(t)
  const look = lookFrom(t, { address: vault.address }, { jwt: 'root' })
  const tokenFile = 'tokenFile' in look.config.auth ? look.config.auth.tokenFile : ''
  vault.fail({ path: 'auth/token/lookup-self', body: { data: { ttl: 0 } } })
  t.match(await loggedIn({ ...look, config: { ...look.config, auth: { method: 'token-file', tokenFile } } }), [
    { message: `logs in as the token in ${tokenFile}, for 0 s` },
    {},
  ])
  t.notOk(vault.requests.some(({ path }) => path === 'auth/token/revoke-self'))
})

t.test('vault-paths: each is asked about as policies name it, and none is read', async t => {
  const vault = await start(t)
  allow(vault, {
    'secret/data/a': ['read'],
    'kv/b': ['root'],
    'pki/issue/web': ['create'],
    'kv/c': ['read'],
    'secret/data/d': ['read'],
  })
  const asked = file(
    entry('secret/a'),
    entry('kv/b'),
    entry('pki/issue/web', { method: 'PUT' }),
    entry('kv/c', { kv: 'v1' }),
    entry('secret/d', { kv: 'v2' }),
  )
  t.match(await findings(t, vault, asked), [
    { level: 'ok' },
    { check: 'vault-paths', level: 'ok', message: 'may use each of 5 paths' },
  ])
  const body = vault.requests.find(({ path }) => path === 'sys/capabilities-self')?.body
  t.same(body, { paths: ['secret/data/a', 'kv/b', 'pki/issue/web', 'kv/c', 'secret/data/d'] })
  t.notOk(vault.requests.some(({ path }) => /^(?:secret|kv|pki)\//.test(path)))
})

t.test('vault-paths: those that the policy does not let pass are named with the rule that would', async t => {
  const vault = await start(t)
  allow(vault, { 'secret/data/a': ['deny'], 'pki/issue/web': ['read'] })
  t.match(await findings(t, vault, file(entry('secret/a'), entry('pki/issue/web', { method: 'PUT' }))), [
    { level: 'ok' },
    {
      check: 'vault-paths',
      level: 'failure',
      message: 'may not read secret/data/a',
      todo: 'give the role a policy with: path "secret/data/a" { capabilities = ["read"] }',
      objects: ['secret/data/a'],
    },
    { message: 'may not update pki/issue/web', todo: /capabilities = \["update"\]/ },
  ])
})

t.test('vault-paths: where Vault does not say which engine it is, either spelling will do', async t => {
  const vault = await start(t)
  vault.fail({ path: /^sys\/internal/, status: 403, body: { errors: ['denied'] } })
  allow(vault, { 'secret/data/a': ['deny'], 'secret/a': ['read'], 'secret/data/b': ['read'] })
  const asked = file(entry('secret/a'), entry('secret/b', { kv: 'v2' }))
  t.match((await findings(t, vault, asked))[1], { level: 'ok', message: 'may use each of 2 paths' })
})

t.test('vault-paths: a Vault that does not tell, or tells nonsense', async t => {
  const vault = await start(t)
  vault.fail({ path: 'sys/capabilities-self', status: 403, body: { errors: ['permission denied'] }, times: 1 })
  const asked = file(entry('secret/a'))
  t.match((await findings(t, vault, asked))[1], {
    check: 'vault-paths',
    level: 'unknown',
    message: /permission denied/,
  })
  for (const body of [{ 'secret/data/a': ['read'] }, { data: 7 }, '[]']) {
    vault.fail({ path: 'sys/capabilities-self', body, times: 1 })
    const [, second] = await findings(t, vault, asked)
    t.match(
      second,
      { level: typeof body === 'object' && 'secret/data/a' in body ? 'ok' : 'unknown' },
      JSON.stringify(body),
    )
  }
  t.match(await findings(t, vault, { mounted: [{ configMap: 'x', folder: '/none' }] }), [
    { check: 'vault-login', level: 'ok' },
    { check: 'vault-paths', level: 'failure', message: /the ConfigMap x cannot be read/ },
  ])
})
