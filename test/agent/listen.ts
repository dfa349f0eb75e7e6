import t, { type Test } from 'tap'
import { keepListening } from '../../src/agent/listen.ts'
import type { AgentConfig } from '../../src/contract.ts'
import { type Line, stageOf } from '../fixtures/agent.ts'
import { type EventServer, startEvents } from '../fixtures/event-server.ts'

type Start = { readonly again?: boolean; readonly vault?: Partial<AgentConfig['vault']> }

const begun = async (t: Test, { again = false, vault = {} }: Start = {}) => {
  const server = await startEvents(t)
  const stage = await stageOf(t)
  const config = { ...stage.config, vault: { address: server.address, ...vault } }
  const stop = new AbortController()
  const heard: string[] = []
  let missed = 0
  const done = keepListening(
    { ...stage.agent, config },
    {
      token: 's.token',
      events: 'kv*',
      signal: stop.signal,
      again,
      heard: message => void heard.push(message),
      missed: () => {
        missed += 1
      },
    },
  )
  const events = (): readonly Line[] => stage.log.filter(({ event }) => event.includes('listening'))
  /** Waits until the log has so many lines of it. */
  const until = async (lines: number) => {
    while (events().length < lines) await new Promise(resolve => setImmediate(resolve))
  }
  const { clock } = stage
  return { server, clock, stop, done, heard, events, until, missed: () => missed }
}

const cut = ({ clients: [client] }: EventServer): void => client?.terminate()

t.test('hears what is said, and ends when it is told to', async t => {
  const { server, stop, done, heard, events, until, missed } = await begun(t)
  await until(1)
  t.match(events(), [{ level: 'info', event: 'listening for changes', events: 'kv*' }])
  server.send('something')
  while (heard.length === 0) await new Promise(resolve => setImmediate(resolve))
  stop.abort()
  await done
  t.strictSame(heard, ['something'])
  t.equal(events().length, 1, 'and has nothing to complain of')
  t.equal(missed(), 0, 'nothing was missed before the first connection')
})

t.test('a connection that is lost is opened again, and what may have been missed is told', async t => {
  const { server, stop, done, events, until, missed } = await begun(t)
  await until(1)
  cut(server)
  await until(3)
  t.match(events().slice(1), [
    { level: 'warn', event: 'not listening for changes', reason: /code 1006/ },
    { level: 'info', event: 'listening for changes' },
  ])
  t.equal(missed(), 1)
  stop.abort()
  await done
})

t.test('where something listened before, changes may have been missed at once', async t => {
  const { stop, done, until, missed } = await begun(t, { again: true })
  await until(1)
  t.equal(missed(), 1)
  stop.abort()
  await done
})

t.test('a Vault that is away is asked later and later, and complained of once', async t => {
  const { server, clock, stop, done, events } = await begun(t)
  server.refuse({ status: 503, body: { errors: ['Vault is sealed'] } })
  cut(server)
  await server.until(12)
  stop.abort()
  await done
  const seconds = clock.sleeps.map(each => Math.round(each / 100) / 10)
  const doubling = [0.2, 0.4, 0.8, 1.5, 3, 6, 12, 24, 45, 45, 45]
  t.strictSame(seconds.slice(0, doubling.length), doubling, 'a minute at most, half of it chance')
  const words = events().filter(({ level }) => level === 'warn')
  t.equal(words.at(-1)?.['reason'], 'status 503, Vault is sealed')
  t.ok(words.length <= 2)
})

t.test('a Vault without events is told from the log once, and asked once an hour', async t => {
  const { server, clock, stop, done, events } = await begun(t)
  server.refuse({ status: 404, body: { errors: ['1 error occurred:\n\t* unsupported path\n\n'] } })
  cut(server)
  await server.until(4)
  stop.abort()
  await done
  t.match(events().at(-1), {
    level: 'warn',
    reason:
      'status 404, 1 error occurred: * unsupported path; only Vault Enterprise tells of changes, others are looked at every podvault.dev/refresh',
    seconds: 3420,
  })
  t.equal(events().filter(({ reason }) => String(reason).startsWith('status 404')).length, 1)
  t.ok(clock.passed() >= 2 * 3420)
})

t.test('a Vault that is busy is left alone for as long as it says', async t => {
  const { server, clock, stop, done, events } = await begun(t)
  server.refuse({ status: 429, body: { errors: ['too many'] }, headers: { 'Retry-After': '70' } })
  cut(server)
  await server.until(3)
  stop.abort()
  await done
  t.match(events().at(-1), { level: 'warn', reason: 'status 429, too many', seconds: 70 })
  t.equal(clock.sleeps.at(-1), 70_000)
})

t.test('a role that may not subscribe is told which policy it lacks', async t => {
  const { server, stop, done, events } = await begun(t)
  server.refuse({ status: 403, body: { errors: ['permission denied'] } })
  cut(server)
  await server.until(3)
  stop.abort()
  await done
  t.equal(
    events().at(-1)?.['reason'],
    'status 403, permission denied; give the role a policy with: path "sys/events/subscribe/kv*" { capabilities = ["read"] }',
  )
  t.notMatch(JSON.stringify(events()), 's.token')
})

t.test('connections that hold are opened again at once, those that break soon later and later', async t => {
  const { server, clock, stop, done, until } = await begun(t)
  for (let count = 1; count <= 5; count += 1) {
    await until(count * 2 - 1)
    cut(server)
    await until(count * 2)
  }
  const soon = clock.sleeps.length
  t.ok((clock.sleeps[soon - 1] ?? 0) > (clock.sleeps[0] ?? 0))
  await until(11)
  await clock.sleep(60_000, new AbortController().signal)
  cut(server)
  await until(12)
  t.equal(clock.sleeps.at(-1), clock.sleeps[0])
  stop.abort()
  await done
})

t.test('a CA file that cannot be read is one more thing to come back from', async t => {
  const { stop, done, events, until } = await begun(t, {
    vault: { address: 'https://127.0.0.1:1', caFile: '/nowhere/ca.crt' },
  })
  await until(1)
  t.match(events()[0], { level: 'warn', reason: /ENOENT.*\/nowhere\/ca\.crt/ })
  stop.abort()
  await done
})

t.test('told to end before it began, it asks nobody', async t => {
  const stage = await stageOf(t)
  const signal = AbortSignal.abort()
  const nothing = () => undefined
  await keepListening(stage.agent, { token: '', events: 'kv*', signal, again: false, heard: nothing, missed: nothing })
  t.strictSame(stage.log, [])
})
