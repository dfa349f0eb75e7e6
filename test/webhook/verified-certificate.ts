import { PassThrough } from 'node:stream'
import t, { type Test } from 'tap'
import { createLog } from '../../src/log.ts'
import type { Certificate, CertificateSource } from '../../src/webhook/certificate.ts'
import { makeAuthority, makeLeaf } from '../../src/webhook/make-certificates.ts'
import { verifiedCertificate } from '../../src/webhook/verified-certificate.ts'
import { until } from '../fixtures/api-server.ts'
import { fakeObjects, paths } from '../fixtures/objects.ts'

const now = new Date()
const day = 86_400_000
const [one, other] = [makeAuthority(now, day), makeAuthority(now, day)]
const leafBy = (authority: typeof one): Certificate => ({
  ...makeLeaf(authority, ['podvault.team.svc'], now, day),
  notAfter: new Date(now.getTime() + day),
})
const registered = (ca: string, metadata: object = {}) => ({
  metadata,
  webhooks: [
    {
      name: 'pods.podvault.dev',
      clientConfig: { service: { name: 'podvault', namespace: 'team' }, caBundle: Buffer.from(ca).toString('base64') },
    },
  ],
})

const verified = async (t: Test) => {
  const cluster = await fakeObjects(t)
  const stop = new AbortController()
  t.teardown(() => stop.abort())
  const stream = new PassThrough()
  let [looks, wake] = [0, (): void => undefined]
  const sleep = async (): Promise<void> => {
    looks += 1
    await new Promise<void>(resolve => {
      wake = resolve
      stop.signal.addEventListener('abort', () => resolve())
    })
  }
  let current = leafBy(one)
  let renew: (certificate: Certificate) => void = () => undefined
  const inner: CertificateSource = {
    current: () => current,
    run: async show => {
      renew = certificate => {
        current = certificate
        show(certificate)
      }
    },
    status: () => ({}),
  }
  const parts = { api: cluster.api, configuration: 'podvault', log: createLog(stream), stop: stop.signal }
  const source = verifiedCertificate(inner, { ...parts, alarm: { sleep, call: () => wake() } })
  const shown: Certificate[] = []
  const look = async (): Promise<string | undefined> => {
    const before = looks
    wake()
    await until(() => looks > before)
    return source.status().untrusted
  }
  const ended = source.run(certificate => shown.push(certificate))
  await until(() => looks === 1)
  const logged = (): readonly string[] =>
    String(stream.read() ?? '')
      .split('\n')
      .filter(line => line !== '')
      .map(line => JSON.parse(line).msg)
  return {
    ...cluster,
    source,
    shown,
    look,
    logged,
    looks: () => looks,
    renew: (next: Certificate) => renew(next),
    stop,
    ended,
  }
}

t.test('it is ready as long as what others write into the caBundle fits', async t => {
  const { put, look, logged, source } = await verified(t)
  t.equal(source.status().untrusted, undefined, 'nobody is there to be asked')
  put(paths.mutating, registered(one.cert))
  put(paths.validating, registered(one.cert))
  t.equal(await look(), undefined)
  put(paths.validating, registered(other.cert))
  t.match(
    await look(),
    /^the caBundle of ValidatingWebhookConfiguration podvault does not fit the certificate: unable to/,
  )
  await look()
  t.equal(logged().length, 1, 'and says so once')
  put(paths.validating, undefined)
  t.equal(await look(), undefined)
})

t.test('an empty caBundle is a question for the API server itself, or for cert-manager', async t => {
  const { put, look } = await verified(t)
  put(paths.mutating, registered(''))
  t.equal(await look(), undefined)
  put(paths.mutating, registered('', { annotations: { 'cert-manager.io/inject-ca-from': 'podvault/podvault' } }))
  t.match(await look(), /cert-manager has not written it yet$/)
})

t.test('a new certificate is shown, and verified at once', async t => {
  const { put, renew, shown, looks, source, stop, ended } = await verified(t)
  put(paths.mutating, registered(one.cert))
  const before = looks()
  renew(leafBy(other))
  await until(() => looks() > before)
  t.equal(shown.length, 1)
  t.match(source.status().untrusted, /does not fit/)
  stop.abort()
  await ended
})

t.test('what cannot be known keeps it from nothing, and is told once', async t => {
  const { put, refuse, look, logged } = await verified(t)
  put(paths.mutating, registered(other.cert))
  refuse(/mutating/, 403)
  t.equal(await look(), undefined)
  t.same(logged(), ['whether the API server trusts the certificate is not known: not now'])
  await look()
  t.same(logged(), [])
  refuse(/./, 0)
  t.match(await look(), /does not fit/)
  refuse(/./, 500)
  t.match(await look(), /does not fit/, 'what was known last counts')
})
