import { createPrivateKey } from 'node:crypto'
import t from 'tap'
import { makeAuthority, makeCertificates } from '../../src/webhook/make-certificates.ts'
import { authoritiesIn, lifeOf, readTrust, type SecretData, writeTrust } from '../../src/webhook/trust.ts'
import { authority, day, start } from '../fixtures/authorities.ts'

const [one, two, three] = [authority(), authority(1), authority(2)]
const base64 = (text: string): string => Buffer.from(text).toString('base64')
const decoded = (data: SecretData, name: string): string => Buffer.from(String(data[name]), 'base64').toString()

t.test('what is written to the Secret is read from it', async t => {
  const former = [
    { cert: two.cert, until: start + 5 },
    { cert: three.cert, until: start + 7 },
  ]
  for (const trust of [
    { current: one, former },
    { current: one, former: [] },
  ])
    t.same(readTrust(writeTrust(trust)), trust)
  t.match(decoded(writeTrust({ current: one, former }), 'former.crt'), /^until 2026-01-01T00:00:00.005Z\n-----BEGIN/)
})

t.test('a Secret that cannot be used says why, and nothing of its key', async t => {
  const good = writeTrust({ current: one, former: [] })
  const { caCert, cert, key } = makeCertificates(['localhost'], new Date(start), 1)
  const bad: readonly (readonly [SecretData, string])[] = [
    [{}, 'it has no ca.crt'],
    [{ 'ca.crt': base64(one.cert) }, 'it has no ca.key'],
    [{ ...good, 'ca.crt': 7 }, 'it has no ca.crt'],
    [JSON.parse('{"__proto__": {"ca.crt": "YQ=="}}'), 'it has no ca.crt'],
    [{ ...good, 'ca.crt': base64('hunter2') }, 'its ca.crt is no authority that podvault has made'],
    [{ ...good, 'ca.crt': base64(cert) }, 'its ca.crt is no authority that podvault has made'],
    [{ ...good, 'ca.crt': base64(caCert) }, 'its ca.key is not the key of its ca.crt'],
    [{ ...good, 'ca.key': base64(key) }, 'its ca.key is not the key of its ca.crt'],
    [{ ...good, 'ca.key': base64('hunter2') }, 'its ca.key is not the key of its ca.crt'],
  ]
  for (const [data, why] of bad) t.equal(readTrust(data), why)
})

t.test('what is broken of the former authorities is left out', async t => {
  const good = { cert: two.cert, until: start }
  const text = [
    `until nonsense\n${three.cert}`,
    three.cert,
    `until ${new Date(start).toISOString()}\nnonsense\n${two.cert}`,
    `until 2027-01-01\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`,
  ].join('')
  const data = { ...writeTrust({ current: one, former: [] }), 'former.crt': base64(text) }
  t.match(readTrust(data), { former: [good] })
  const { 'former.crt': _, ...without } = data
  t.match(readTrust(without), { former: [] })
})

t.test('authorities of our own are found among others, however they are written', async t => {
  const { cert } = makeCertificates(['localhost'], new Date(), 1)
  const windows = one.cert.replaceAll('\n', '\r\n')
  t.same(authoritiesIn(`# comment\n${windows}${cert}nonsense${two.cert}`), [one.cert, two.cert])
  t.same(authoritiesIn(''), [])
})

t.test('a certificate is due when two thirds of its life are over', async t => {
  const { cert, key } = makeAuthority(new Date(start), 3 * day)
  t.same(lifeOf(cert), { madeAt: start, renewAt: start + 2 * day, notAfter: start + 3 * day })
  t.equal(createPrivateKey(key).asymmetricKeyType, 'ec')
})
