import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { makeCertificates, webhookHosts } from '../../src/webhook/make-certificates.ts'

const day = 86_400_000

t.test('a CA and a server certificate that openssl and Go take', async t => {
  const now = new Date()
  const made = await makeCertificates(webhookHosts('team', ['10.0.0.7', 'laptop.example.com']), now, 30)
  const dir = t.testdir()
  const file = (name: string, content: string): string => {
    writeFileSync(join(dir, name), content)
    return join(dir, name)
  }
  const [ca, leaf] = [file('ca.crt', made.caCert), file('tls.crt', made.cert)]
  const openssl = (...args: string[]): string => execFileSync('openssl', args, { encoding: 'utf8', stdio: 'pipe' })
  for (const name of ['podvault.team.svc', 'localhost', 'laptop.example.com'])
    t.match(openssl('verify', '-purpose', 'sslserver', '-verify_hostname', name, '-CAfile', ca, leaf), 'OK')
  for (const ip of ['127.0.0.1', '::1', '10.0.0.7'])
    t.match(openssl('verify', '-verify_ip', ip, '-CAfile', ca, leaf), 'OK')
  t.throws(() => openssl('verify', '-verify_hostname', 'example.org', '-CAfile', ca, leaf))
  const text = openssl('x509', '-in', leaf, '-noout', '-text')
  t.match(text, /Signature Algorithm: ecdsa-with-SHA256/)
  t.match(text, /ASN1 OID: prime256v1/)
  t.match(text, /TLS Web Server Authentication/)
  t.match(openssl('x509', '-in', ca, '-noout', '-text'), /CA:TRUE, pathlen:0/)
})

t.test('both are valid from a minute ago, for as many days as asked', async t => {
  const now = new Date(Math.floor(Date.now() / 1000) * 1000)
  const { caCert, cert } = await makeCertificates(['localhost'], now, 2)
  for (const pem of [caCert, cert]) {
    const { validFromDate, validToDate } = new X509Certificate(pem)
    t.equal(validFromDate.getTime(), now.getTime() - 60_000)
    t.equal(validToDate.getTime(), now.getTime() + 2 * day)
  }
})

t.test('names are not repeated', async t => {
  t.same(webhookHosts('podvault', ['localhost', 'podvault.podvault.svc']), [
    'localhost',
    '127.0.0.1',
    '::1',
    'podvault.podvault.svc',
  ])
})
