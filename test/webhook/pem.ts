import t from 'tap'
import { certificatesIn, readCertificates } from '../../src/webhook/pem.ts'
import { makeCertificates } from '../../src/webhook/make-certificates.ts'

const { caCert, cert, key } = makeCertificates(['localhost'], new Date(), 1)

t.test('certificates are found among other things, which stay where they are', async t => {
  t.same(certificatesIn(`# comment\n${cert}${key}${caCert}`), [cert.trim(), caCert.trim()])
  t.equal(readCertificates(`# comment\n${cert}${key}${caCert}`), cert + caCert)
  t.same(certificatesIn('nothing'), [])
})

t.test('what must have certificates says what is wrong', async t => {
  t.throws(() => readCertificates(key), { message: 'it holds no certificate in PEM' })
  const broken = '-----BEGIN CERTIFICATE-----\nhunter2\n-----END CERTIFICATE-----\n'
  t.throws(() => readCertificates(cert + broken), { message: /^its certificate 2 cannot be read: (?!.*hunter2)/ })
})
