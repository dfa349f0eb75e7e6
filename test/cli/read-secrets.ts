import { join } from 'node:path'
import t, { type Test } from 'tap'
import { wantedOf } from '../../src/agent/wanted.ts'
import { type Asker, readAll, tokenOf } from '../../src/cli/read-secrets.ts'
import type { Entry } from '../../src/contract.ts'
import { vaultAt } from '../../src/vault/client.ts'
import { configOf, entry, file, idOf, templates } from '../fixtures/agent.ts'
import { putSecret } from '../fixtures/vault-memory.ts'
import { startVault } from '../fixtures/vault-server.ts'

const stage = async (t: Test) => {
  const vault = await startVault()
  putSecret(vault.memory, 'secret/app', { a: 'x' })
  const asker: Asker = {
    vault: vaultAt({ address: vault.address }),
    patience: { retries: 2, delay: 1, random: () => 0, sleep: async () => undefined },
    width: 2,
    signal: new AbortController().signal,
  }
  t.teardown(async () => {
    asker.vault.rest()
    await vault.close()
  })
  const read = async (...entries: readonly Entry[]) =>
    readAll(asker, wantedOf(configOf({ files: [file('f', ...entries)] }), []), 'root')
  return { vault, asker, read }
}

t.test('a token is taken as it is, without asking', async t => {
  const { vault, asker } = await stage(t)
  t.match(await tokenOf(asker, { kind: 'token', token: 't' }), { value: 't' })
  t.strictSame(vault.requests, [])
})

t.test('a login by service account or by GitHub, with what the method wants', async t => {
  const { vault, asker } = await stage(t)
  const tokenFile = join(t.testdir({ jwt: 'a.jwt\n' }), 'jwt')
  t.match(await tokenOf(asker, { kind: 'kubernetes', path: 'kubernetes', role: 'web', tokenFile }), {
    value: /^hvs\./,
    renewable: true,
  })
  t.match(vault.requests.at(-1), { path: 'auth/kubernetes/login', body: { role: 'web', jwt: 'a.jwt' } })
  vault.fail({ path: 'auth/github/login', times: 1, body: { auth: { client_token: 'g', lease_duration: 5 } } })
  t.match(await tokenOf(asker, { kind: 'github', path: 'github', token: 'gh' }), { value: 'g', seconds: 5 })
  t.match(vault.requests.at(-1), { path: 'auth/github/login', body: { token: 'gh' } })
})

t.test('a login that fails is a sentence with what to do', async t => {
  const { vault, asker } = await stage(t)
  const tokenFile = join(t.testdir({ jwt: 's3cret' }), 'jwt')
  const kubernetes = { kind: 'kubernetes', path: 'kubernetes', role: 'no', tokenFile } as const
  await t.rejects(tokenOf(asker, kubernetes), {
    code: 'vault-refused',
    message: `Vault at ${vault.address} refused to log in at auth/kubernetes: status 400, invalid role name "no"`,
    hint: /vault read auth\/kubernetes\/role\/no/,
  })
  await t.rejects(tokenOf(asker, { ...kubernetes, tokenFile: '/nowhere' }), {
    code: 'usage',
    message: /the service account token cannot be read: ENOENT/,
  })
  vault.fail({ path: 'auth/github/login', status: 400, body: { errors: ['bad'] } })
  await t.rejects(tokenOf(asker, { kind: 'github', path: 'github', token: 's3cret' }), {
    message: /refused to log in at auth\/github: status 400, bad/,
    hint: 'check the token, and what the method makes of it',
  })
})

t.test('each request is read once; what is optional may be missing', async t => {
  const { vault, read } = await stage(t)
  const values = await read(
    entry('secret/app', { A: 'a' }),
    entry('secret/app', { B: 'a', C: 'c' }, { optional: true }),
    entry('secret/gone', { G: 'g' }, { default: { g: 'x' } }),
  )
  t.strictSame(
    [...values].map(([id, value]) => [id, value?.data]),
    [
      [idOf('secret/app'), { a: 'x' }],
      [idOf('secret/gone'), undefined],
    ],
  )
  t.equal(vault.requests.filter(({ path }) => path === 'secret/data/app').length, 1)
})

t.test('what Vault refuses is a sentence with what to do', async t => {
  const { vault, read } = await stage(t)
  await t.rejects(read(entry('secret/gone', { G: 'g' })), {
    code: 'vault-refused',
    message: `Vault at ${vault.address} refused to read secret/gone: status 404`,
    hint: 'see what is there: vault kv list secret',
  })
  vault.fail({ path: 'transit/decrypt/web', status: 400, body: { errors: ['no'] } })
  await t.rejects(read(entry('transit/decrypt/web', { G: 'g' }, { method: 'PUT' })), {
    message: /refused to write transit\/decrypt\/web/,
  })
  await t.rejects(read(entry('secret/app', { B: 'b' })), {
    message: 'the secret secret/app has no key b',
    hint: 'it has: a',
  })
})

t.test('what may pass is asked again, and no more than one says', async t => {
  const { vault, read } = await stage(t)
  vault.fail({ path: 'secret/data/app', times: 2, status: 503 })
  t.equal((await read(entry('secret/app', { A: 'a' }))).size, 1)
  vault.fail({ path: 'secret/data/app', status: 500, body: { errors: ['boom'] } })
  await t.rejects(read(entry('secret/app', { A: 'a' })), {
    code: 'vault-unreachable',
    message: `Vault at ${vault.address} gave no answer when asked to read secret/app: status 500, boom`,
    hint: /VAULT_ADDR/,
  })
})

t.test('who makes files gets what their templates ask for, too', async t => {
  const { vault, asker } = await stage(t)
  putSecret(vault.memory, 'kv/asked', { v: 1 })
  const config = configOf({
    files: [file('f', await templates({ x: '{{ with secret "kv/asked" }}{{ .Data.v }}{{ end }}' }))],
  })
  const wanted = wantedOf(config, [])
  t.strictSame([...(await readAll(asker, wanted, 'root')).keys()], [])
  t.match([...(await readAll(asker, wanted, 'root', config)).values()], [{ data: { v: 1 } }])
})
