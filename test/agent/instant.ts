import t, { type Test } from 'tap'
import { instantUpdates } from '../../src/agent/instant.ts'
import { keep } from '../../src/agent/keep.ts'
import { prepare } from '../../src/agent/prepare.ts'
import type { Session } from '../../src/agent/session.ts'
import type { AgentConfig } from '../../src/contract.ts'
import { entry, file, idOf, type Stage, stageOf } from '../fixtures/agent.ts'
import { type EventServer, startEvents, written } from '../fixtures/event-server.ts'
import { putSecret } from '../fixtures/vault-memory.ts'

const tick = async () => new Promise(resolve => setImmediate(resolve))
const eventually = async (done: () => boolean) => {
  while (!done()) await tick()
}

/** A pod whose Vault answers in one place and tells of changes in another. */
const begun = async (t: Test, change: Partial<AgentConfig> = {}, vault: Partial<AgentConfig['vault']> = {}) => {
  const events = await startEvents(t)
  const stage = await stageOf(t, change)
  const session = await prepare(stage.agent, false)
  const config = { ...stage.config, instantUpdates: true, vault: { address: events.address, ...vault } }
  const agent = { ...stage.agent, config }
  const updates = instantUpdates(agent)
  t.teardown(updates.close)
  const due = (shown: Session, path = 'secret/app/db') => shown.state.held.find(({ id }) => id === idOf(path))?.due
  const soon = () => stage.clock.now() + 1000
  return { events, stage, session, agent, updates, due, soon }
}
/** Until both ends know of the connection. */
const opened = async ({ events, stage }: { readonly events: EventServer; readonly stage: Stage }, count = 1) =>
  eventually(
    () =>
      events.clients.size === 1 && stage.log.filter(({ event }) => event === 'listening for changes').length >= count,
  )
const changes = ({ stage }: Awaited<ReturnType<typeof begun>>) =>
  stage.log.filter(({ event }) => event === 'changed').map(({ path }) => path)

t.test('a secret that Vault says has changed is due within seconds; others, and what has a lease, are not', async t => {
  const files = [file('a', entry('secret/app/db', { P: 'password' }), entry('database/creds/app', { U: 'username' }))]
  const test = await begun(t, { files })
  const { events, stage, session, updates, due, soon } = test
  t.equal(updates.seen(session), session)
  await opened({ events, stage })
  events.send(written('secret/', 'app/other'))
  events.send(written('secret/', 'app/db', { namespace: 'team-b/' }))
  events.send('junk')
  events.send(JSON.stringify({ data: { event: { metadata: { path: 'database/creds/app' } } } }))
  events.send(written('secret/', 'app/db'))
  await eventually(() => changes(test).length > 0)
  const next = updates.seen(session)
  t.equal(due(next), soon())
  t.equal(due(next, 'database/creds/app'), due(session, 'database/creds/app'))
  t.strictSame(changes(test), ['secret/app/db'])
  t.equal(updates.seen(next), next, 'once')
})

t.test('what is due earlier stays so, and several events are one look', async t => {
  const { events, session, updates, due, soon, stage } = await begun(t)
  const early = stage.clock.now() + 10
  const held = session.state.held.map(each => ({ ...each, due: early }))
  const waiting = { ...session, state: { ...session.state, held } }
  updates.seen(waiting)
  await opened({ events, stage })
  for (let count = 0; count < 5; count += 1) events.send(written('secret/', 'app/db'))
  await eventually(() => stage.log.filter(({ event }) => event === 'changed').length === 5)
  t.equal(due(updates.seen(waiting)), early)
  const never = { ...session, state: { ...session.state, held: held.map(each => ({ ...each, due: null })) } }
  events.send(written('secret/', 'app/db'))
  await eventually(() => stage.log.filter(({ event }) => event === 'changed').length === 6)
  t.equal(due(updates.seen(never)), soon(), 'also what nobody would have looked at again')
})

t.test('other namespaces are not ours', async t => {
  const test = await begun(t, {}, { namespace: '/team-a/' })
  const { events, stage, session, updates } = test
  updates.seen(session)
  await opened({ events, stage })
  t.equal(events.asked[0]?.headers['x-vault-namespace'], '/team-a/')
  events.send(written('secret/', 'app/db', { namespace: 'team-b/' }))
  events.send(written('secret/', 'app/db', { namespace: 'team-a/' }))
  await eventually(() => changes(test).length > 0)
  events.send(written('secret/', 'app/db', { namespace: 'team-a/sub/' }))
  events.send(written('secret/', 'app/db'))
  await eventually(() => changes(test).length > 1)
  t.equal(changes(test).length, 2, 'one said so, one said nothing')
})

