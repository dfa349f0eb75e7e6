import { once } from 'node:events'
import type { OutgoingHttpHeaders } from 'node:http'
import https from 'node:https'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { connect, type TLSSocket } from 'node:tls'
import t, { type Test } from 'tap'
import { createLog } from '../../src/log.ts'
import { memoryCertificate } from '../../src/webhook/certificate.ts'
import type { Gate } from '../../src/webhook/gate.ts'
import { listen } from '../../src/webhook/listen.ts'
import { createMetrics } from '../../src/webhook/metrics.ts'
import { createObserver } from '../../src/webhook/observe.ts'
import { createLoad } from '../../src/webhook/overload.ts'
import { createWebhookServer, type Parts } from '../../src/webhook/server.ts'
import { clientsIn } from '../fixtures/clients.ts'
import { gauges } from '../fixtures/gauges.ts'
import { podWith, settings } from '../fixtures/pods.ts'
import { configMapReview, reviewOf, uid } from '../fixtures/reviews.ts'

const source = memoryCertificate(['localhost', '127.0.0.1'], new Date())
const ca = Buffer.from(source.caBundle ?? '', 'base64')

const serve = async (t: Test, more: Partial<Parts> = {}) => {
  const stream = new PassThrough()
  const load = createLoad({ requests: 10, bytes: 1_000_000 })
  const metrics = createMetrics({ ...gauges, inFlight: load.requests })
  const log = createLog(stream)
  const server = await createWebhookServer({
    settings: () => settings,
    certificate: source.current(),
    minVersion: 'TLSv1.3',
    gate: undefined,
    log,
    metrics,
    observe: createObserver({ log, metrics }),
    load,
    clock: () => performance.now(),
    draining: () => false,
    readiness: () => ({ missing: [], without: [] }),
    tell: () => t.fail(),
    ...more,
  })
  const port = Number((await listen(server, { host: '127.0.0.1', port: 0 })).split(':')[1])
  const agent = new https.Agent({ keepAlive: true, ca })
  t.teardown(() => {
    agent.destroy()
    return server[Symbol.asyncDispose]()
  })
  const ask = async (method: string, path: string, body?: string | Buffer, headers: OutgoingHttpHeaders = {}) => {
    const type = body === undefined ? {} : { 'content-type': 'application/json' }
    const request = https.request({ agent, host: '127.0.0.1', port, method, path, headers: { ...type, ...headers } })
    const response = once(request, 'response')
    request.on('error', () => undefined)
    request.end(body)
    const [incoming] = await response
    return { status: incoming.statusCode, headers: incoming.headers, body: await text(incoming) }
  }
  const mutate = (body: unknown, headers?: OutgoingHttpHeaders) => ask('POST', '/mutate', JSON.stringify(body), headers)
  /** Every line logged so far. */
  const logged = (): readonly Record<string, unknown>[] =>
    String(stream.read() ?? '')
      .split('\n')
      .filter(line => line !== '')
      .map(line => JSON.parse(line))
  return { server, port, agent, ask, mutate, logged, metrics, load }
}

t.test('answers a review and writes one line about it, with nothing of the pod', async t => {
  const { mutate, logged, metrics } = await serve(t)
  const { status, headers, body } = await mutate(reviewOf(podWith({ secrets: 'CANARY=app/canary#canary' })))
  t.equal(status, 200)
  t.match(headers['content-type'], /^application\/json/)
  t.match(JSON.parse(body).response, { uid, allowed: true, patchType: 'JSONPatch' })
  const [line, ...others] = logged()
  t.match(line, {
    level: 'info',
    uid,
    namespace: 'shop',
    decision: 'inject',
    reason: 'injected',
    msg: 'review',
    ms: Number,
  })
  const members = ['decision', 'engine', 'level', 'ms', 'msg', 'name', 'namespace', 'reason', 'time', 'uid']
  t.same(Object.keys(line ?? {}).sort(), members)
  t.same(others, [])
  t.match(
    await metrics.registry.metrics(),
    'podvault_reviews_total{decision="inject",reason="injected",engine="podvault"} 1',
  )
})

