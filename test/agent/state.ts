import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import {
  forgetState,
  hashOf,
  type Held,
  isStateThere,
  readState,
  type State,
  writeState,
} from '../../src/agent/state.ts'
import { parseJson } from '../../src/vault/json.ts'
import { entry } from '../fixtures/agent.ts'

const lease = { id: 'l', seconds: 15, renewable: true, endsAt: 9 }
const held: Held = { id: 'a', lease: null, due: null, failures: 0, denied: false, keys: null, value: null }
const state: State = {
  version: 2,
  at: { now: 3, wall: 2, up: 1.5 },
  token: {
    value: 'hvs.x',
    accessor: 'a',
    batch: false,
    renewable: true,
    seconds: 3600,
    loggedInAt: 1,
    endsAt: null,
    due: 2.5,
    failures: 0,
    lost: false,
  },
  former: [{ value: 'hvs.y', endsAt: 5 }],
  mounts: [{ path: 'secret/', versioned: true }],
  held: [
    { ...held, value: { data: { a: 1 }, envelope: { metadata: {} }, rest: { lease_duration: 5 } } },
    { ...held, id: 'b', lease, due: 3, failures: 1, denied: true, keys: ['x'], value: { data: {} } },
    { ...held, id: 'c', value: null },
  ],
  shown: true,
  changedAt: 4,
  told: [{ onChange: { kind: 'restart' }, hash: 'h', due: 5, failures: 1 }],
  mounted: [
    { name: 'app', source: 'ConfigMap cm, key app', entries: [entry('secret/a', { A: 'a' }, { optional: true })] },
  ],
}
const writes = new Set(['write'])

t.test('a state comes back as it was, readable by its owner alone', async t => {
  const folder = join(t.testdir(), 'state')
  t.equal(readState(folder), undefined)
  t.notOk(isStateThere(folder))
  writeState(folder, { ...state, held: [] }, writes)
  t.ok(isStateThere(folder))
  writeState(folder, state, writes)
  t.strictSame(readState(folder), state)
  t.equal(statSync(join(folder, 'state.json')).mode & 0o777, 0o600)
  t.strictSame(readdirSync(folder), ['state.json'])
})

t.test('values come back with all their digits and odd names', async t => {
  const folder = t.testdir()
  const data = parseJson('{"n":12345678901234567890,"f":1.10,"__proto__":"p"}') as Record<string, unknown>
  writeState(folder, { ...state, held: [{ ...held, value: { data } }] }, writes)
  t.equal(
    JSON.stringify(readState(folder)?.held[0]?.value?.data),
    '{"n":12345678901234567890,"f":1.10,"__proto__":"p"}',
  )
})

t.test('a state that cannot be believed is none', async t => {
  const folder = t.testdir({ 'state.json': '' })
  const broken: readonly unknown[] = [
    { ...state, version: 3 },
    { ...state, token: { ...state.token, value: 5 } },
    { ...state, held: [{ id: 'secret/a' }] },
    { ...state, held: [{ ...held, value: { data: 'x' } }] },
    { ...state, told: [{ onChange: { kind: 'exec' }, hash: 'h', due: 5, failures: 1 }] },
    { ...state, mounted: [{ name: 'a', source: 'b', entries: [{}] }] },
    { ...state, former: null },
    [],
  ]
  for (const text of ['', '{', 'null', ...broken.map(each => JSON.stringify(each))]) {
    writeFileSync(join(folder, 'state.json'), text)
    t.equal(readState(folder), undefined, text)
  }
})

t.test('what is too large leaves out what can be read again, and nothing else', async t => {
  const folder = t.testdir()
  const value = { data: { a: 'x'.repeat(100 * 1024) } }
  const all: readonly Held[] = [
    { ...held, id: 'plain', value },
    { ...held, id: 'leased', lease, value },
    { ...held, id: 'write', value },
    { ...held, id: 'missing' },
  ]
  t.equal(writeState(folder, { ...state, held: all.slice(0, 2) }, writes), 'all')
  t.strictSame(readState(folder)?.held, all.slice(0, 2), 'up to 256 KiB all is kept')
  t.equal(writeState(folder, { ...state, held: all }, writes), 'made')
  t.strictSame(readState(folder)?.held, all.slice(1, 3))
})

t.test('what is still too large is the token alone: two of them fit into the volume', async t => {
  const folder = t.testdir()
  const leases: readonly Held[] = Array.from({ length: 1000 }, (_, index) => {
    const id = `database/creds/app-${index}`
    return {
      ...held,
      id: JSON.stringify({ method: 'GET', path: id }),
      lease: { ...lease, id },
      value: { data: { a: 'é'.repeat(50) } },
    }
  })
  t.equal(writeState(folder, { ...state, held: leases }, writes), 'made')
  t.equal(readState(folder)?.held.length, 1000, 'a thousand leases are kept')
  const many = [...leases, ...leases, ...leases]
  t.equal(writeState(folder, { ...state, held: many }, writes), 'token')
  t.strictSame(readState(folder), { ...state, held: [], mounted: null })
  t.equal(
    writeState(folder, { ...state, held: [{ ...held, lease, value: { data: { a: 'é'.repeat(140_000) } } }] }, writes),
    'made',
    'bytes count, not characters',
  )
})

t.test('a state that cannot be written leaves the last one, and nothing beside it', async t => {
  const folder = t.testdir({ 'state.json': { in: 'the way' } })
  t.throws(() => writeState(folder, state, writes), { code: 'EISDIR' })
  t.strictSame(readdirSync(folder), ['state.json'])
})

t.test('a forgotten state is gone, also twice', async t => {
  const folder = t.testdir()
  writeState(folder, state, writes)
  forgetState(folder)
  forgetState(folder)
  t.strictSame(readdirSync(folder), [])
})

t.test('the hash tells contents apart', async t => {
  const texts = ['', 'a', 'b', 'ab', 'ba', '\0', 'x'.repeat(1000)]
  t.equal(new Set(texts.map(hashOf)).size, texts.length)
  t.match(hashOf('a'), /^[0-9a-f]{16}$/)
  t.equal(hashOf('a'), hashOf('a'))
})

t.test('a state is replaced in one step', async t => {
  const folder = t.testdir({ 'state.json.next': 'left by a killed writer' })
  writeState(folder, state, writes)
  t.strictSame(JSON.parse(readFileSync(join(folder, 'state.json'), 'utf8')), state)
})
