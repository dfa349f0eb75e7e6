import t from 'tap'
import { agentMetrics, type Measured, metricsText } from '../../src/agent/metrics.ts'
import { prepare } from '../../src/agent/prepare.ts'
import { newTally } from '../../src/agent/tally.ts'
import { version } from '../../src/version.ts'
import { entry, file, stageOf } from '../fixtures/agent.ts'

const files = { count: 2, bytes: 345, changedAt: 1_790_000_000_500 }

const begun = async (...[t, change]: Parameters<typeof stageOf>) => {
  const stage = await stageOf(t, change)
  const session = await prepare(stage.agent, false)
  const { config, clock } = stage
  const startedAt = clock.now()
  const measured: Measured = { config, session, tally: newTally(), at: clock.moment(), startedAt, memory: 4e7, files }
  return { stage, session, measured }
}

/** Samples by name and labels, as a scraper has them. */
const scraped = (text: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    text
      .split('\n')
      .filter(line => line !== '' && !line.startsWith('#'))
      .map(line => [line.slice(0, line.lastIndexOf(' ')), line.slice(line.lastIndexOf(' ') + 1)]),
  )

const creds = file('db', entry('database/creds/app', { USER: 'username' }), entry('secret/app/db', { P: 'password' }))

t.test('tells how long token and leases still live, and what has failed', async t => {
  const { session, measured } = await begun(t, { files: [creds] })
  const held = session.state.held.map(each => (each.lease === null ? { ...each, failures: 3 } : each))
  const later = { ...measured, at: { ...measured.at, now: measured.at.now + 5000 } }
  const samples = scraped(metricsText({ ...later, session: { ...session, state: { ...session.state, held } } }))
  t.match(samples, {
    [`podvault_agent_info{version="${version}"}`]: '1',
    podvault_agent_ready: '1',
    podvault_agent_token_ttl_seconds: '3595',
    'podvault_agent_lease_ttl_seconds{path="database/creds/app"}': '10',
    'podvault_agent_secret_failures{path="database/creds/app"}': '0',
    'podvault_agent_secret_failures{path="secret/app/db"}': '3',
    podvault_agent_last_render_timestamp_seconds: '1790000000.5',
    podvault_agent_files: '2',
    podvault_agent_files_bytes: '345',
    process_resident_memory_bytes: '40000000',
    process_start_time_seconds: String(measured.startedAt / 1000),
  })
  t.notOk('podvault_agent_lease_ttl_seconds{path="secret/app/db"}' in samples, 'KV has no lease')
  const ended = scraped(metricsText({ ...measured, at: { ...measured.at, now: measured.at.now + 20_000 } }))
  t.equal(ended['podvault_agent_lease_ttl_seconds{path="database/creds/app"}'], '0')
  t.equal(ended['podvault_agent_ready'], '0')
})

t.test('counts what has happened, from 0 on and by reason', async t => {
  const { measured } = await begun(t)
  const log = measured.tally.heard(() => undefined)
  const counters = Object.entries(scraped(metricsText(measured))).filter(([name]) => /_total\b/.test(name))
  t.ok(counters.length > 20)
  for (const [name, value] of counters) t.equal(value, '0', name)
  for (const event of [
    'token renewed',
    'lease renewed',
    'lease renewed',
    'read',
    'told',
    'changed',
    'logged in',
  ] as const)
    log('info', event)
  log('warn', 'hook failed')
  await measured.tally
    .asked({ address: '', request: async () => ({ kind: 'network', reason: '' }), rest: () => undefined })
    .request({ method: 'GET', path: 'a' })
  t.match(scraped(metricsText(measured)), {
    podvault_agent_logins_total: '1',
    'podvault_agent_renewals_total{of="token"}': '1',
    'podvault_agent_renewals_total{of="lease"}': '2',
    podvault_agent_reads_total: '1',
    podvault_agent_hooks_total: '1',
    podvault_agent_events_total: '1',
    'podvault_agent_failures_total{reason="hook"}': '1',
    'podvault_agent_failures_total{reason="login"}': '0',
    'podvault_agent_vault_requests_total{result="unreachable"}': '1',
    'podvault_agent_vault_requests_total{result="ok"}': '0',
  })
})