t.test('a new token has a connection of its own, and what changed meanwhile is looked at', async t => {
  const { events, session, updates, due, stage } = await begun(t)
  updates.seen(session)
  await opened({ events, stage })
  const token = { ...session.state.token, value: 's.next' }
  const lost = { ...session, state: { ...session.state, token: { ...token, lost: true } } }
  updates.seen(lost)
  t.equal(events.clients.size, 1, 'with a lost one nothing is asked')
  const next = { ...session, state: { ...session.state, token } }
  updates.seen(next)
  await opened({ events, stage }, 2)
  t.strictSame(
    events.asked.map(({ headers }) => headers['x-vault-token']),
    [session.state.token.value, 's.next'],
  )
  t.equal(due(updates.seen(next)), stage.clock.now() + 15_000, 'spread over half a minute')
})

t.test('what is listened for follows what is wanted', async t => {
  const { events, session, updates, stage } = await begun(t)
  stage.vault.memory.databaseRoles.set('database/app', { rotation: 60 })
  updates.seen(session)
  await opened({ events, stage })
  const other = await stageOf(t, { files: [file('a', entry('database/static-creds/app', { P: 'password' }))] })
  other.vault.memory.databaseRoles.set('database/app', { rotation: 60 })
  const rotated = await prepare(other.agent, false)
  updates.seen({ ...rotated, state: { ...rotated.state, token: session.state.token } })
  await opened({ events, stage }, 2)
  t.strictSame(
    events.asked.map(({ url }) => url),
    ['/v1/sys/events/subscribe/kv*?json=true', '/v1/sys/events/subscribe/database/*?json=true'],
  )
})

t.test('a rest is over when something has become due, or the time has come, or the pod ends', async t => {
  const { events, session, agent, stage } = await begun(t)
  const rests: AbortSignal[] = []
  const never = async (_: number, signal: AbortSignal) =>
    new Promise((_resolve, reject) => {
      rests.push(signal)
      signal.addEventListener('abort', () => reject(signal.reason))
    })
  const updates = instantUpdates({ ...agent, clock: { ...stage.clock, sleep: never } })
  updates.seen(session)
  await opened({ events, stage })
  const resting = updates.rest(60_000)
  events.send(written('secret/', 'app/db'))
  await resting
  t.equal(rests.length, 1)
  await updates.rest(60_000)
  t.equal(rests.length, 1, 'nor does one begin before it has been seen')
  updates.seen(session)
  const last = updates.rest(60_000)
  stage.stop.abort(new Error('the pod ends'))
  await t.rejects(last, new Error('the pod ends'))
  await t.rejects(updates.rest(1), new Error('the pod ends'))
  await eventually(() => events.clients.size === 0)
  const jumping = await begun(t)
  jumping.updates.seen(jumping.session)
  await jumping.updates.rest(5000)
  t.equal(jumping.stage.clock.passed(), 5)
  const broken = instantUpdates({
    ...jumping.agent,
    clock: { ...stage.clock, sleep: () => Promise.reject(new Error('x')) },
  })
  await t.rejects(broken.rest(1), new Error('x'), 'another error of the clock is none of its business')
})

t.test(
  'beside the loop: a change is written long before the next look, without an event it waits for that',
  async t => {
    const { events, session, agent, stage, updates } = await begun(t)
    const reads = () => stage.asked().filter(path => path === 'secret/data/app/db').length
    stage.clock.at(100, async () => {
      putSecret(stage.vault.memory, 'secret/app/db', { password: 'changed' })
      await opened({ events, stage })
      events.send(written('secret/', 'app/db'))
      await eventually(() => stage.log.some(({ event }) => event === 'changed'))
    })
    let at = 0
    const log: typeof agent.log = (level, event, facts) => {
      agent.log(level, event, facts)
      if (event === 'written') at = stage.clock.passed()
    }
    stage.clock.at(1000, () => stage.stop.abort(new Error('the pod ends')))
    await t.rejects(keep({ ...agent, log, beside: updates }, session), new Error('the pod ends'))
    t.ok(at >= 100 && at <= 102, `written after ${at} s`)
    t.ok(reads() >= 4, 'and the looks every five minutes go on')
  },
)
