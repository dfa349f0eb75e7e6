import t from 'tap'
import { ShapeError } from '../../src/shape.ts'
import {
  complaints,
  goneOf,
  fieldOf,
  grantOf,
  leaseOf,
  lookedUpOf,
  mountOf,
  secretOf,
  understand,
  writtenOf,
} from '../../src/vault/responses.ts'

t.test('a login grants a token', async t => {
  const auth = {
    client_token: 'hvs.x',
    accessor: 'a',
    token_type: 'service',
    renewable: true,
    lease_duration: 3600,
  }
  t.strictSame(grantOf({ auth }, ''), { token: 'hvs.x', accessor: 'a', batch: false, renewable: true, seconds: 3600 })
  t.ok(grantOf({ auth: { ...auth, token_type: 'batch' } }, '').batch)
  t.strictSame(
    grantOf({ auth: { client_token: 'b' } }, ''),
    { token: 'b', accessor: '', batch: true, renewable: false, seconds: 0 },
    'a token without an accessor is a batch token',
  )
})

t.test('an answer without a token is no grant', async t => {
  for (const body of [
    {},
    { auth: null },
    { auth: { client_token: '' } },
    { auth: { client_token: 5 } },
    'x',
    undefined,
  ])
    t.throws(() => grantOf(body, ''), ShapeError)
  t.throws(() => grantOf({ auth: { client_token: '' } }, ''), new ShapeError('auth.client_token must be text'))
})

t.test('a secret comes with its lease, or with none', async t => {
  const body = { lease_id: 'database/creds/app/1', renewable: true, lease_duration: 15, data: { username: 'u' } }
  t.strictSame(secretOf(body, false), {
    lease: { id: 'database/creds/app/1', renewable: true, seconds: 15 },
    data: { username: 'u' },
    rest: { lease_id: 'database/creds/app/1', renewable: true, lease_duration: 15 },
  })
  t.strictSame(leaseOf({ data: {} }, ''), { id: '', renewable: false, seconds: 0 })
  t.throws(() => leaseOf({ lease_duration: '15' }, ''), ShapeError)
})

t.test('only KV version 2 has an envelope', async t => {
  const metadata = { version: 3, created_time: '2026-11-21T12:00:00Z' }
  const enveloped = { data: { password: 'p' }, metadata }
  const cases: readonly [string, unknown, boolean | undefined, object][] = [
    ['version 2', enveloped, true, { password: 'p' }],
    ['version 1 that looks like it', enveloped, false, enveloped],
    ['unknown, by its body', enveloped, undefined, { password: 'p' }],
    ['unknown, a field called data', { data: { a: 1 } }, undefined, { data: { a: 1 } }],
    ['unknown, data and metadata', { data: {}, metadata: {} }, undefined, { data: {}, metadata: {} }],
    ['unknown, text metadata', { data: {}, metadata: 'm' }, undefined, { data: {}, metadata: 'm' }],
    ['unknown, text data', { data: 'd', metadata }, undefined, { data: 'd', metadata }],
    ['unknown, half', { data: {}, metadata: { version: 1 } }, undefined, { data: {}, metadata: { version: 1 } }],
  ]
  for (const [name, data, versioned, expected] of cases)
    t.strictSame(secretOf({ data }, versioned).data, expected, name)
})

t.test('the envelope is kept beside the data', async t => {
  const metadata = { version: 3, created_time: '2026-11-21T12:00:00Z' }
  t.strictSame(secretOf({ data: { data: { a: 1 }, metadata } }, true).envelope, { metadata })
  t.notOk('envelope' in secretOf({ data: { a: 1 } }, false))
})

t.test('a write may answer nothing', async t => {
  const none = { lease: { id: '', renewable: false, seconds: 0 }, data: {}, rest: {} }
  for (const body of [undefined, {}, { data: null }]) t.strictSame(writtenOf(body), none)
  t.strictSame(writtenOf({ data: { a: 1 } }).data, { a: 1 })
  t.throws(() => writtenOf({ data: 's3cret' }), new ShapeError('data must be an object'))
})

