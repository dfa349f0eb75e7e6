import { once } from 'node:events'
import https from 'node:https'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { PassThrough, Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { makeCertificates } from '../../src/webhook/make-certificates.ts'
import { webhook, webhookAs } from '../../src/webhook/run.ts'
import { fakeCluster, json, until } from '../fixtures/api-server.ts'
import { collector } from '../fixtures/collector.ts'
import { configMap } from '../fixtures/configmaps.ts'
import { clientsIn } from '../fixtures/clients.ts'
import { run } from '../fixtures/io.ts'
import { fakeObjects, paths, webhooks } from '../fixtures/objects.ts'
import { podWith } from '../fixtures/pods.ts'
import { reviewOf } from '../fixtures/reviews.ts'

type Registered = { readonly webhooks: readonly { readonly clientConfig: { readonly caBundle?: string } }[] }
type Line = Readonly<Record<string, string>>

type Around = { readonly env: Readonly<Record<string, string>>; readonly folder: string }

/** Starts the webhook; resolves when it listens. */
const start = async (t: Test, args: readonly string[], { env, folder }: Partial<Around> = {}) => {
  const stop = new AbortController()
  const stdout = new PassThrough()
  const lines: Line[] = []
  const reader = createInterface({ input: stdout })
  const listening = Promise.withResolvers<Line>()
  reader.on('line', line => {
    const parsed: Line = JSON.parse(line)
    lines.push(parsed)
    if (parsed['msg'] === 'listening') listening.resolve(parsed)
  })
  const ended = webhookAs(folder ?? '/nowhere')(
    { env: env ?? {}, stdin: Readable.from([]), stdout, stderr: new PassThrough(), stop: stop.signal },
    args,
  )
  t.teardown(() => stop.abort())
  const first = await Promise.race([listening.promise, ended.then(() => Promise.reject(new Error('ended at once')))])
  return { first, lines, stop: () => stop.abort(), ended }
}

const post = async (address: string, ca: string | Buffer, body: unknown, client: object = {}) => {
  const request = https.request(`https://${address}/mutate`, {
    method: 'POST',
    ca,
    agent: false,
    headers: { 'content-type': 'application/json' },
    ...client,
  })
  request.end(JSON.stringify(body))
  const [response] = await once(request, 'response')
  return JSON.parse(await text(response))
}

const ready = async (address: string, ca: Buffer) => {
  const [response] = await once(https.get(`https://${address}/readyz`, { ca, agent: false }), 'response')
  return { status: response.statusCode, body: await text(response) }
}

t.test('outside a cluster it just works: own certificate, an assumed version, metrics, a clean end', async t => {
  const flags = [
    '--listen',
    '127.0.0.1:0',
    '--metrics-listen',
    '127.0.0.1:0',
    '--vault-address',
    'http://127.0.0.1:8200',
  ]
  const { first, lines, stop, ended } = await start(t, flags)
  t.match(lines[0]?.['msg'], 'Kubernetes 1.36 is assumed')
  t.match(first, { version: /^\d/, address: /^127/, metrics: /^127/, notAfter: /^\d{4}/ })
  const ca = Buffer.from(first['caBundle'] ?? '', 'base64')
  t.match(await post(first['address'] ?? '', ca, reviewOf(podWith())), {
    response: { allowed: true, patchType: 'JSONPatch' },
  })
  const metrics = await (await fetch(`http://${first['metrics']}/metrics`)).text()
  t.match(metrics, /^podvault_reviews_total\{decision="inject",reason="injected",engine="podvault"\} 1$/m)
  const expiry = /^podvault_certificate_expiry_timestamp_seconds (\d+)$/m.exec(metrics)?.[1]
  t.equal(Number(expiry) * 1000, Date.parse(first['notAfter'] ?? ''))
  t.match(metrics, /^podvault_requests_in_flight 0$/m)
  stop()
  t.equal(await ended, 0)
  t.same(
    lines.slice(-2).map(({ msg }) => msg),
    ['told to stop: not ready any more, finishing what is under way', 'ended'],
  )
})

t.test('sends a span of each review to whom the environment names, before it ends', async t => {
  const { url, spans } = await collector(t)
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: new URL(url).origin }
  const { first, lines, stop, ended } = await start(t, ['--listen', '127.0.0.1:0', '--metrics-listen', ''], { env })
  const ca = Buffer.from(first['caBundle'] ?? '', 'base64')
  await post(first['address'] ?? '', ca, reviewOf(podWith()))
  stop()
  t.equal(await ended, 0)
  t.equal(spans().length, 1)
  t.equal(spans()[0]?.traceId, lines.find(({ msg }) => msg === 'review')?.['trace_id'])
})

