import { unlinkSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { isOurs, login, revoke, tryLogin } from '../../src/agent/login.ts'
import type { HeldToken } from '../../src/agent/state.ts'
import { stageOf } from '../fixtures/agent.ts'
import { putAppRole } from '../fixtures/vault-logins.ts'

t.test('a login holds the token and when to renew it', async t => {
  const stage = await stageOf(t)
  const start = stage.clock.now()
  const token = await login(stage.agent, start)
  t.match(token, { batch: false, renewable: true, seconds: 3600, failures: 0, lost: false, loggedInAt: start })
  t.equal(token.endsAt, start + 3_600_000)
  t.equal(token.due, start + 3_600_000 * 0.67)
  t.ok(stage.vault.memory.tokens.has(token.value))
  t.match(stage.log, [{ event: 'logged in', as: 'role web', seconds: 3600, renewable: true }])
  t.notMatch(JSON.stringify(stage.log), token.value)
})

t.test('batch tokens are not renewed, tokens without an end never', async t => {
  const stage = await stageOf(t)
  stage.vault.memory.loginRoles.set('kubernetes/web', { type: 'batch', ttl: 60 })
  t.match(await login(stage.agent, 0), { batch: true, renewable: false, accessor: '', seconds: 60 })
  stage.vault.memory.loginRoles.set('kubernetes/web', { ttl: 0 })
  t.match(await login(stage.agent, 0), { endsAt: null, due: null })
})

t.test('the service account token is read at each attempt, trimmed', async t => {
  const stage = await stageOf(t)
  const { tokenFile } = stage.config.auth
  writeFileSync(tokenFile, '\n')
  await t.rejects(tryLogin(stage.agent), { message: `the service account token in ${tokenFile} is empty` })
  writeFileSync(tokenFile, 'rotated.jwt\n')
  t.match(await tryLogin(stage.agent), { kind: 'ok' })
  unlinkSync(tokenFile)
  await t.rejects(tryLogin(stage.agent), { message: /^the service account token cannot be read: ENOENT/ })
})

t.test('Vault may come late, but not later than the deadline', async t => {
  const stage = await stageOf(t)
  const start = stage.clock.now()
  stage.vault.fail({ status: 503, body: { errors: ['Vault is sealed'] } })
  stage.clock.at(20, stage.vault.heal)
  t.match(await login(stage.agent, start + 60_000), { seconds: 3600 })
  t.ok(stage.clock.passed() >= 20 && stage.clock.passed() <= 25)
  stage.vault.fail({ status: 503, body: { errors: ['Vault is sealed'] } })
  await t.rejects(login(stage.agent, start + 60_000), {
    code: 'vault-unreachable',
    message: `Vault at ${stage.vault.address} gave no login for role web within 60 s; the last error was: status 503, Vault is sealed`,
  })
})

t.test('a wrong role fails at once', async t => {
  const stage = await stageOf(t, {})
  stage.vault.memory.loginRoles.clear()
  await t.rejects(login(stage.agent, Infinity), { code: 'vault-refused', message: /refused the login as role web/ })
  t.equal(stage.vault.requests.length, 1)
})

const tokenOf = async (stage: Awaited<ReturnType<typeof stageOf>>): Promise<HeldToken> => login(stage.agent, 0)

t.test('all tokens are revoked that can be, former ones too', async t => {
  const stage = await stageOf(t)
  const [token, former] = [await tokenOf(stage), await tokenOf(stage)]
  const gone = { value: 'hvs.gone', endsAt: null }
  await revoke(stage.agent, { token, former: [{ value: former.value, endsAt: null }, gone] })
  t.strictSame([...stage.vault.memory.revoked].sort(), [token.value, former.value].sort())
  t.match(stage.log.at(-1), { level: 'info', event: 'revoked', tokens: 3 })
  const before = stage.vault.requests.length
  await revoke(stage.agent, { token: { ...token, batch: true }, former: [] })
  t.equal(stage.vault.requests.length, before, 'a batch token cannot be')
})

t.test('a Vault that does not answer is not waited for', async t => {
  const stage = await stageOf(t)
  const token = await tokenOf(stage)
  stage.vault.fail({ delay: Infinity })
  const start = process.hrtime.bigint()
  await revoke(stage.agent, { token, former: [] })
  t.ok(process.hrtime.bigint() - start < 2_000_000_000n)
  t.match(stage.log.at(-1), { level: 'warn', event: 'not revoked', tokens: 1 })
})

t.test('a token that is lent keeps the time it has left, and is renewed for what it was made for', async t => {
  const stage = await stageOf(t)
  const made = await tokenOf(stage)
  await stage.clock.sleep(3_000_000, stage.agent.signal)
  writeFileSync(stage.config.auth.tokenFile, made.value)
  const config = { ...stage.config, auth: { method: 'token-file', tokenFile: stage.config.auth.tokenFile } } as const
  const lent = await login({ ...stage.agent, config }, 0)
  t.match(lent, { value: made.value, seconds: 3600, renewable: true, endsAt: made.endsAt })
  t.ok((lent.due ?? 0) > stage.clock.now() && (lent.due ?? 0) < (lent.endsAt ?? 0))
  t.match(stage.log.at(-1), { event: 'logged in', as: `the token in ${stage.config.auth.tokenFile}` })
  t.strictSame([isOurs(config), isOurs({ ...config, revoke: false }), isOurs(stage.config)], [true, false, true])
})

t.test('a step behind the first is given two seconds: its node may not know the new token yet', async t => {
  const stage = await stageOf(t)
  const auth = { ...stage.config.auth, approle: { path: 'approle', role: 'app' } }
  const agent = { ...stage.agent, config: { ...stage.config, auth } }
  putAppRole(stage.vault.memory, 'approle/app')
  stage.vault.fail({ path: 'auth/approle/role/app/role-id', status: 403, times: 2 })
  t.match(await login(agent, Infinity), { renewable: true })
  stage.vault.fail({ path: 'auth/approle/role/app/secret-id', status: 403, body: { errors: ['permission denied'] } })
  await t.rejects(login(agent, Infinity), {
    message:
      `Vault at ${stage.vault.address} refused to update auth/approle/role/app/secret-id for role web and AppRole app: ` +
      'status 403, permission denied',
    hint: 'give the role a policy with: path "auth/approle/role/app/secret-id" { capabilities = ["update"] }',
  })
})

t.test('a wrapping token that was used ends the login at once', async t => {
  const stage = await stageOf(t)
  const { tokenFile } = stage.config.auth
  const auth = { method: 'approle', path: 'approle', roleIdFile: tokenFile, wrappedFile: tokenFile } as const
  const config = { ...stage.config, auth }
  await t.rejects(login({ ...stage.agent, config }, Infinity), {
    code: 'vault-refused',
    message: /has been used already/,
  })
  t.strictSame(stage.clock.sleeps, [])
})
