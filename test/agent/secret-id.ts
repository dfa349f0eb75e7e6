import { existsSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { secretIdOf } from '../../src/agent/secret-id.ts'
import { sentence } from '../../src/errors.ts'
import { stageOf } from '../fixtures/agent.ts'
import { wrap } from '../fixtures/vault-logins.ts'

const origin = 'auth/approle/role/web/secret-id'

const stageWith = async (t: Test, more: { readonly creationPath?: string } = { creationPath: origin }) => {
  const stage = await stageOf(t)
  const [secretIdFile, wrappedFile] = [join(t.testdirName, 'plain'), join(t.testdirName, 'wrapped')]
  writeFileSync(secretIdFile, 'plain-id\n')
  const auth = { method: 'approle', path: 'approle', roleIdFile: '/none', secretIdFile, wrappedFile, ...more } as const
  const { vault, agent, config } = stage
  const hand = (token: string) => writeFileSync(wrappedFile, `${token}\n`)
  const secretId = async () => secretIdOf(agent, auth, () => ({}))
  const refusal = async () => secretId().then(() => 'none', sentence)
  return { stage, vault, auth, agent, hand, secretId, refusal, wrappedFile, state: config.folders.state }
}

t.test('a secret id is read from its file, unless a wrapped one is there, or none is wanted', async t => {
  const { agent, auth, secretId, hand, vault } = await stageWith(t)
  t.strictSame(await secretId(), { kind: 'ok', value: 'plain-id' })
  const { wrappedFile, secretIdFile, ...neither } = auth
  t.strictSame(await secretIdOf(agent, neither, () => ({})), { kind: 'ok', value: undefined })
  await t.rejects(
    secretIdOf(agent, { ...neither, wrappedFile }, () => ({})),
    { message: /^the wrapping token cannot be read: ENOENT/ },
    'where only a wrapped one will do',
  )
  await t.rejects(
    secretIdOf(agent, { ...neither, secretIdFile: `${secretIdFile}.gone` }, () => ({})),
    { message: /^the secret id cannot be read: ENOENT/ },
  )
  hand(wrap(vault.memory, origin, { secret_id: 'wrapped-id' }))
  t.strictSame(await secretId(), { kind: 'ok', value: 'wrapped-id' })
})

t.test('a wrapping token is asked about before it is used, and used once', async t => {
  const { secretId, hand, vault, stage, state } = await stageWith(t)
  hand(wrap(vault.memory, origin, { secret_id: 'wrapped-id' }))
  t.strictSame(await secretId(), { kind: 'ok', value: 'wrapped-id' })
  t.strictSame(stage.asked(), ['sys/wrapping/lookup', 'sys/wrapping/unwrap'])
  t.equal(vault.requests[0]?.token, undefined, 'the lookup needs no token')
  t.strictSame(await secretId(), { kind: 'ok', value: 'wrapped-id' }, 'a login to come has it still')
  t.equal(vault.requests.length, 2)
  t.equal(statSync(join(state, 'secret-id.json')).mode & 0o777, 0o600)
  hand(wrap(vault.memory, origin, { secret_id: 'next-id' }))
  t.strictSame(await secretId(), { kind: 'ok', value: 'next-id' }, 'a new one is a new one')
  writeFileSync(join(state, 'secret-id.json'), '{"wrapping": 7')
  t.match(await secretId().catch(sentence), /has been used already/, 'what was kept cannot be believed')
})

t.test('the state folder need not be there yet', async t => {
  const { secretId, hand, vault, state } = await stageWith(t)
  rmSync(state, { recursive: true })
  hand(wrap(vault.memory, origin, { secret_id: 'wrapped-id' }))
  await secretId()
  t.ok(existsSync(join(state, 'secret-id.json')))
})

t.test('a wrapping token that has been used is told as a possible theft, once and for all', async t => {
  const { refusal, hand, vault, wrappedFile } = await stageWith(t)
  const token = wrap(vault.memory, origin, { secret_id: 'wrapped-id' })
  vault.memory.wrapped.clear()
  hand(token)
  const words = await refusal()
  t.match(
    words,
    `the wrapping token in ${wrappedFile} has been used already, or its time is over (status 400, wrapping`,
  )
  t.match(words, 'take the secret id for stolen')
  t.notMatch(words, token)
})

t.test('one that is used by another between the look and the use is told so, too', async t => {
  const { refusal, hand, vault } = await stageWith(t)
  hand(wrap(vault.memory, origin, { secret_id: 'wrapped-id' }))
  for (const status of [400, 403, 404]) {
    vault.fail({ path: 'sys/wrapping/unwrap', status, times: 1, body: { errors: ['wrapping token is not valid'] } })
    t.match(await refusal(), /has been used already/)
  }
})

t.test('one that was made elsewhere is not unwrapped', async t => {
  const { refusal, hand, vault, wrappedFile, stage } = await stageWith(t)
  hand(wrap(vault.memory, 'auth/approle/role/evil/secret-id', { secret_id: 'evil-id' }))
  t.match(await refusal(), `the wrapping token in ${wrappedFile} was not made at ${origin}: somebody may have put it`)
  t.notOk(stage.asked().includes('sys/wrapping/unwrap'))
})

t.test('without a role to compare with, any AppRole of the mount will do, and nothing else', async t => {
  const { refusal, secretId, hand, vault } = await stageWith(t, {})
  const from = (path: string) => hand(wrap(vault.memory, path, { secret_id: 'x' }))
  for (const path of [
    'auth/approle/role/a/b/secret-id',
    'auth/approle/role/secret-id',
    'auth/approle/role//secret-id',
    'auth/other/role/a/secret-id',
    'auth/approle/role/a/role-id',
    'cubbyhole/x',
  ]) {
    from(path)
    t.match(await refusal(), /was not made at auth\/approle\/role\/…\/secret-id: somebody/, path)
  }
  from('auth/approle/role/any/secret-id')
  t.strictSame(await secretId(), { kind: 'ok', value: 'x' })
})

t.test('a Vault that is away is no theft', async t => {
  const { secretId, hand, vault } = await stageWith(t)
  hand(wrap(vault.memory, origin, { secret_id: 'wrapped-id' }))
  for (const status of [429, 412, 503]) {
    vault.fail({ path: 'sys/wrapping/lookup', status, times: 1 })
    t.match(await secretId(), { kind: 'status', status })
  }
  vault.fail({ path: 'sys/wrapping/unwrap', cut: true, times: 1 })
  t.match(await secretId(), { kind: 'network' })
  t.match(await secretId(), { kind: 'ok' })
})
