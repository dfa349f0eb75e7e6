import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import {
  makeAuthority,
  makeCertificates,
  makeLeaf,
  ownAuthority,
  slack,
  webhookHosts,
} from '../../src/webhook/make-certificates.ts'
import { selfSigned } from '../fixtures/certificates.ts'

const day = 86_400_000
const openssl = (...args: string[]): string => execFileSync('openssl', args, { encoding: 'utf8', stdio: 'pipe' })

t.test('a CA and a server certificate that openssl and Go take', async t => {
  const hosts = ['10.0.0.7', 'laptop.example.com', '2001:db8::7:0', 'fe80::1%eth0', '::ffff:10.0.0.8']
  const now = new Date()
  const made = makeCertificates(webhookHosts('team', hosts), now, 30)
  const dir = t.testdir()
  const file = (name: string, content: string): string => {
    writeFileSync(join(dir, name), content)
    return join(dir, name)
  }
  const [ca, leaf] = [file('ca.crt', made.caCert), file('tls.crt', made.cert)]
  for (const name of ['podvault.team.svc', 'localhost', 'laptop.example.com'])
    t.match(
      openssl('verify', '-x509_strict', '-purpose', 'sslserver', '-verify_hostname', name, '-CAfile', ca, leaf),
      'OK',
    )
  for (const ip of ['127.0.0.1', '::1', '10.0.0.7', '2001:db8::7:0', 'fe80::1', '::ffff:10.0.0.8'])
    t.match(openssl('verify', '-verify_ip', ip, '-CAfile', ca, leaf), 'OK')
  t.throws(() => openssl('verify', '-verify_hostname', 'example.org', '-CAfile', ca, leaf))
  const text = openssl('x509', '-in', leaf, '-noout', '-text')
  t.match(text, /Signature Algorithm: ecdsa-with-SHA256/)
  t.match(text, /Version: 3 \(0x2\)/)
  t.match(text, /ASN1 OID: prime256v1/)
  t.match(text, /TLS Web Server Authentication/)
  t.match(openssl('x509', '-in', ca, '-noout', '-text'), /CA:TRUE, pathlen:0/)
})

/** As OpenSSL prints it, but for what is random, and the dates. */
const extensionsIn = (pem: string): readonly string[] => {
  const input = { encoding: 'utf8', input: pem, stdio: 'pipe' } as const
  const text = execFileSync('openssl', ['x509', '-noout', '-text', '-certopt', 'no_pubkey,no_sigdump'], input)
  const lines = text
    .replaceAll(/^ *(?:[0-9A-F]{2}:)+[0-9A-F]{2} *\n/gm, '')
    .split('\n')
    .map(line => line.trim())
  return lines.slice(lines.indexOf('X509v3 extensions:') + 1).filter(line => line !== '')
}

t.test('they say this and no more', async t => {
  const { caCert, cert } = makeCertificates(['a', '10.0.0.7', '::ffff:10.0.0.8', '2001:db8::7:0'], new Date(), 1)
  const ids = ['X509v3 Subject Key Identifier:', 'X509v3 Authority Key Identifier:']
  t.strictSame(extensionsIn(caCert), [
    'X509v3 Basic Constraints: critical',
    'CA:TRUE, pathlen:0',
    'X509v3 Key Usage: critical',
    'Certificate Sign, CRL Sign',
    ...ids,
  ])
  t.strictSame(extensionsIn(cert), [
    'X509v3 Basic Constraints: critical',
    'CA:FALSE',
    'X509v3 Key Usage: critical',
    'Digital Signature',
    'X509v3 Extended Key Usage:',
    'TLS Web Server Authentication',
    'X509v3 Subject Alternative Name:',
    'DNS:a, IP Address:10.0.0.7, IP Address:0:0:0:0:0:FFFF:A00:8, IP Address:2001:DB8:0:0:0:0:7:0',
    ...ids,
  ])
})

t.test('both are valid from a little while ago, for as many days as asked', async t => {
  const now = new Date(Math.floor(Date.now() / 1000) * 1000)
  const { caCert, cert } = makeCertificates(['localhost'], now, 2)
  for (const pem of [caCert, cert]) {
    const { validFromDate, validToDate } = new X509Certificate(pem)
    t.equal(validFromDate.getTime(), now.getTime() - slack)
    t.equal(validToDate.getTime(), now.getTime() + 2 * day)
  }
})

t.test('a certificate does not outlive its authority, and years behind 2049 are years', async t => {
  const now = new Date('2049-12-31T23:59:59Z')
  const authority = makeAuthority(now, 2 * day)
  const leaf = new X509Certificate(makeLeaf(authority, ['localhost'], now, 3 * day).cert)
  t.equal(leaf.validToDate.toISOString(), '2050-01-02T23:59:59.000Z')
  t.equal(new X509Certificate(authority.cert).validToDate.toISOString(), '2050-01-02T23:59:59.000Z')
})

t.test('of two authorities, whoever trusts both finds the one that has signed', async t => {
  const now = new Date()
  const [one, other] = [makeAuthority(now, day), makeAuthority(now, day)]
  const dir = t.testdir({
    'both.crt': one.cert + other.cert,
    'one.crt': makeLeaf(one, ['localhost'], now, day).cert,
    'other.crt': makeLeaf(other, ['localhost'], now, day).cert,
  })
  for (const name of ['one', 'other'])
    t.match(openssl('verify', '-x509_strict', '-CAfile', join(dir, 'both.crt'), join(dir, `${name}.crt`)), 'OK')
})

t.test('an authority of our own making is known from all else', async t => {
  const { caCert, cert } = makeCertificates(['localhost'], new Date(), 1)
  t.equal(ownAuthority(caCert)?.toString(), caCert, 'and written as OpenSSL writes it')
  t.equal(ownAuthority(cert), undefined, 'it is no authority')
  t.equal(ownAuthority('nonsense'), undefined)
  const { cert: another } = await selfSigned('podvault CA')
  t.equal(ownAuthority(another), undefined, 'somebody else has made it')
  const dir = t.testdir()
  const name = ['-subj', '/CN=podvault CA 0123456789abcdef']
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', join(dir, 'key')]
  openssl('req', '-new', ...key, '-out', join(dir, 'csr'), ...name)
  writeFileSync(join(dir, 'ext'), 'basicConstraints=CA:TRUE')
  const { cert: signer, key: signerKey } = await selfSigned('another')
  writeFileSync(join(dir, 'signer.crt'), signer)
  writeFileSync(join(dir, 'signer.key'), signerKey)
  const by = ['-CA', join(dir, 'signer.crt'), '-CAkey', join(dir, 'signer.key'), '-extfile', join(dir, 'ext')]
  const foreign = openssl('x509', '-req', '-in', join(dir, 'csr'), ...by)
  t.equal(ownAuthority(foreign), undefined, 'it has not signed itself')
})

t.test('names are not repeated', async t => {
  t.same(webhookHosts('podvault', ['localhost', 'podvault.podvault.svc']), [
    'localhost',
    '127.0.0.1',
    '::1',
    'podvault.podvault.svc',
  ])
})