t.test('serves a certificate from files, without metrics where none are wanted', async t => {
  const { caCert, cert, key } = makeCertificates(['127.0.0.1'], new Date(), 1)
  const dir = t.testdir({ 'tls.crt': cert, 'tls.key': key })
  const files = ['--tls-cert-file', join(dir, 'tls.crt'), '--tls-key-file', join(dir, 'tls.key')]
  const { first, lines, stop, ended } = await start(t, [
    '--listen',
    '127.0.0.1:0',
    '--metrics-listen',
    '',
    '--kubernetes-version',
    '1.34',
    ...files,
  ])
  t.match(first, { caBundle: undefined, metrics: undefined })
  t.equal(lines.length, 1, 'nothing is assumed')
  const { response } = await post(first['address'] ?? '', caCert, reviewOf(podWith({ address: 'http://v' })))
  t.match(response, { allowed: false, status: { message: /1\.35/ } })
  stop()
  t.equal(await ended, 0)
})

t.test('in a cluster it asks for the version, waits for the ConfigMaps, and tells owners', async t => {
  let isHeldBack = true
  const cluster = await fakeCluster(t, (request, response) => {
    const { url = '', method } = request
    if (url === '/version') return json(response, 200, { major: '1', minor: '34' })
    if (method === 'POST') return json(response, 201, {})
    if (url.includes('watch=1')) return response.flushHeaders()
    if (isHeldBack) return json(response, 503, { message: 'etcd is away' })
    return json(response, 200, { metadata: { resourceVersion: '1' }, items: [configMap('app')] })
  })
  const { first, lines, stop, ended } = await start(
    t,
    ['--listen', '127.0.0.1:0', '--metrics-listen', '127.0.0.1:0', '--vault-address', 'http://v', '--ca-secret', ''],
    cluster,
  )
  const ca = Buffer.from(first['caBundle'] ?? '', 'base64')
  const metrics = async () => (await fetch(`http://${first['metrics']}/metrics`)).text()
  await until(() => lines.some(({ msg }) => /etcd is away/.test(String(msg))))
  t.match(await ready(first['address'] ?? '', ca), {
    status: 503,
    body: /^not ready: the ConfigMaps .*: etcd is away\n$/,
  })
  isHeldBack = false
  await until(() => lines.some(({ msg }) => msg === '1 ConfigMaps with secrets files are known'))
  t.match(await ready(first['address'] ?? '', ca), { status: 200, body: 'ok\n' })
  t.match(await metrics(), /^podvault_configmaps 1$/m)
  const ownerReferences = [{ apiVersion: 'batch/v1', kind: 'Job', name: 'job', uid: 'u', controller: true }]
  const pod = podWith()
  const refused = reviewOf({ ...pod, metadata: { ...pod.metadata, ownerReferences } })
  t.match(await post(first['address'] ?? '', ca, refused), {
    response: { status: { message: /this cluster is 1.34/ } },
  })
  await until(() => cluster.seen.includes('POST /api/v1/namespaces/shop/events'))
  while (!/^podvault_events_total\{result="sent"\} 1$/m.test(await metrics()));
  stop()
  t.equal(await ended, 0)
})

