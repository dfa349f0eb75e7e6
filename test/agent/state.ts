import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { forgetState, hashOf, readState, type State, writeState } from '../../src/agent/state.ts'

const state: State = {
  version: 1,
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
    { path: 'secret/a', lease: null, due: null, failures: 0, denied: false },
    {
      path: 'database/creds/app',
      lease: { id: 'l', seconds: 15, renewable: true, endsAt: 9 },
      due: 3,
      failures: 1,
      denied: true,
    },
  ],
  hash: 'h',
}

t.test('a state comes back as it was, readable by its owner alone', async t => {
  const folder = join(t.testdir(), 'state')
  t.equal(readState(folder), undefined)
  writeState(folder, { ...state, hash: 'older' })
  writeState(folder, state)
  t.strictSame(readState(folder), state)
  t.equal(statSync(join(folder, 'state.json')).mode & 0o777, 0o600)
  t.strictSame(readdirSync(folder), ['state.json'])
})

t.test('a state that cannot be believed is none', async t => {
  const folder = t.testdir({ 'state.json': '' })
  const broken: readonly unknown[] = [
    { ...state, version: 2 },
    { ...state, token: { ...state.token, value: 5 } },
    { ...state, held: [{ path: 'secret/a' }] },
    { ...state, former: null },
    [],
  ]
  for (const text of ['', '{', 'null', ...broken.map(each => JSON.stringify(each))]) {
    writeFileSync(join(folder, 'state.json'), text)
    t.equal(readState(folder), undefined, text)
  }
})

t.test('a forgotten state is gone, also twice', async t => {
  const folder = t.testdir()
  writeState(folder, state)
  forgetState(folder)
  forgetState(folder)
  t.strictSame(readdirSync(folder), [])
})

t.test('the hash tells names and contents apart, and nothing of their order', async t => {
  const one = hashOf(
    new Map([
      ['env', 'a'],
      ['b', 'c'],
    ]),
  )
  t.equal(
    hashOf(
      new Map([
        ['b', 'c'],
        ['env', 'a'],
      ]),
    ),
    one,
  )
  const others = [
    new Map([['env', 'a']]),
    new Map([
      ['env', 'ab'],
      ['c', ''],
    ]),
    new Map([
      ['env', 'a'],
      ['b', 'd'],
    ]),
  ]
  for (const other of others) t.not(hashOf(other), one)
})

t.test('a state is replaced in one step', async t => {
  const folder = t.testdir({ 'state.json.next': 'left by a killed writer' })
  writeState(folder, state)
  t.strictSame(JSON.parse(readFileSync(join(folder, 'state.json'), 'utf8')), state)
})
