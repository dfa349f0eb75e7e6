import { readFileSync } from 'node:fs'
import t from 'tap'
import { unleasedDue } from '../../src/agent/expiry.ts'
import { requestOf } from '../../src/agent/requests.ts'
import { entry } from '../fixtures/agent.ts'

const now = Date.parse('2026-11-21T12:00:00Z')
const timing = { renewAt: 0.67, refresh: 300 }
const refresh = now + 285_000
const get = requestOf(entry('a/b'))
const put = requestOf(entry('a/b', {}, { method: 'PUT' }))
const due = (data: Readonly<Record<string, unknown>>, request = get, change = {}) =>
  unleasedDue({ ...timing, ...change }, request, data, now, 0.5)

t.test('what says nothing of its end is looked at within refresh', async t => {
  for (const data of [{}, { ttl: 20 }, { ttl: '20', rotation_period: 60 }, { token: 't' }, { token: 't', ttl: 0 }])
    for (const request of [get, put]) t.equal(due(data, request), refresh, JSON.stringify(data))
  t.equal(due({}, get, { refresh: 0 }), null)
})

t.test('a password that Vault rotates is looked at right after, by a period or by a schedule', async t => {
  t.equal(due({ ttl: 20, rotation_period: 60 }), now + 21_000)
  t.equal(due({ ttl: 20, rotation_schedule: '0 0 * * SAT', rotation_window: 3600 }), now + 21_000)
  t.equal(due({ ttl: 20, rotation_period: 60 }, get, { refresh: 0 }), now + 21_000)
})

t.test('a certificate that was made for us is made anew before it ends, one that others made is looked at', async t => {
  const certificate = { certificate: 'C', expiration: now / 1000 + 100 }
  t.equal(due(certificate, put), now + 67_000)
  t.equal(due(certificate), refresh)
  t.equal(due({ ...certificate, expiration: 'soon' }, put), refresh)
  t.equal(due({ ...certificate, certificate: 5 }, put), refresh)
})

t.test('a key that SSH has signed is signed anew before its certificate ends', async t => {
  const [line = ''] = readFileSync('test/fixtures/ssh-certificates.txt', 'utf8').split('\n')
  t.equal(due({ signed_key: line }, put), now + 2_412_000)
  t.equal(due({ signed_key: line }), refresh)
  for (const signed of ['', 'x y', 5]) t.equal(due({ signed_key: signed }, put), refresh)
})

t.test('a token that says how long it lives is looked at before it ends, and no later than refresh', async t => {
  t.equal(due({ token: 't', ttl: 100 }), now + 67_000)
  t.equal(due({ token: 't', token_ttl: 100 }), now + 67_000)
  t.equal(due({ token: 't', ttl: 3600 }), refresh)
  t.equal(due({ token: 't', ttl: 3600 }, get, { refresh: 0 }), now + 2_412_000)
  t.equal(due({ token: 5, ttl: 100 }), refresh)
})