t.test('in a cluster it is not ready before the API server trusts its certificate', async t => {
  const cluster = await fakeObjects(t)
  cluster.put('/api/v1/configmaps', { items: [] })
  cluster.put(paths.mutating, { webhooks })
  const flags = ['--listen', '127.0.0.1:0', '--metrics-listen', '127.0.0.1:0', '--kubernetes-version', '1.36']
  const { first, lines, stop, ended } = await start(t, flags, cluster)
  t.equal(first['caBundle'], undefined)
  const probe = async () => {
    const options = { rejectUnauthorized: false, agent: false }
    const [response] = await once(https.get(`https://${first['address']}/readyz`, options), 'response')
    return { status: response.statusCode, body: await text(response) }
  }
  t.match(await probe(), { status: 503, body: /^not ready: a certificate that the API server trusts: / })
  await until(() => lines.some(({ msg }) => msg === 'the certificate has been renewed'))
  t.match(await probe(), { status: 200, body: 'ok\n' })
  const {
    webhooks: [hook],
  } = cluster.get(paths.mutating) as unknown as Registered
  const ca = Buffer.from(hook?.clientConfig.caBundle ?? '', 'base64').toString()
  t.match(await post(first['address'] ?? '', ca, reviewOf(podWith())), { response: { allowed: false } })
  const metrics = await (await fetch(`http://${first['metrics']}/metrics`)).text()
  for (const line of ['podvault_leader 1', 'podvault_certificate_trusted 1'])
    t.match(metrics, new RegExp(`^${line}$`, 'm'))
  stop()
  t.equal(await ended, 0)
  t.match(cluster.get(paths.lease), { spec: { holderIdentity: '' } })
})

t.test('answers only whom it knows, where that is asked for', async t => {
  const { caFile, client } = clientsIn(t.testdir())
  const auth = ['--client-auth', 'require', '--client-names', 'api-server', '--client-ca-file', caFile]
  const { first, stop, ended } = await start(t, ['--listen', '127.0.0.1:0', '--metrics-listen', '', ...auth])
  const ca = Buffer.from(first['caBundle'] ?? '', 'base64')
  t.match(await post(first['address'] ?? '', ca, reviewOf(podWith())), {
    code: 401,
    message: 'podvault answers only whom it knows: there is no certificate',
  })
  const known = await post(first['address'] ?? '', ca, reviewOf(podWith()), client('/CN=api-server'))
  t.match(known, { response: { allowed: false } })
  t.match(await ready(first['address'] ?? '', ca), { status: 200 })
  stop()
  t.equal(await ended, 0)
})

t.test('help, and everything that keeps it from starting', async t => {
  t.match(await run(webhook, ['--help']), { code: 0, stdout: /--tls-min-version/ })
  await t.rejects(run(webhook, ['--listen', 'x']), { code: 'usage' })
  await t.rejects(
    run(webhook, ['--tls-cert-file', '/nowhere', '--tls-key-file', '/nowhere', '--kubernetes-version', '1.36']),
    { code: 'failed', message: /ENOENT/ },
  )
})

t.test('it waits for an API server that is not there, and ends when it is told to', async t => {
  const env = { KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: '1' }
  const stop = new AbortController()
  const stdout = new PassThrough()
  stdout.once('data', () => stop.abort())
  const parts = { env, stdin: Readable.from([]), stdout, stderr: new PassThrough(), stop: stop.signal }
  t.equal(await webhookAs('/nowhere')(parts, []), 0)
})

t.test('a port that is taken ends it, the metrics with it', async t => {
  const { first } = await start(t, ['--listen', ':0', '--metrics-listen', ''])
  const taken = first['address'] ?? ''
  await t.rejects(run(webhook, ['--listen', taken, '--metrics-listen', '127.0.0.1:0']), {
    code: 'failed',
    message: /EADDRINUSE/,
  })
  await t.rejects(run(webhook, ['--listen', '127.0.0.1:0', '--metrics-listen', taken]), {
    code: 'failed',
    message: /EADDRINUSE/,
  })
})