t.test('a line about a review names the trace that the API server says it belongs to', async t => {
  const { mutate, logged, ask } = await serve(t)
  const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`
  await mutate(reviewOf(), { traceparent })
  await ask('POST', '/mutate', '{', { traceparent })
  await ask('POST', '/mutate', '{', { traceparent, 'content-type': 'text/plain' })
  await mutate(reviewOf(), { traceparent: 'nonsense' })
  t.same(
    logged().map(({ trace_id }) => trace_id),
    ['a'.repeat(32), 'a'.repeat(32), 'a'.repeat(32), undefined],
  )
})

t.test('a refusal is a warning in the log', async t => {
  const { mutate, logged } = await serve(t)
  t.equal((await mutate(reviewOf(podWith({ rol: 'x' })))).status, 200)
  t.match(logged(), [{ level: 'warn', decision: 'reject', uid }])
})

t.test('a failure of podvault itself is an error in the log, with its stack', async t => {
  const { mutate, logged } = await serve(t, { settings: () => ({ ...settings, namespaces: null as never }) })
  t.match(JSON.parse((await mutate(reviewOf())).body).response, { allowed: false, status: { code: 500 } })
  t.match(logged(), [{ level: 'error', reason: 'internal-error', stack: /TypeError/ }])
})

t.test('a failure of the server itself is a 500 and an error in the log', async t => {
  const draining = (): boolean => {
    throw new Error('unforeseen')
  }
  const { mutate, logged } = await serve(t, { draining })
  const { status, body } = await mutate(reviewOf())
  t.equal(status, 500)
  t.match(JSON.parse(body), { kind: 'Status', message: 'the request cannot be answered' })
  t.match(logged(), [{ level: 'error', reason: 'internal-error', stack: /unforeseen/ }])
})

t.test('takes JSON, with a charset or without, and nothing else', async t => {
  const { mutate, ask, logged } = await serve(t)
  t.equal((await mutate(reviewOf(), { 'content-type': 'application/json; charset=utf-8' })).status, 200)
  logged()
  const other = await mutate(reviewOf(), { 'content-type': 'application/yaml' })
  t.equal(other.status, 415)
  t.match(JSON.parse(other.body), { kind: 'Status', code: 415, message: 'the body must be application/json' })
  t.match(logged(), [{ level: 'warn', decision: 'reject', reason: 'bad-request' }])
  t.equal((await ask('POST', '/mutate')).status, 400, 'no body at all')
})

t.test('bad bodies are a clean 400', async t => {
  const { ask, logged } = await serve(t)
  for (const body of [
    '',
    '{',
    'null',
    '[]',
    '{}',
    '\u0000',
    '['.repeat(200_000),
    JSON.stringify({ ...reviewOf(), request: 1 }),
  ]) {
    const { status, body: answer } = await ask('POST', '/mutate', body)
    t.equal(status, 400)
    t.match(JSON.parse(answer), { apiVersion: 'v1', kind: 'Status', status: 'Failure', code: 400, message: String })
  }
  t.ok(logged().every(({ reason }) => reason === 'bad-request'))
})

t.test('a body that is cut off is a clean 400', async t => {
  const { ask } = await serve(t)
  t.equal(
    (await ask('POST', '/mutate', '{}', { 'content-encoding': 'gzip', 'transfer-encoding': 'chunked' })).status,
    400,
  )
})

t.test('a body above 7 MiB is 413', async t => {
  const { ask } = await serve(t)
  const { status, body } = await ask('POST', '/mutate', Buffer.alloc(8 * 1024 * 1024, ' '))
  t.equal(status, 413)
  t.match(JSON.parse(body), { message: 'the body is longer than 7340032 bytes' })
})

t.test('probes and unknown paths', async t => {
  const { ask } = await serve(t)
  t.match(await ask('GET', '/livez'), { status: 200, body: 'ok\n' })
  t.match(await ask('GET', '/health/ready'), { status: 204, body: '' })
  t.match(await ask('GET', '/readyz'), { status: 200, body: 'ok\n' })
  t.equal((await ask('GET', '/mutate')).status, 404)
  t.match(JSON.parse((await ask('GET', '/')).body), { code: 404, message: /POST \/mutate/ })
})

t.test('not ready says what is missing; ready says what it does without', async t => {
  let missing = ['the one', 'the other']
  const { ask } = await serve(t, { readiness: () => ({ missing, without: ['the third'] }) })
  t.match(await ask('GET', '/readyz'), { status: 503, body: 'not ready: the one\nnot ready: the other\n' })
  t.match(await ask('GET', '/health/ready'), { status: 204 }, "vault-k8s's chart would kill it")
  missing = []
  t.match(await ask('GET', '/readyz'), { status: 200, body: 'ok\nwithout: the third\n' })
})

t.test('each review is answered by the settings of its moment', async t => {
  const images = ['one', 'two']
  const { mutate } = await serve(t, { settings: () => ({ ...settings, image: images.shift() ?? '' }) })
  for (const image of ['one', 'two']) {
    const { response } = JSON.parse((await mutate(reviewOf())).body)
    t.match(Buffer.from(response.patch, 'base64').toString(), `"image":"${image}"`)
  }
})

t.test('the owner of a refused pod is told behind the answer', async t => {
  const told: string[] = []
  const { mutate } = await serve(t, { tell: ({ reason, owner }) => void told.push(`${owner.kind} ${reason}`) })
  const pod = podWith({ rol: 'x' })
  const ownerReferences = [{ apiVersion: 'batch/v1', kind: 'Job', name: 'job', uid: 'u', controller: true }]
  await mutate(reviewOf({ ...pod, metadata: { ...pod.metadata, ownerReferences } }))
  await mutate(reviewOf())
  t.same(told, ['Job unknown-annotation'])
  const { mutate: alone } = await serve(t, { tell: undefined })
  t.equal((await alone(reviewOf({ ...pod, metadata: { ...pod.metadata, ownerReferences } }))).status, 200)
})

t.test('checks ConfigMaps as well', async t => {
  const { ask, logged, metrics } = await serve(t)
  const check = (data: object) => ask('POST', '/validate', JSON.stringify(configMapReview({ data })))
  t.match(JSON.parse((await check({ a: 'A=b#c' })).body).response, { uid, allowed: true })
  t.match(JSON.parse((await check({ a: 'nonsense' })).body).response, { allowed: false, status: { code: 400 } })
  t.match(logged(), [
    { level: 'info', decision: 'allow', reason: 'valid-secrets-file', namespace: 'shop' },
    { level: 'warn', decision: 'reject', reason: 'bad-secrets-file' },
  ])
  t.match(await metrics.registry.metrics(), 'podvault_reviews_total{decision="allow",reason="valid-secrets-file"} 1')
  t.equal((await ask('POST', '/validate', '{')).status, 400)
})

t.test('while draining it is alive but not ready, and each answer ends its connection', async t => {
  const { ask, mutate } = await serve(t, { draining: () => true })
  t.equal((await ask('GET', '/livez')).status, 200)
  t.equal((await ask('GET', '/health/ready')).status, 503)
  t.match(await ask('GET', '/readyz'), { status: 503, headers: { connection: 'close' } })
  const { status, headers } = await mutate(reviewOf())
  t.match([status, headers.connection], [200, 'close'])
})

t.test('under overload the API server is asked to come back, and the log says so once', async t => {
  const load = createLoad({ requests: 1, bytes: 1_000_000 })
  const { port, mutate, logged, metrics } = await serve(t, { load })
  const slow = https.request({
    host: '127.0.0.1',
    port,
    ca,
    method: 'POST',
    path: '/mutate',
    headers: { 'content-type': 'application/json', 'content-length': 2 },
  })
  slow.write('{')
  while (load.requests() === 0) await new Promise(resolve => setImmediate(resolve))
  for (const _ of [1, 2]) {
    const { status, headers, body } = await mutate(reviewOf())
    t.match([status, headers['retry-after']], [503, '1'])
    t.match(JSON.parse(body).message, /try again/)
  }
  t.match(await metrics.registry.metrics(), 'podvault_requests_shed_total 2')
  t.match(logged(), [{ level: 'warn', msg: /overloaded/ }])
  slow.end('}')
  const [response] = await once(slow, 'response')
  response.resume()
  await once(response, 'end')
  while (load.requests() > 0) await new Promise(resolve => setImmediate(resolve))
  t.equal((await mutate(reviewOf())).status, 200, 'room again')
  load.enter(1)
  t.equal((await mutate(reviewOf())).status, 503)
  load.leave(1)
  t.notOk(
    logged().some(({ msg }) => String(msg).includes('overloaded')),
    'not one for each of a flood',
  )
})

t.test('a client that goes away in the middle leaves no trace', async t => {
  const { port, load } = await serve(t)
  const cut = https.request({
    host: '127.0.0.1',
    port,
    ca,
    method: 'POST',
    path: '/mutate',
    headers: { 'content-length': 5, 'content-type': 'application/json' },
  })
  cut.on('error', () => undefined)
  cut.write('{')
  while (load.requests() === 0) await new Promise(resolve => setImmediate(resolve))
  cut.destroy()
  while (load.requests() > 0) await new Promise(resolve => setImmediate(resolve))
  t.equal(load.requests(), 0)
})

t.test('speaks TLS 1.3 and HTTP/1.1, and 1.2 on request', async t => {
  const versionAt = async (port: number, maxVersion: 'TLSv1.2' | 'TLSv1.3'): Promise<string> => {
    const socket = connect({ port, host: '127.0.0.1', ca, maxVersion, ALPNProtocols: ['h2', 'http/1.1'] })
    t.teardown(() => socket.destroy())
    await once(socket, 'secureConnect')
    return `${socket.getProtocol()} ${socket.alpnProtocol}`
  }
  const { port } = await serve(t)
  t.equal(await versionAt(port, 'TLSv1.3'), 'TLSv1.3 http/1.1')
  await t.rejects(versionAt(port, 'TLSv1.2'), { code: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION' })
  const { port: older } = await serve(t, { minVersion: 'TLSv1.2' })
  t.equal(await versionAt(older, 'TLSv1.2'), 'TLSv1.2 http/1.1')
})

t.test('connections outlive those of the API server, and none waits for ever', async t => {
  const { server } = await serve(t)
  t.ok(server.keepAliveTimeout >= 100_000 && server.headersTimeout > server.keepAliveTimeout)
  t.equal(server.requestTimeout, server.headersTimeout)
})

t.test('a client that does not trust the certificate is worth a line, one that hangs up is not', async t => {
  const { server, port, logged } = await serve(t)
  const failed = (): Promise<unknown> => once(server, 'tlsClientError')
  const hangup = failed()
  const plain = connect({ port, host: '127.0.0.1', ca })
  plain.on('error', () => undefined)
  plain.once('connect', () => plain.destroy())
  await hangup
  t.same(logged(), [])
  const refused = failed()
  connect({ port, host: '127.0.0.1', ca, maxVersion: 'TLSv1.2' }).on('error', () => undefined)
  await refused
  t.match(logged(), [{ level: 'warn', code: /^ERR_SSL_/, msg: /caBundle/ }])
  const again = failed()
  connect({ port, host: '127.0.0.1', ca, maxVersion: 'TLSv1.2' }).on('error', () => undefined)
  await again
  t.same(logged(), [], 'not one for each of a flood')
})

t.test('a body that nobody finishes is cut off where another one needs its place', async t => {
  const load = createLoad({ requests: 1, bytes: 1_000_000 })
  const { port, mutate, logged, metrics } = await serve(t, { load })
  const headers = { 'content-type': 'application/json', 'transfer-encoding': 'chunked' }
  const slow = https.request({ host: '127.0.0.1', port, ca, method: 'POST', path: '/mutate', headers })
  const ended = t.rejects(once(slow, 'response'), { code: 'ECONNRESET' })
  slow.write('{')
  while ((await mutate(reviewOf())).status !== 200) await new Promise(resolve => setTimeout(resolve, 50))
  await ended
  t.match(logged(), [{ msg: /overloaded/ }])
  const shed = Number(/shed_total (\d+)/.exec(await metrics.registry.metrics())?.[1])
  t.ok(shed > 1, 'and counted, with those that were sent away before')
})

t.test('whom the gate does not let through is not answered, but probes are', async t => {
  let problem: string | undefined = 'podvault answers only whom it knows: there is no certificate'
  const { caFile, ca: authority, client } = clientsIn(t.testdir())
  t.match(caFile, /ca\.crt$/)
  const names: unknown[] = []
  const check: Gate['check'] = async ({ socket }) => {
    names.push((socket as TLSSocket).authorized && (socket as TLSSocket).getPeerCertificate().subject.CN)
    return problem
  }
  const gate = { authority: { current: () => authority, renewed: () => undefined }, check }
  const { port, mutate, ask, metrics } = await serve(t, { gate, draining: () => true })
  const refused = await mutate(reviewOf(podWith()))
  t.equal(refused.status, 401)
  t.same(JSON.parse(refused.body), { apiVersion: 'v1', kind: 'Status', status: 'Failure', message: problem, code: 401 })
  t.equal((await ask('POST', '/validate', '{}')).status, 401)
  t.equal((await ask('GET', '/livez')).status, 200)
  t.notMatch(await metrics.registry.metrics(), /^podvault_reviews_total.* [1-9]/m, 'it is no review')
  problem = undefined
  const headers = { 'content-type': 'application/json' }
  const tls = { ca, ...client('/CN=api-server'), agent: false }
  const request = https.request({ host: '127.0.0.1', port, method: 'POST', path: '/mutate', headers, ...tls })
  request.end(JSON.stringify(reviewOf(podWith())))
  const [response] = await once(request, 'response')
  t.equal(response.statusCode, 200)
  response.resume()
  t.same(names, [false, false, 'api-server'])
})
