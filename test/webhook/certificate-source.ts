import { X509Certificate } from 'node:crypto'
import { rmSync, writeFileSync } from 'node:fs'
import { PassThrough } from 'node:stream'
import t, { type Test } from 'tap'
import { createLog } from '../../src/log.ts'
import { certificateSource } from '../../src/webhook/certificate-source.ts'
import { type Flags, readConfig } from '../../src/webhook/config.ts'
import { makeCertificates } from '../../src/webhook/make-certificates.ts'
import { until } from '../fixtures/api-server.ts'
import { fakeObjects, paths, webhooks } from '../fixtures/objects.ts'

const now = () => new Date('2026-01-01T00:00:00Z')

const source = (t: Test, flags: Flags, parts: Partial<Parameters<typeof certificateSource>[1]> = {}) => {
  const stop = new AbortController()
  t.teardown(() => stop.abort())
  const [stream, keeping] = [new PassThrough(), { every: 1, stop: stop.signal }]
  const log = createLog(stream)
  const made = certificateSource(readConfig(flags, {}), {
    api: undefined,
    folder: '/nowhere',
    log,
    keeping,
    now,
    clock: () => performance.now(),
    ...parts,
  })
  return { made, stop, logged: () => String(stream.read() ?? '') }
}

const names = (pem: string): string => new X509Certificate(pem).subjectAltName ?? ''

t.test('outside of a cluster a certificate of this process, under every name it may be called by', async t => {
  const { made } = source(t, { listen: '10.0.0.7:1' })
  t.match(made.caBundle, /^[A-Za-z0-9+/=]+$/)
  t.match(names(made.current().cert), /DNS:podvault\.podvault\.svc, IP Address:10\.0\.0\.7$/)
  t.match(made.status(), { authority: undefined })
})

t.test('in a cluster an authority of its own, unless none is wanted', async t => {
  const { api, folder, put, get } = await fakeObjects(t)
  put(paths.mutating, { webhooks })
  const { made, stop } = source(t, {}, { api, folder })
  t.equal(made.caBundle, undefined)
  t.match(names(made.current().cert), 'DNS:podvault.team.svc')
  const ended = made.run(() => undefined)
  await until(() => get(paths.secret) !== undefined)
  t.match(get(paths.lease), { spec: { holderIdentity: /^[^_]+_[0-9a-f]{8}$/ } })
  stop.abort()
  await ended
})

t.test('in a cluster without a Secret, one of this process, registered all the same', async t => {
  const { api, folder, put, get, refuse } = await fakeObjects(t)
  put(paths.mutating, { webhooks })
  const { made, stop, logged } = source(t, { 'ca-secret': '' }, { api, folder })
  const ended = made.run(() => undefined)
  await until(() => JSON.stringify(get(paths.mutating)).includes('caBundle'))
  t.equal(get(paths.secret), undefined)
  refuse(/mutating/, 403)
  let said = ''
  await until(() => (said += logged()) !== '')
  t.match(said, /"level":"warn".*the caBundle cannot be kept: not now/)
  stop.abort()
  await ended
})

t.test('files where they are given; what is broken of them is logged', async t => {
  const { cert, key } = makeCertificates(['localhost'], new Date(), 1)
  const { api, folder } = await fakeObjects(t)
  const flags = { 'tls-cert-file': `${folder}/tls.crt`, 'tls-key-file': `${folder}/tls.key` }
  writeFileSync(flags['tls-cert-file'], cert)
  writeFileSync(flags['tls-key-file'], key)
  const { made, stop, logged } = source(t, flags, { api, folder })
  t.equal(made.current().cert, cert)
  t.equal(source(t, flags).made.current().cert, cert, 'outside of a cluster as well')
  rmSync(flags['tls-cert-file'])
  let said = ''
  const ended = made.run(() => t.fail('there is no other'))
  await until(() => (said += logged()) !== '')
  t.match(said, /"level":"error".*ENOENT.*stays in use/)
  stop.abort()
  await ended
})
