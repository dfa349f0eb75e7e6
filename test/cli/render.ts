import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { render } from '../../src/cli/render.ts'
import { run } from '../fixtures/io.ts'
import { putSecret } from '../fixtures/vault-memory.ts'
import { startVault } from '../fixtures/vault-server.ts'

const yaml = `
secrets:
- path: secret/app/db
  env: {DB_PASSWORD: password}
  files:
  - {name: tls/url, template: "postgres://{{ .password }}@db", mode: "0440"}
- path: aws/creds/deploy
  files: [{name: credentials, format: aws}]
`

/** The answer that Vault's documentation shows; a real Vault would ask Amazon. */
const aws = {
  lease_id: 'aws/creds/deploy/1',
  renewable: true,
  lease_duration: 3600,
  data: { access_key: 'AKIAIOSFODNN7EXAMPLE', secret_key: 'wJalrXUtnFEMI/K7MDENG', security_token: null },
}

const stage = async (t: Test, secrets = yaml) => {
  const vault = await startVault()
  t.teardown(() => vault.close())
  putSecret(vault.memory, 'secret/app/db', { password: 'hunter2' })
  vault.fail({ path: 'aws/creds/deploy', body: aws })
  const folder = t.testdir({ 'app.secrets': secrets, jwt: 'a.jwt\n' })
  const start = async (args: readonly string[], env: Readonly<Record<string, string>> = { VAULT_TOKEN: 'root' }) =>
    run(render, ['--secrets', join(folder, 'app.secrets'), ...args], { env: { VAULT_ADDR: vault.address, ...env } })
  return { vault, folder, start, out: join(folder, 'out') }
}

t.test('says what the files of a pod would be called, and nothing of what is in them', async t => {
  const { start } = await stage(t)
  const { code, stdout, stderr } = await start([])
  t.strictSame([code, stderr], [0, ''])
  t.equal(
    stdout,
    '0400 /vault/secrets/app.json\n0440 /vault/secrets/tls/url\n0400 /vault/secrets/credentials\n0400 /vault/secrets/env\n',
  )
  t.strictSame(JSON.parse((await start(['-o', 'json'])).stdout)[1], { path: '/vault/secrets/tls/url', mode: '0440' })
})

t.test('writes them to a folder, as the agent does', async t => {
  const { start, out } = await stage(t)
  const { stdout } = await start(['--out', out])
  t.notMatch(stdout, 'hunter2')
  t.equal(readFileSync(join(out, 'env'), 'utf8'), "DB_PASSWORD='hunter2'\n")
  t.equal(readFileSync(join(out, 'app.json'), 'utf8'), '{"DB_PASSWORD":"hunter2"}\n')
  t.equal(readFileSync(join(out, 'tls/url'), 'utf8'), 'postgres://hunter2@db')
  t.equal(
    readFileSync(join(out, 'credentials'), 'utf8'),
    '[default]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = wJalrXUtnFEMI/K7MDENG\n',
  )
  t.equal(statSync(join(out, 'tls/url')).mode & 0o777, 0o440)
})

t.test('templates ask Vault by themselves here, too, and write below the same folder', async t => {
  const asking = `
secrets:
- files:
  - {name: asked, template: '{{ with secret "secret/data/app/db" }}{{ .Data.data.password | writeToFile "/vault/secrets/pw" "" "" "0400" }}{{ end }}{{ env "POD_IP" }}'}
`
  const { start, out } = await stage(t, asking)
  const { code, stderr } = await start(['--out', out], { VAULT_TOKEN: 'root', POD_IP: '10.0.0.1' })
  t.strictSame([code, stderr], [0, ''])
  t.equal(readFileSync(join(out, 'asked'), 'utf8'), '10.0.0.1')
  t.equal(readFileSync(join(out, 'pw'), 'utf8'), 'hunter2')
})

t.test('a login of its own ends with it, unless somebody has the files', async t => {
  const { vault, folder, start, out } = await stage(t)
  const login = ['--kubernetes-role', 'web', '--kubernetes-token-file', join(folder, 'jwt')]
  await start(login, {})
  t.equal(vault.memory.tokens.size, 0)
  await start([...login, '--out', out], {})
  t.equal(vault.memory.tokens.size, 1)
  await start([], { VAULT_TOKEN: 'root' })
  t.equal(vault.requests.filter(({ path }) => path === 'auth/token/revoke-self').length, 1)
})

t.test('refuses what a pod would be refused, and leaves nothing half-written', async t => {
  const { vault, start, out } = await stage(t)
  putSecret(vault.memory, 'secret/app/db', { password: "hunter2's" })
  await t.rejects(start(['--out', out]), { message: /^the variable DB_PASSWORD has a single quote in it/ })
  t.notOk(existsSync(out))
  await start(['--out', out, '--env', 'file'])
  t.equal(readFileSync(join(out, 'env'), 'utf8'), `DB_PASSWORD='hunter2'\\''s'\n`)
  await start(['--out', out, '--env', 'none'])
  t.notOk(existsSync(join(out, 'env')))
})

t.test('what is wrong with a secrets file is said before Vault is asked', async t => {
  const { vault, start } = await stage(t, 'secrets: [{path: a/b}]')
  await t.rejects(start([]), { code: 'usage', message: /app\.secrets is no secrets file: line 1/ })
  t.strictSame(vault.requests, [])
})

t.test('help has an example', async t => {
  const { code, stdout } = await run(render, ['--help'])
  t.equal(code, 0)
  t.match(stdout, 'podvault render --secrets app.secrets --out')
  t.match(stdout, /--secrets <file>/)
  t.notMatch(stdout, /--secret-file/, 'the other names of vaultenv are for those who know them')
})