t.test('a token without an end has all the time, a lost one none', async t => {
  const { session, measured } = await begun(t)
  const ttl = (token: Partial<typeof session.state.token>) => {
    const state = { ...session.state, token: { ...session.state.token, ...token } }
    return scraped(metricsText({ ...measured, session: { ...session, state } }))['podvault_agent_token_ttl_seconds']
  }
  t.equal(ttl({ endsAt: null }), '+Inf')
  t.equal(ttl({ lost: true }), '0')
})

t.test('before the first login there is nothing to be ready with', async t => {
  const { measured } = await begun(t)
  const samples = scraped(metricsText({ ...measured, session: undefined }))
  t.equal(samples['podvault_agent_ready'], '0')
  t.notOk('podvault_agent_token_ttl_seconds' in samples)
})

t.test('hundreds of paths have a hundred series and one for the others', async t => {
  const { session, measured } = await begun(t)
  const paths = Array.from({ length: 150 }, (_, index) => `secret/app/${index}`)
  const held = paths.flatMap((id, failures) => session.state.held.map(each => ({ ...each, id, failures })))
  const requests = new Map(paths.map(path => [path, { id: path, path, method: 'GET' as const }]))
  const many = { ...session, state: { ...session.state, held }, wanted: { ...session.wanted, requests } }
  const samples = scraped(metricsText({ ...measured, session: many }))
  const series = Object.keys(samples).filter(name => name.startsWith('podvault_agent_secret_failures'))
  t.equal(series.length, 101)
  t.equal(samples['podvault_agent_secret_failures{path="(others)"}'], '149', 'the worst of them')
  const unknown = { ...many, wanted: { ...session.wanted, requests: new Map() } }
  t.match(scraped(metricsText({ ...measured, session: unknown })), {
    'podvault_agent_secret_failures{path="(others)"}': '149',
  })
})

t.test('a path can say what it likes: it stays one label of one line', async t => {
  const { session, measured } = await begun(t)
  const path = 'a"} 1\nevil{b="\\'
  const [held] = session.state.held
  const requests = new Map([['x', { id: 'x', path, method: 'GET' as const }]])
  const odd = {
    ...session,
    state: { ...session.state, held: held === undefined ? [] : [{ ...held, id: 'x' }] },
    wanted: { ...session.wanted, requests },
  }
  const text = metricsText({ ...measured, session: odd })
  t.ok(text.includes(String.raw`podvault_agent_secret_failures{path="a\"} 1\nevil{b=\"\\"} 0`))
  t.notMatch(text, /^evil/m)
})

t.test('each metric is explained and typed before its samples, and none is missing', async t => {
  const { measured } = await begun(t, { files: [creds] })
  const text = metricsText(measured)
  const names = [...text.matchAll(/^# HELP (\S+) .+\n# TYPE \1 (?:counter|gauge)\n(?:\1(?:\{.*\})? \S+\n)*/gm)]
  t.equal(names.map(([block]) => block).join(''), text, 'nothing else is said')
  t.strictSame(
    names.map(([, name]) => name),
    [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name),
  )
  t.strictSame(new Set<unknown>(names.map(([, name]) => name)), new Set(Object.keys(agentMetrics)))
})

t.test('no value and no token is in it', async t => {
  const { session, measured } = await begun(t, { files: [creds], token: 'file' })
  const text = metricsText(measured)
  const { token, held } = session.state
  const secrets = [token.value, token.accessor, ...held.flatMap(({ value }) => Object.values(value?.data ?? {}))]
  t.ok(secrets.length >= 4)
  for (const secret of secrets.filter(each => typeof each === 'string')) t.notOk(text.includes(secret), 'hidden')
})