t.test('a deleted secret has left its metadata', async t => {
  const body = (metadata: unknown) => ({ data: { data: null, metadata } })
  t.strictSame(goneOf(body({ version: 3, destroyed: true })), { version: 3, destroyed: true })
  t.strictSame(goneOf(body({ version: 3, deletion_time: 'x' })), { version: 3, destroyed: false })
  for (const other of [undefined, { errors: [] }, body(null), body({ version: 'x' })]) t.equal(goneOf(other), undefined)
})

t.test('an answer without data is no secret', async t => {
  for (const body of [undefined, 'x', {}, { data: null }, { data: [] }])
    t.throws(() => secretOf(body, false), ShapeError)
  t.throws(() => secretOf({ data: { data: null } }, true), new ShapeError('data.data must be an object'))
})

t.test('a mount says whether it is KV version 2', async t => {
  const mount = (type: string, options: unknown, path = 'secret/') => mountOf({ data: { path, type, options } }, '')
  t.strictSame(mount('kv', { version: '2' }), { path: 'secret/', versioned: true })
  t.strictSame(mount('kv', { version: '1' }), { path: 'secret/', versioned: false })
  t.strictSame(mount('kv', null, 'team/kv'), { path: 'team/kv/', versioned: false })
  t.strictSame(mount('database', { version: '2' }), { path: 'secret/', versioned: false })
  for (const body of [undefined, {}, { data: [] }, { data: { path: 'a' } }])
    t.throws(() => mountOf(body, ''), ShapeError)
})

t.test("Vault's complaints are shown on one line and not without end", async t => {
  t.strictSame(complaints({ errors: ['2 errors occurred:\n\t* permission denied\u001B[31m\u202E\n'] }), [
    '2 errors occurred: * permission denied [31m',
  ])
  t.strictSame(complaints({ errors: [], warnings: ['versioned'] }), ['versioned'])
  t.equal(complaints({ errors: ['x'.repeat(9000)] })[0]?.length, 401)
  t.equal(complaints({ errors: Array.from('abcdefgh') }).length, 5)
  for (const body of [undefined, null, 'text', [], { errors: 'x' }, { errors: [{}] }])
    t.strictSame(complaints(body), [])
})

t.test('an answer is understood, or why not is told without quoting it', async t => {
  const read = (body: unknown) => leaseOf(body, '').seconds
  t.strictSame(understand({ kind: 'answer', body: { lease_duration: 5 } }, read), { kind: 'ok', value: 5 })
  t.strictSame(understand({ kind: 'answer', body: { lease_duration: 's3cret' } }, read), {
    kind: 'unusable',
    reason: 'its answer is not what Vault answers: lease_duration must be a number from 0',
  })
  const failure = { kind: 'network', reason: 'x' } as const
  t.equal(understand(failure, read), failure)
})

t.test('a token that others made tells how long it was made for, and what is left', async t => {
  const data = { ttl: 100, creation_ttl: 3600, accessor: 'a', type: 'service', renewable: true, num_uses: 0 }
  t.strictSame(lookedUpOf({ data }, 'hvs.x'), {
    token: 'hvs.x',
    accessor: 'a',
    batch: false,
    renewable: true,
    seconds: 3600,
    left: 100,
  })
  t.match(lookedUpOf({ data: { ...data, type: 'batch', accessor: '' } }, 'b'), { batch: true })
  t.match(lookedUpOf({ data: { ttl: 0, creation_ttl: 3600 } }, 'root'), {
    seconds: 0,
    left: 0,
    renewable: false,
    accessor: '',
  })
  t.match(lookedUpOf({ data: { ttl: 7 } }, 'b'), { seconds: 7, left: 7 })
  t.throws(() => lookedUpOf({ data: {} }, 'b'), new ShapeError('data.ttl must be a number from 0'))
})

t.test('a field of an answer is text, and not empty', async t => {
  t.equal(fieldOf({ data: { role_id: 'r' } }, 'role_id'), 'r')
  for (const body of [undefined, {}, { data: null }])
    t.throws(() => fieldOf(body, 'role_id'), /^data must be an object/)
  for (const role_id of [undefined, '', 7])
    t.throws(() => fieldOf({ data: { role_id } }, 'role_id'), new ShapeError('data.role_id must be text'))
})
