import t from 'tap'
import type { Log } from '../../src/agent/log.ts'
import { logEvents } from '../../src/agent/log-events.ts'
import { newTally } from '../../src/agent/tally.ts'
import type { Vault } from '../../src/vault/client.ts'
import type { Answer } from '../../src/vault/responses.ts'

t.test('whatever is logged is logged, and counted where it means something', async t => {
  const tally = newTally()
  const lines: unknown[] = []
  const log = tally.heard((...line) => void lines.push(line))
  log('info', 'logged in')
  log('info', 'lease renewed', { path: 'a' })
  log('info', 'lease renewed', { path: 'b' })
  log('warn', 'hook failed', { hook: 'http' })
  log('info', 'gone')
  log('warn', 'retrying', { what: 'login' })
  log('warn', 'retrying', { what: 'secret/a' })
  log('warn', 'retrying')
  t.equal(lines.length, 8)
  t.strictSame(lines[1], ['info', 'lease renewed', { path: 'a' }])
  t.strictSame(Object.fromEntries(tally.counts), { logins: 1, 'lease-renewals': 2 })
  t.strictSame(Object.fromEntries(tally.failures), { hook: 1, login: 1, read: 2 })
})

t.test('every warning is a failure of some reason, but for what is said once', async t => {
  const tally = newTally()
  const log: Log = tally.heard(() => undefined)
  const uncounted = (Object.keys(logEvents) as (keyof typeof logEvents)[]).filter(event => {
    const before = [...tally.failures.values()].length + [...tally.counts.values()].reduce((a, b) => a + b, 0)
    const failures = [...tally.failures.values()].reduce((a, b) => a + b, 0)
    log('warn', event)
    const after = [...tally.failures.values()].length + [...tally.counts.values()].reduce((a, b) => a + b, 0)
    return after === before && [...tally.failures.values()].reduce((a, b) => a + b, 0) === failures
  })
  t.strictSame(uncounted.filter(event => event.startsWith('not ')).toSorted(), ['not ready', 'not revoked'])
})

t.test('requests are counted by what came of them, and answered as they were', async t => {
  const answers: Answer[] = [
    { kind: 'answer', body: 1 },
    ...[403, 404, 429, 412, 400, 500, 503].map(status => ({ kind: 'status', status, errors: [] }) as const),
    { kind: 'network', reason: 'cut' },
    { kind: 'unusable', reason: 'no JSON' },
    { kind: 'redirect', reason: 'elsewhere' },
  ]
  const left = [...answers]
  const vault: Vault = {
    address: 'http://vault:8200',
    request: async () => left.shift() ?? { kind: 'network', reason: 'none' },
    rest: () => undefined,
  }
  const tally = newTally()
  const asked = tally.asked(vault)
  for (const answer of answers) t.strictSame(await asked.request({ method: 'GET', path: 'a' }), answer)
  t.strictSame(Object.fromEntries(tally.requests), {
    ok: 1,
    denied: 1,
    missing: 1,
    limited: 1,
    unavailable: 3,
    refused: 1,
    unreachable: 1,
    unusable: 2,
  })
  t.equal(asked.address, vault.address)
  t.equal(asked.rest, vault.rest)
})
