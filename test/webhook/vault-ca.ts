import t from 'tap'
import { readVaultCa } from '../../src/webhook/vault-ca.ts'
import { selfSigned } from '../fixtures/certificates.ts'

const [one, other] = await Promise.all(['one', 'other'].map(selfSigned))
const pem = (pair: typeof one): string => pair?.cert.trim() ?? ''

t.test('takes the certificates of a file and leaves everything else, above all keys', async t => {
  const file = `subject: one\n${pem(one)}\n${one?.key}\n# another\n${pem(other)}`
  t.equal(readVaultCa(file, 'ca.crt'), `${pem(one)}\n${pem(other)}\n`)
})

t.test('what holds no certificate that can be read, or too many, is refused', async t => {
  t.throws(() => readVaultCa(one?.key ?? '', 'ca.crt'), {
    code: 'usage',
    message: 'the certificates of Vault in ca.crt cannot be used: it holds no certificate in PEM',
    hint: "the CA of Vault's certificate is meant",
  })
  const broken = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----'
  t.throws(() => readVaultCa(`${pem(one)}\n${broken}`, 'ca.crt'), { message: /its certificate 2 cannot be read/ })
  t.throws(() => readVaultCa(`${pem(one)}\n`.repeat(100), 'ca.crt'), {
    message: /it has \d+ bytes, and every pod carries it; at most 32768 are possible/,
  })
})
