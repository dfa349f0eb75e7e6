import t from 'tap'
import { foldPath, reasonOf, vaultAt } from '../../src/vault/client.ts'
import { selfSigned } from '../fixtures/certificates.ts'
import { startVault } from '../fixtures/vault-server.ts'

const root = { token: 'root' } as const

t.test('a request carries what Vault and its listeners ask for', async t => {
  await using server = await startVault()
  const vault = vaultAt({ address: server.address, namespace: 'team/a' })
  t.teardown(vault.rest)
  const body = { role: 'web', jwt: 'j' }
  const login = await vault.request({ method: 'POST', path: 'auth/kubernetes/login', body })
  t.equal(login.kind, 'answer')
  await vault.request({ method: 'GET', path: '/secret//data/a b/c?d%/', ...root })
  t.match(server.requests, [
    { method: 'POST', path: 'auth/kubernetes/login', token: undefined },
    { method: 'GET', path: 'secret/data/a b/c?d%', token: 'root' },
  ])
  for (const { headers } of server.requests)
    t.match(headers, { 'x-vault-request': 'true', 'x-vault-namespace': 'team/a', connection: 'keep-alive' })
  t.notOk(server.requests[0]?.headers['x-vault-index'])
  t.ok(server.requests[1]?.headers['x-vault-index'], 'the index of the login goes with what follows')
})

t.test('an answer without a body is an answer', async t => {
  await using server = await startVault()
  const vault = vaultAt({ address: server.address })
  const answer = await vault.request({ method: 'POST', path: 'sys/policies/acl/p', body: {}, ...root })
  t.strictSame(answer, { kind: 'answer', body: undefined })
})

t.test("a refusal is data, with Vault's own words", async t => {
  await using server = await startVault()
  const vault = vaultAt({ address: server.address })
  t.strictSame(await vault.request({ method: 'GET', path: 'secret/data/a', token: 'x' }), {
    kind: 'status',
    status: 403,
    errors: ['permission denied', 'invalid token'],
  })
  server.fail({ status: 429, headers: { 'retry-after': '7' }, body: '<h1>slow down' })
  t.strictSame(await vault.request({ method: 'GET', path: 'secret/data/a', ...root }), {
    kind: 'status',
    status: 429,
    errors: [],
    retryAfter: '7',
  })
})

t.test('what is no Vault is said so', async t => {
  await using server = await startVault()
  const vault = vaultAt({ address: server.address }, { timeout: 5000, bytes: 64 })
  const get = { method: 'GET', path: 'secret/data/a', ...root } as const
  const cases: readonly [Parameters<typeof server.fail>[0], object][] = [
    [{ body: '<html>' }, { kind: 'unusable', reason: 'its answer is not JSON; is this a Vault?' }],
    [{ body: { data: 'x'.repeat(99) } }, { kind: 'unusable', reason: 'its answer is too large' }],
    [{ cut: true }, { kind: 'network', reason: 'socket hang up' }],
    [
      { status: 500, body: { errors: ['x'.repeat(99)] } },
      { kind: 'status', status: 500, errors: [] },
    ],
  ]
  for (const [fault, failure] of cases) {
    server.fail({ ...fault, times: 1 })
    t.strictSame(await vault.request(get), failure)
  }
})

t.test('a query is a query, and a path never is', async t => {
  await using server = await startVault()
  const vault = vaultAt({ address: server.address })
  await vault.request({ method: 'GET', path: 'secret/data/a?b', query: { version: '2' }, ...root })
  t.match(server.requests, [{ query: { version: '2' }, path: 'secret/data/a?b' }])
})

t.test('a secret that is gone is told from one that never was', async t => {
  await using server = await startVault()
  const vault = vaultAt({ address: server.address })
  server.memory.secrets.set('secret/a', { data: null, version: 4, createdAt: 0 })
  const ask = async (path: string) => vault.request({ method: 'GET', path, ...root })
  t.strictSame(await ask('secret/data/a'), {
    kind: 'status',
    status: 404,
    errors: [],
    gone: { version: 4, destroyed: false },
  })
  t.strictSame(await ask('secret/data/b'), { kind: 'status', status: 404, errors: [] })
})

t.test('no answer in time is a failure of the network', async t => {
  await using server = await startVault()
  const vault = vaultAt({ address: server.address }, { timeout: 20, bytes: 64 })
  server.fail({ delay: Infinity })
  const failure = { kind: 'network', reason: 'no answer within 0.02 s' }
  t.strictSame(await vault.request({ method: 'GET', path: 'a', ...root }), failure)
  t.strictSame(await vault.request({ method: 'GET', path: 'a', ...root, timeout: 10 }), {
    ...failure,
    reason: 'no answer within 0.01 s',
  })
})

