import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { prepare } from '../../src/agent/prepare.ts'
import { endedOf, showReady } from '../../src/agent/ready.ts'
import type { Session } from '../../src/agent/session.ts'
import type { AgentConfig } from '../../src/contract.ts'
import { entry, file, stageOf } from '../fixtures/agent.ts'

const creds = file('db', entry('database/creds/app', { USER: 'username' }), entry('secret/app/db', { P: 'password' }))

const begun = async (t: Test, change: Partial<AgentConfig> = {}) => {
  const stage = await stageOf(t, { files: [creds], ...change })
  const session = await prepare(stage.agent, false)
  const ready = join(stage.config.folders.secrets, '..ready')
  const events = () => stage.log.filter(({ event }) => event.includes('ready'))
  return { stage, session, ready, events }
}

/** The same, a while later and without anybody having cared. */
const after = async (stage: Awaited<ReturnType<typeof begun>>['stage'], seconds: number) =>
  stage.clock.sleep(seconds * 1000, new AbortController().signal)

const withToken = (session: Session, token: Partial<Session['state']['token']>): Session => ({
  ...session,
  state: { ...session.state, token: { ...session.state.token, ...token } },
})

t.test('everything is good as long as no lease has ended; a secret without one stays good', async t => {
  const { stage, session } = await begun(t)
  t.strictSame(endedOf(stage.config, session, stage.clock.moment()), [])
  await after(stage, 14)
  t.strictSame(endedOf(stage.config, session, stage.clock.moment()), [])
  await after(stage, 1)
  t.strictSame(endedOf(stage.config, session, stage.clock.moment()), ['database/creds/app'])
})

t.test('leases end with their token; where the app has it, the token is one of the things that end', async t => {
  const { stage, session } = await begun(t)
  const over = { endsAt: stage.clock.now() }
  t.strictSame(endedOf(stage.config, withToken(session, over), stage.clock.moment()), ['database/creds/app'])
  t.strictSame(
    endedOf(stage.config, withToken(session, { lost: true }), stage.clock.moment()),
    [],
    'a refusal alone proves no end',
  )
  t.strictSame(endedOf(stage.config, withToken(session, { endsAt: null }), stage.clock.moment()), [])
  const token = { ...stage.config, token: 'file' as const }
  t.strictSame(endedOf(token, session, stage.clock.moment()), [])
  t.strictSame(endedOf(token, withToken(session, over), stage.clock.moment()), ['token', 'database/creds/app'])
})

t.test('a certificate that was made for us ends by itself; one that others made is theirs', async t => {
  const { stage, session } = await begun(t)
  const expiration = stage.clock.now() / 1000 + 60
  const [held] = session.state.held
  const shown = (method: 'GET' | 'PUT', value: { readonly data: Record<string, unknown> } | null): Session => ({
    ...session,
    state: { ...session.state, held: held === undefined ? [] : [{ ...held, id: 'x', lease: null, value }] },
    wanted: { ...session.wanted, requests: new Map([['x', { id: 'x', path: 'pki/issue/web', method }]]) },
  })
  const certificate = { data: { certificate: 'C', expiration } }
  await after(stage, 59)
  t.strictSame(endedOf(stage.config, shown('PUT', certificate), stage.clock.moment()), [])
  await after(stage, 1)
  t.strictSame(endedOf(stage.config, shown('PUT', certificate), stage.clock.moment()), ['pki/issue/web'])
  t.strictSame(endedOf(stage.config, shown('GET', certificate), stage.clock.moment()), [])
  const wall = expiration * 1000
  t.strictSame(endedOf(stage.config, shown('PUT', certificate), { now: 0, wall }), ['pki/issue/web'], 'by the wall')
  t.strictSame(endedOf(stage.config, shown('PUT', certificate), { now: wall, wall: wall - 1 }), [])
  t.strictSame(endedOf(stage.config, shown('PUT', { data: { certificate: 'C' } }), stage.clock.moment()), [])
  t.strictSame(endedOf(stage.config, shown('PUT', null), stage.clock.moment()), [])
})

t.test('a path is named once, and what nobody wants any more not at all', async t => {
  const { stage, session } = await begun(t)
  const twice = { ...session, state: { ...session.state, held: session.state.held.flatMap(each => [each, each]) } }
  await after(stage, 60)
  t.strictSame(endedOf(stage.config, twice, stage.clock.moment()), ['database/creds/app'])
  t.strictSame(
    endedOf(stage.config, { ...twice, wanted: { ...session.wanted, requests: new Map() } }, stage.clock.moment()),
    [],
  )
})

t.test('the file is there while all is good, goes when something ends, and comes back', async t => {
  const { stage, session, ready, events } = await begun(t)
  t.notOk(existsSync(ready), 'not before somebody looked')
  showReady(stage.agent, session)
  t.equal(statSync(ready).size, 0)
  t.equal(statSync(ready).mode & 0o777, 0o444)
  const files = readdirSync(stage.config.folders.secrets)
  showReady(stage.agent, session)
  t.equal(events().length, 1, 'said once')
  showReady(stage.agent, withToken(session, { endsAt: stage.clock.now() }))
  t.notOk(existsSync(ready))
  t.match(events().at(-1), { level: 'warn', event: 'not ready', ended: 'database/creds/app' })
  t.strictSame(
    readdirSync(stage.config.folders.secrets),
    files.filter(name => name !== '..ready'),
    'and the secrets stay where they are',
  )
  showReady(stage.agent, session)
  t.ok(existsSync(ready))
  t.match(events().at(-1), { level: 'info', event: 'ready' })
})

t.test('where it cannot be made, that is said and no more', async t => {
  const { stage, session } = await begun(t)
  const folder = join(stage.config.folders.secrets, 'nowhere')
  const config = { ...stage.config, folders: { ...stage.config.folders, secrets: folder } }
  showReady({ ...stage.agent, config }, session)
  t.match(stage.log.at(-1), { level: 'warn', event: 'not written', reason: /ENOENT/ })
})
