import { X509Certificate } from 'node:crypto'
import t, { type Test } from 'tap'
import type { Certificate } from '../../src/webhook/certificate.ts'
import { makeAuthority } from '../../src/webhook/make-certificates.ts'
import { certificatesIn } from '../../src/webhook/pem.ts'
import { registeredCertificate } from '../../src/webhook/registered-certificate.ts'
import { until } from '../fixtures/api-server.ts'
import { fakeObjects, paths } from '../fixtures/objects.ts'

const minute = 60_000
const service = (name: string) => ({ clientConfig: { service: { name, namespace: 'vault' }, caBundle: '' } })

const start = async (t: Test) => {
  const objects = await fakeObjects(t)
  objects.put(paths.mutating, { webhooks: [service('injector')] })
  // vault-k8s's account may not even look.
  objects.refuse(/validating|secrets|leases/, 403)
  const clock = { at: Date.parse('2026-01-01T00:00:00Z') }
  const stop = new AbortController()
  const said: string[] = []
  const shown: Certificate[] = []
  const source = registeredCertificate({
    api: objects.api,
    configuration: 'podvault',
    hosts: ['localhost'],
    lives: { authority: 90 * minute, leaf: 30 * minute },
    keeping: { every: 1, stop: stop.signal },
    now: () => new Date(clock.at),
    complain: message => said.push(message),
  })
  const ended = source.run(certificate => shown.push(certificate))
  t.teardown(async () => {
    stop.abort()
    await ended
  })
  const bundle = (): readonly string[] => {
    const { webhooks } = objects.get(paths.mutating) as unknown as { webhooks: ReturnType<typeof service>[] }
    return certificatesIn(Buffer.from(String(webhooks[0]?.clientConfig.caBundle), 'base64').toString())
  }
  /** Whom the API server would have to trust. */
  const isTrusted = (): boolean => {
    const leaf = new X509Certificate(source.current().cert)
    return bundle().some(ca => leaf.verify(new X509Certificate(ca).publicKey))
  }
  return { ...objects, source, clock, said, shown, bundle, isTrusted }
}

t.test('it registers the authority of its certificate, and is called as the registration says', async t => {
  const { source, isTrusted, shown, bundle } = await start(t)
  await until(() => shown.length > 0 && isTrusted())
  t.match(new X509Certificate(source.current().cert).subjectAltName, 'DNS:localhost, DNS:injector.vault.svc')
  t.equal(bundle().length, 1)
  t.equal(source.caBundle, Buffer.from(`${bundle()[0]}\n`).toString('base64'))
  t.equal(shown.length, 1)
})

t.test('whatever else is trusted stays so, up to four', async t => {
  const others = [1, 2, 3, 4].map(() => makeAuthority(new Date(), minute).cert)
  const { isTrusted, put, bundle } = await start(t)
  await until(() => isTrusted())
  const caBundle = Buffer.from(others.join('')).toString('base64')
  put(paths.mutating, { webhooks: [{ clientConfig: { ...service('injector').clientConfig, caBundle } }] })
  await until(() => isTrusted())
  t.same(
    bundle().slice(1),
    others.slice(0, 3).map(cert => cert.trim()),
  )
})

t.test('leaf and authority are renewed when two thirds of their lives are over', async t => {
  const { source, isTrusted, shown, clock, bundle } = await start(t)
  await until(() => shown.length === 1 && isTrusted())
  const [authority] = bundle()
  clock.at += 21 * minute
  await until(() => shown.length === 2)
  t.ok(isTrusted())
  t.same(bundle(), [authority])
  clock.at += 41 * minute
  await until(() => shown.length === 3)
  t.ok(isTrusted())
  t.equal(bundle().length, 2)
  t.equal(bundle()[1], authority, 'for whoever has not heard yet')
  t.equal(source.current(), shown[2])
})

t.test('what keeps it from that is said once, and why it is not trusted', async t => {
  const { source, refuse, put, said, isTrusted, shown } = await start(t)
  await until(() => shown.length > 0 && isTrusted())
  refuse(/mutating/, 403)
  await until(() => said.length > 0)
  t.same(said, ['the caBundle cannot be kept: not now'])
  t.match(source.status(), {}, 'nothing waits for it')
  refuse(/mutating/, 0)
  put(paths.mutating, { webhooks: [service('injector')] })
  await until(() => isTrusted())
  t.equal(said.length, 1)
})
