import t from 'tap'
import { type Attempt, type Failure, isAway, retry } from '../../src/vault/retry.ts'

const now = Date.parse('2026-11-21T12:00:00Z')
const status = (status: number, retryAfter?: string): Failure => ({
  kind: 'status',
  status,
  errors: [],
  ...(retryAfter !== undefined && { retryAfter }),
})
const attempt = (failure: Failure, more: Partial<Attempt> = {}): Attempt => ({
  failures: 0,
  failure,
  now,
  random: 0,
  longest: 5000,
  ...more,
})
const wait = (milliseconds: number) => ({ kind: 'wait', milliseconds })
const final = { kind: 'give-up' }

t.test('what may pass by itself is tried again, what a person must mend is not', async t => {
  const justLoggedIn = { loggedInAt: now - 1000 }
  const longAgo = { loggedInAt: now - 2000 }
  const cases: readonly [string, Attempt, object][] = [
    ['no network', attempt({ kind: 'network', reason: 'ECONNREFUSED' }), wait(125)],
    ['no JSON', attempt({ kind: 'unusable', reason: 'HTML' }), wait(125)],
    ['elsewhere', attempt({ kind: 'redirect', reason: 'to b' }), final],
    ['500', attempt(status(500)), wait(125)],
    ['503 sealed', attempt(status(503)), wait(125)],
    ['429 quota', attempt(status(429)), wait(125)],
    ['412 lagging node', attempt(status(412)), wait(125)],
    ['400', attempt(status(400), justLoggedIn), final],
    ['403', attempt(status(403)), final],
    ['404', attempt(status(404)), final],
    ['403 right after the login', attempt(status(403), justLoggedIn), wait(125)],
    ['404 right after the login', attempt(status(404), justLoggedIn), wait(125)],
    ['403 two seconds after the login', attempt(status(403), longAgo), final],
    ['404 two seconds after the login', attempt(status(404), longAgo), final],
  ]
  for (const [name, given, expected] of cases) t.strictSame(retry(given), expected, name)
})

t.test('waits double up to the longest, between half and all of it', async t => {
  const waits = [0, 1, 2, 3, 4, 5, 500].map(failures => retry(attempt(status(500), { failures })))
  t.strictSame(waits, [125, 250, 500, 1000, 2000, 2500, 2500].map(wait))
  t.strictSame(retry(attempt(status(500), { failures: 9, random: 0.999_999 })), wait(5000))
  const settling = attempt(status(403), { failures: 9, random: 0.5, loggedInAt: now })
  t.strictSame(retry(settling), wait(500), 'a node that lags behind is asked often')
})

t.test('Retry-After is obeyed, in seconds or as a date, when it can be read', async t => {
  const cases: readonly [string, number][] = [
    ['7', 7000],
    ['0', 125],
    ['Sat, 21 Nov 2026 12:00:09 GMT', 9000],
    ['Sat, 21 Nov 2026 11:00:00 GMT', 125],
    ['soon', 125],
    ['99999999', 300_000],
  ]
  for (const [header, milliseconds] of cases)
    t.strictSame(retry(attempt(status(429, header))), wait(milliseconds), header)
})

t.test('a Vault that answers nobody is told from an engine that fails', async t => {
  const statuses = [400, 403, 404, 412, 429, 500, 502, 503, 504]
  t.strictSame(
    statuses.filter(code => isAway(status(code))),
    [429, 502, 503, 504],
  )
  t.ok(isAway({ kind: 'network', reason: 'x' }))
  t.notOk(isAway({ kind: 'unusable', reason: 'x' }))
})
