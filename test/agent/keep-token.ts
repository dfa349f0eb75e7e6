import { unlinkSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { keepToken, leftOf, loginAfterRefusal } from '../../src/agent/keep-token.ts'
import { prepare } from '../../src/agent/prepare.ts'
import type { HeldToken } from '../../src/agent/state.ts'
import { readState } from '../../src/agent/state.ts'
import type { Session } from '../../src/agent/session.ts'
import type { VaultRequest } from '../../src/vault/client.ts'
import { entry, file, idOf, type Stage, stageOf } from '../fixtures/agent.ts'
import { type LoginRole, revokeToken } from '../fixtures/vault-memory.ts'

const files = [
  file('db', entry('database/creds/app', { USER: 'username' })),
  file('web', entry('secret/app/db', { A: 'password' })),
]
const begun = async (t: Parameters<typeof stageOf>[0], role: LoginRole = {}) => {
  const stage = await stageOf(t, { files })
  stage.vault.memory.loginRoles.set('kubernetes/web', role)
  return { stage, session: await prepare(stage.agent, false) }
}
const wait = (stage: Stage, seconds: number) => stage.clock.sleep(seconds * 1000, stage.agent.signal)
const withToken = (session: Session, change: Partial<HeldToken>): Session => ({
  ...session,
  state: { ...session.state, token: { ...session.state.token, ...change } },
})

t.test('a token is renewed for as long as it was first granted', async t => {
  const { stage, session } = await begun(t)
  await wait(stage, 2400)
  const kept = await keepToken(stage.agent, session)
  const now = stage.clock.now()
  t.match(kept.state.token, {
    value: session.state.token.value,
    endsAt: now + 3_600_000,
    due: now + 2_412_000,
    renewable: true,
  })
  t.strictSame(readState(stage.config.folders.state), kept.state)
})

t.test('how long the answer took is remembered', async t => {
  const { stage, session } = await begun(t)
  const request = async (asked: VaultRequest) => {
    await wait(stage, 7)
    return stage.agent.vault.request(asked)
  }
  t.equal((await keepToken({ ...stage.agent, vault: { ...stage.agent.vault, request } }, session)).took, 7000)
})

t.test('near its max the token is renewed once more, then replaced while it still lives', async t => {
  const { stage, session } = await begun(t, { ttl: 1200, maxTtl: 1800 })
  await wait(stage, 804)
  const spent = await keepToken(stage.agent, session)
  t.match(spent.state.token, { renewable: false, value: session.state.token.value })
  t.match(stage.log.at(-1), { event: 'token renewed', seconds: 996, last: true })
  const replaced = await keepToken(stage.agent, spent)
  const { token, former, held } = replaced.state
  t.not(token.value, session.state.token.value)
  t.strictSame(former, [{ value: session.state.token.value, endsAt: spent.state.token.endsAt }])
  t.strictSame(stage.vault.memory.revoked, [], 'the app still uses what came with it')
  const now = stage.clock.now()
  t.match(held, [
    { id: idOf('database/creds/app'), due: now, lease: { renewable: false } },
    { id: idOf('secret/app/db'), due: session.state.held[1]?.due },
  ])
})

t.test('periodic tokens go on for ever', async t => {
  const { stage, session } = await begun(t, { period: 600 })
  let current = session
  for (let turn = 0; turn < 50; turn += 1) {
    await wait(stage, 400)
    current = await keepToken(stage.agent, current)
  }
  t.equal(current.state.token.value, session.state.token.value)
})

t.test(
  'batch and other tokens that cannot be renewed are replaced, and batch tokens not kept for revocation',
  async t => {
    for (const [role, former] of [
      [{ type: 'batch' }, 0],
      [{ renewable: false }, 1],
    ] as const) {
      const { stage, session } = await begun(t, role)
      const kept = await keepToken(stage.agent, session)
      t.equal(kept.state.former.length, former)
      t.notOk(stage.asked().includes('auth/token/renew-self'))
    }
  },
)

t.test('a token that Vault refuses is lost, and replaced by a login', async t => {
  const { stage, session } = await begun(t)
  revokeToken(stage.vault.memory, session.state.token.value)
  const lost = await keepToken(stage.agent, session)
  t.match(lost.state.token, { lost: true, due: stage.clock.now() })
  t.match(stage.log.at(-1), { event: 'token lost', reason: /permission denied/ })
  const kept = await keepToken(stage.agent, lost)
  t.match(kept.state.token, { lost: false })
  t.match(stage.log.at(-1), { event: 'logged in again' })
})

t.test('former tokens are forgotten when their time is over', async t => {
  const { stage, session } = await begun(t)
  const former = [
    { value: 'over', endsAt: stage.clock.now() },
    { value: 'alive', endsAt: stage.clock.now() + 1 },
    { value: 'endless', endsAt: null },
  ]
  const ended = withToken(
    { ...session, state: { ...session.state, former } },
    { lost: true, endsAt: stage.clock.now() },
  )
  const kept = await keepToken(stage.agent, ended)
  t.strictSame(
    kept.state.former.map(({ value }) => value),
    ['alive', 'endless'],
  )
})

t.test('Vault away: the token is tried again, past its end by a login', async t => {
  const { stage, session } = await begun(t)
  stage.vault.fail({ status: 503 })
  const first = await keepToken(stage.agent, session)
  t.match(first.state.token, { lost: false, failures: 1, due: stage.clock.now() + 188 })
  await wait(stage, 3600)
  const past = await keepToken(stage.agent, first)
  t.match(past.state.token, { lost: false, failures: 2 })
  t.match(stage.log.at(-1), { event: 'login failed', reason: 'status 503' })
  stage.vault.heal()
  const lost = await keepToken(stage.agent, past)
  t.match(lost.state.token, { lost: true, failures: 2 }, 'whether its end has come is for Vault to say')
  t.match(await keepToken(stage.agent, lost), { state: { token: { lost: false, failures: 0 }, former: [] } })
})

t.test('a lost token is tried to be replaced at its own pace, however near its end was', async t => {
  const { stage, session } = await begun(t)
  stage.vault.fail({ status: 429, headers: { 'retry-after': '100' } })
  const ending = withToken(session, { endsAt: stage.clock.now() + 10_000 })
  const due = async (current: Session) =>
    ((await keepToken(stage.agent, current)).state.token.due ?? 0) - stage.clock.now()
  t.equal(await due(ending), 5000, 'there is time for another attempt')
  t.equal(await due(withToken(ending, { renewable: false })), 5000)
  t.equal(await due(withToken(ending, { lost: true })), 100_000)
})

t.test('near its end, what cannot be renewed is replaced', async t => {
  const { stage, session } = await begun(t)
  stage.vault.fail({ path: 'auth/token/renew-self', status: 500 })
  await wait(stage, 3000)
  const failed = await keepToken(stage.agent, session)
  t.match(failed.state.token, { failures: 1, value: session.state.token.value })
  const replaced = await keepToken(stage.agent, failed)
  t.not(replaced.state.token.value, session.state.token.value)
})

t.test('after a refusal a login tells whether it was the token; one that cannot be had leaves what lives', async t => {
  const { stage, session } = await begun(t)
  const { loginRoles, tokens } = stage.vault.memory
  t.not((await loginAfterRefusal(stage.agent, session)).state.token.value, session.state.token.value)
  loginRoles.clear()
  t.equal(await loginAfterRefusal(stage.agent, session), session)
  tokens.clear()
  t.match((await loginAfterRefusal(stage.agent, session)).state.token, {
    lost: true,
    failures: 1,
    due: stage.clock.now() + 188,
  })
  t.match(stage.log.at(-1), { event: 'token lost', reason: /invalid token/ })
  stage.vault.fail({ status: 503 })
  t.equal(await loginAfterRefusal(stage.agent, session), session, 'nobody says that it is lost')
  stage.vault.heal()
  stage.vault.fail({ path: 'auth/kubernetes/login', status: 500 })
  t.match((await loginAfterRefusal(stage.agent, session)).state.token, { lost: true, due: stage.clock.now() + 188 })
})

t.test('how much is left of it is said in whole seconds', async t => {
  const { stage } = await begun(t)
  t.strictSame(leftOf(stage.agent, null), {})
  t.strictSame(leftOf(stage.agent, stage.clock.now() + 1499), { left: 1 })
  t.strictSame(leftOf(stage.agent, stage.clock.now() - 5), { left: 0 })
})

t.test('a login that is refused, or lacks its own token, is tried again, later and later up to a minute', async t => {
  const { stage, session } = await begun(t)
  const lost = withToken(session, { lost: true })
  stage.vault.memory.loginRoles.clear()
  const refused = await keepToken(stage.agent, lost)
  t.equal(refused.state.token.due, stage.clock.now() + 188)
  const often = await keepToken(stage.agent, withToken(session, { lost: true, failures: 20 }))
  t.equal(often.state.token.due, stage.clock.now() + 45_000)
  const ending = { endsAt: stage.clock.now() + 10_000, renewable: false, failures: 20 }
  const last = await keepToken(stage.agent, withToken(session, ending))
  t.equal(last.state.token.due, stage.clock.now() + 5000, 'and once more before its end')
  unlinkSync(stage.config.auth.tokenFile)
  const unreadable = await keepToken(stage.agent, lost)
  t.match(unreadable.state.token, { failures: 1, due: stage.clock.now() + 188 })
  t.match(stage.log.at(-1), { event: 'login failed', reason: /token cannot be read/ })
})

t.test('a token that was granted without an end after all needs nothing more', async t => {
  const { stage, session } = await begun(t)
  stage.vault.fail({
    path: 'auth/token/renew-self',
    body: { auth: { client_token: 'x', accessor: 'a', lease_duration: 0, renewable: true } },
  })
  const endless = withToken(session, { seconds: 0 })
  t.match((await keepToken(stage.agent, endless)).state.token, { endsAt: null, due: null, renewable: true })
})

t.test('stopped, it ends with the reason', async t => {
  const { stage, session } = await begun(t)
  stage.stop.abort(new Error('enough'))
  await t.rejects(keepToken(stage.agent, withToken(session, { lost: true })), new Error('enough'))
  await t.rejects(keepToken(stage.agent, session), new Error('enough'))
})

t.test('a token from a file that is still the same takes nothing along: no lease is read anew', async t => {
  const stage = await stageOf(t, { files, revoke: false })
  const { memory } = stage.vault
  const lent = await prepare(stage.agent, false)
  const { value } = lent.state.token
  writeFileSync(stage.config.auth.tokenFile, value)
  const config = { ...stage.config, auth: { method: 'token-file', tokenFile: stage.config.auth.tokenFile } } as const
  const agent = { ...stage.agent, config }
  const kept = await keepToken(agent, withToken(lent, { renewable: false }))
  t.equal(kept.state.token.value, value)
  t.ok(kept.state.token.renewable, 'but it is known how long it lives now')
  t.strictSame(kept.state.held, lent.state.held)
  t.strictSame(kept.state.former, [])
  const other = memory.tokens.get(value)
  memory.tokens.set('hvs.other', { ...other, id: 'hvs.other' } as never)
  writeFileSync(stage.config.auth.tokenFile, 'hvs.other')
  const next = await keepToken(agent, withToken(kept, { lost: true }))
  t.match(next.state, { token: { value: 'hvs.other' }, former: [{ value }] })
  t.match(next.state.held[0], { lease: { renewable: false } }, 'what came with another token is read anew')
})
