import { X509Certificate } from 'node:crypto'
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { fileCertificate, keptCertificate, memoryCertificate } from '../../src/webhook/certificate.ts'
import { makeCertificates } from '../../src/webhook/make-certificates.ts'

const one = makeCertificates(['localhost'], new Date(), 1)
const other = makeCertificates(['localhost'], new Date(), 2)

t.test('a certificate in memory belongs to its caBundle and stays', async t => {
  const source = memoryCertificate(['localhost'], new Date())
  const { cert, notAfter } = source.current()
  const leaf = new X509Certificate(cert)
  const ca = new X509Certificate(Buffer.from(source.caBundle ?? '', 'base64'))
  t.ok(leaf.checkIssued(ca) && leaf.verify(ca.publicKey))
  t.equal(notAfter.getTime(), leaf.validToDate.getTime())
  await source.run(() => t.fail('nothing takes its place'))
  t.same(source.status(), {})
})

t.test('files are read again when they change', async t => {
  const dir = t.testdir({ 'tls.crt': one.cert, 'tls.key': one.key })
  const files = { certFile: join(dir, 'tls.crt'), keyFile: join(dir, 'tls.key') }
  const source = fileCertificate(files)
  t.equal(source.current().cert, one.cert)
  t.equal(source.renewed(), undefined, 'nothing has changed')
  writeFileSync(files.certFile, other.cert)
  t.throws(() => source.renewed(), { code: 'failed', message: /tls.crt and .*tls.key cannot be used/ }, 'half a change')
  t.equal(source.current().cert, one.cert, 'the one before stays')
  writeFileSync(files.keyFile, other.key)
  t.equal(source.renewed()?.cert, other.cert)
  t.equal(source.current().cert, other.cert)
  t.equal(source.renewed(), undefined)
})

t.test('a Secret is changed as the kubelet does it, by swapping a symlink', async t => {
  const dir = t.testdir({ '..1': { 'tls.crt': one.cert, 'tls.key': one.key } })
  symlinkSync('..1', join(dir, '..data'))
  for (const name of ['tls.crt', 'tls.key']) symlinkSync(join('..data', name), join(dir, name))
  const source = fileCertificate({ certFile: join(dir, 'tls.crt'), keyFile: join(dir, 'tls.key') })
  mkdirSync(join(dir, '..2'))
  writeFileSync(join(dir, '..2', 'tls.crt'), other.cert)
  writeFileSync(join(dir, '..2', 'tls.key'), other.key)
  symlinkSync('..2', join(dir, '..data_tmp'))
  renameSync(join(dir, '..data_tmp'), join(dir, '..data'))
  t.equal(source.renewed()?.cert, other.cert)
})

t.test('what cannot be served is said with the files and the reason', async t => {
  const dir = t.testdir({ 'tls.crt': 'no PEM', 'tls.key': one.key })
  const files = { certFile: join(dir, 'tls.crt'), keyFile: join(dir, 'tls.key') }
  t.throws(() => fileCertificate(files), { code: 'failed', message: /cannot be used/, hint: /PEM/ })
  rmSync(files.certFile)
  t.throws(() => fileCertificate(files), { code: 'failed', message: /ENOENT/ })
})

t.test('as a source: each new one is shown, and what is broken is reported once', async t => {
  const stop = new AbortController()
  const failures = ['a', 'a', 'a', 'b', undefined, 'b']
  const certificate = { cert: one.cert, key: one.key, notAfter: new Date(0) }
  const kept = {
    current: () => certificate,
    renewed: () => {
      if (failures.length === 1) stop.abort()
      const failure = failures.shift()
      if (failure !== undefined) throw new Error(failure)
      return certificate
    },
  }
  const seen: string[] = []
  const source = keptCertificate(kept, { every: 0, stop: stop.signal }, message => seen.push(message))
  t.equal(source.current(), certificate)
  t.same(source.status(), {})
  await source.run(({ notAfter }) => seen.push(notAfter.toISOString()))
  t.same(seen, [
    'a; the certificate from before stays in use',
    'b; the certificate from before stays in use',
    '1970-01-01T00:00:00.000Z',
    'b; the certificate from before stays in use',
  ])
})