t.test('a Vault that is away, and a name nobody knows, are failures of the network', async t => {
  const server = await startVault()
  await server.close()
  const reason = async (address: string) => {
    const answer = await vaultAt({ address }).request({ method: 'GET', path: 'a' })
    return answer.kind === 'network' ? answer.reason : answer.kind
  }
  t.equal(await reason(server.address), `connect ECONNREFUSED ${server.address.slice('http://'.length)}`)
  t.match(await reason('http://vault.invalid:8200'), /vault\.invalid/)
})

t.test('a redirect is followed on the same host only, and not for ever', async t => {
  await using server = await startVault()
  await using other = await startVault()
  const vault = vaultAt({ address: server.address })
  const get = { method: 'GET', path: 'old', ...root } as const
  server.fail({ path: 'old', times: 1, status: 307, headers: { location: '/v1/sys/health' } })
  t.match(await vault.request(get), { kind: 'answer', body: { sealed: false } })
  const elsewhere = other.address.replace('127.0.0.1', 'localhost')
  server.fail({ path: 'old', times: 1, status: 307, headers: { location: `${elsewhere}/v1/old` } })
  const refused = { kind: 'redirect', reason: `it answers with a redirect to ${elsewhere}` }
  t.strictSame(await vault.request(get), refused)
  t.equal(other.requests.length, 0, 'a stranger never sees the token')
  server.fail({ path: 'old', status: 307, headers: { location: '/v1/old' } })
  t.match(await vault.request(get), { kind: 'redirect' })
  t.equal(server.requests.filter(({ path }) => path === 'old').length, 6)
})

t.test('a redirect may lead to what the operator knows, and to another port of the same host', async t => {
  await using standby = await startVault()
  await using active = await startVault()
  const location = `${active.address.replace('127.0.0.1', 'localhost')}/v1/auth/kubernetes/login?x=1`
  const path = 'auth/kubernetes/login'
  const body = { role: 'web', jwt: 'j' }
  const ask = async (to: string, redirects?: readonly string[]) => {
    standby.fail({ path, times: 1, status: 307, headers: { location: to } })
    const vault = vaultAt({ address: standby.address, ...(redirects && { redirects }) })
    const { kind } = await vault.request({ method: 'POST', path, body, ...root })
    vault.rest()
    return kind
  }
  t.equal(await ask(location), 'redirect')
  t.equal(await ask(location, ['https://elsewhere', new URL(location).origin]), 'answer')
  t.match(active.requests, [{ method: 'POST', path, body, token: 'root', query: { x: '1' } }], 'all of it goes along')
  t.equal(await ask(`${active.address}/v1/${path}`), 'answer')
  t.equal(await ask('gopher://127.0.0.1/v1'), 'redirect')
})

t.test('a redirect leads to TLS, never away from it', async t => {
  const https = await selfSigned('127.0.0.1')
  await using secure = await startVault({ https })
  await using plain = await startVault()
  const follow = async (from: typeof plain, to: typeof plain) => {
    from.fail({ path: 'sys/health', times: 1, status: 307, headers: { location: `${to.address}/v1/sys/health` } })
    const vault = vaultAt({ address: from.address, tlsSkipVerify: true })
    const answer = await vault.request({ method: 'GET', path: 'sys/health' })
    vault.rest()
    return answer.kind
  }
  t.equal(await follow(plain, secure), 'answer')
  t.equal(await follow(secure, plain), 'redirect')
})

t.test('a timeout of the connection bounds every request, and may be longer than the usual one', async t => {
  await using server = await startVault()
  const reason = async (timeout: number, limit: number, asked?: number) => {
    const vault = vaultAt({ address: server.address, timeout }, { timeout: limit, bytes: 999 })
    const answer = await vault.request({ method: 'GET', path: 'a', ...(asked && { timeout: asked }) })
    return answer.kind === 'network' ? answer.reason : answer.kind
  }
  server.fail({ delay: Infinity })
  t.equal(await reason(0.03, 5000), 'no answer within 0.03 s')
  t.equal(await reason(0.03, 5000, 9000), 'no answer within 0.03 s')
  t.equal(await reason(9, 5, 30), 'no answer within 0.03 s')
})

t.test('an aborted request throws the reason, before and during', async t => {
  await using server = await startVault()
  const vault = vaultAt({ address: server.address })
  const stop = new AbortController()
  server.fail({ delay: Infinity })
  const waiting = vault.request({ method: 'GET', path: 'a', signal: stop.signal })
  setTimeout(() => stop.abort(new Error('enough')), 20)
  await t.rejects(waiting, new Error('enough'))
  await t.rejects(vault.request({ method: 'GET', path: 'a', signal: stop.signal }), new Error('enough'))
  t.ok(server.requests.length <= 1)
})

t.test('the same path however it is written', async t => {
  t.equal(foldPath('//secret///app/'), 'secret/app')
})

t.test('a name whose addresses all fail has the reason of the first', async t => {
  t.equal(
    reasonOf(new AggregateError([new Error('connect ECONNREFUSED ::1:8200'), new Error('b')])),
    'connect ECONNREFUSED ::1:8200',
  )
  t.equal(reasonOf(new AggregateError([], 'all of them')), 'all of them')
})
