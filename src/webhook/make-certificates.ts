import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign, X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { bits, integer, objectId, octets, sequence, setOf, tagged, time, truth, utf8, wrapped } from './der.ts'

/** A certificate and the key that belongs to it; PEM, both. */
export type Pair = { readonly cert: string; readonly key: string }

/** PEM, all four. */
export type Certificates = {
  readonly caCert: string
  readonly caKey: string
  readonly cert: string
  readonly key: string
}

/** Milliseconds that a certificate is valid before it was made: clocks differ. */
export const slack = 5 * 60_000

const caName = 'podvault CA'

/**
 * The certificate of an authority that we have made ourselves, and may go on with.
 * @returns undefined for all else
 */
export const ownAuthority = (pem: string): X509Certificate | undefined => {
  try {
    const certificate = new X509Certificate(pem)
    const isOurs = certificate.ca && /^CN=podvault CA [0-9a-f]{16}$/.test(certificate.subject)
    return isOurs && certificate.verify(certificate.publicKey) ? certificate : undefined
  } catch {
    return undefined
  }
}

/**
 * A certificate authority: ECDSA P-256, SHA-256. Each has a name of its own: whoever trusts the old one and the new one
 * at a time looks by name for the one that has signed.
 * @param life milliseconds from now
 */
export const makeAuthority = (now: Date, life: number): Pair => {
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const subject = `${caName} ${randomBytes(8).toString('hex')}`
  const cert = certificate({
    subject,
    issuer: subject,
    from: now,
    until: new Date(now.getTime() + life),
    publicKey: keys.publicKey,
    issuerKey: keys.publicKey,
    signingKey: keys.privateKey,
    // Signs servers only, no further authorities; keyCertSign and cRLSign.
    extensions: [
      extension('2.5.29.19', sequence(truth(), integer(Buffer.from([0]))), 'critical'),
      extension('2.5.29.15', bits(Buffer.from([0b0000_0110]), 1), 'critical'),
    ],
  })
  return { cert, key: pemOf(keys.privateKey) }
}

/**
 * A server certificate by an authority of makeAuthority, which it does not outlive.
 * @param hosts DNS names and IP addresses
 * @param life milliseconds from now
 */
export const makeLeaf = (authority: Pair, hosts: readonly string[], now: Date, life: number): Pair => {
  const { subject: issuer, publicKey: issuerKey, validToDate } = new X509Certificate(authority.cert)
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const cert = certificate({
    subject: 'podvault webhook',
    issuer: issuer.slice('CN='.length),
    from: now,
    until: new Date(Math.min(now.getTime() + life, validToDate.getTime())),
    publicKey: keys.publicKey,
    issuerKey,
    signingKey: authority.key,
    extensions: [
      extension('2.5.29.19', sequence(), 'critical'),
      // digitalSignature, for serverAuth.
      extension('2.5.29.15', bits(Buffer.from([0b1000_0000]), 7), 'critical'),
      extension('2.5.29.37', sequence(objectId('1.3.6.1.5.5.7.3.1'))),
      extension('2.5.29.17', sequence(...hosts.map(alternativeName))),
    ],
  })
  return { cert, key: pemOf(keys.privateKey) }
}

/** An authority and a server certificate by it, both valid for so many days from now. */
export const makeCertificates = (hosts: readonly string[], now: Date, days: number): Certificates => {
  const life = days * 86_400_000
  const authority = makeAuthority(now, life)
  const { cert, key } = makeLeaf(authority, hosts, now, life)
  return { caCert: authority.cert, caKey: authority.key, cert, key }
}

/** The names under which a webhook is called: on this machine, and as the Service of a namespace. */
export const webhookHosts = (namespace: string, more: readonly string[]): readonly string[] => [
  ...new Set(['localhost', '127.0.0.1', '::1', `podvault.${namespace}.svc`, ...more]),
]

type Parts = {
  readonly subject: string
  readonly issuer: string
  readonly from: Date
  readonly until: Date
  readonly publicKey: KeyObject
  readonly issuerKey: KeyObject
  readonly signingKey: KeyObject | string
  readonly extensions: readonly Buffer[]
}

/** https://www.rfc-editor.org/rfc/rfc5280#section-4.1 in PEM. */
const certificate = ({ subject, issuer, from, until, publicKey, issuerKey, signingKey, extensions }: Parts): string => {
  const algorithm = sequence(objectId('1.2.840.10045.4.3.2'))
  const keyIds = [
    extension('2.5.29.14', octets(keyId(publicKey))),
    extension('2.5.29.35', sequence(tagged(0, keyId(issuerKey)))),
  ]
  const content = sequence(
    wrapped(0, integer(Buffer.from([2]))),
    // Neither negative nor with a needless zero before it.
    integer(Buffer.concat([Buffer.from([0x40]), randomBytes(15)])),
    algorithm,
    name(issuer),
    sequence(time(new Date(from.getTime() - slack)), time(until)),
    name(subject),
    spki(publicKey),
    wrapped(3, sequence(...extensions, ...keyIds)),
  )
  const der = sequence(content, algorithm, bits(sign('sha256', content, signingKey)))
  const lines = der.toString('base64').replaceAll(/.{64}(?=.)/g, '$&\n')
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`
}

const name = (common: string): Buffer => sequence(setOf(sequence(objectId('2.5.4.3'), utf8(common))))

const extension = (id: string, content: Buffer, critical?: 'critical'): Buffer =>
  sequence(objectId(id), ...(critical === undefined ? [] : [truth()]), octets(content))

const spki = (key: KeyObject): Buffer => key.export({ type: 'spki', format: 'der' })

/** https://www.rfc-editor.org/rfc/rfc7093#section-2, fourth way. */
const keyId = (key: KeyObject): Buffer => createHash('sha256').update(spki(key)).digest().subarray(0, 20)

const pemOf = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }).toString()

const alternativeName = (host: string): Buffer => {
  const version = isIP(host)
  if (version === 0) return tagged(2, Buffer.from(host))
  return tagged(7, version === 4 ? Buffer.from(host.split('.').map(Number)) : ipv6(host))
}

const ipv6 = (address: string): Buffer => {
  // As a URL has it: no zone, no dots, the zeros left out in one place only.
  const plain = new URL(`http://[${address.replace(/%.*/, '')}]`).hostname.slice(1, -1)
  const [head = [], tail = []] = plain.split('::').map(half => half.split(':').filter(group => group !== ''))
  const zeros = Array.from({ length: 8 - head.length - tail.length }, () => '0')
  const groups = [...head, ...zeros, ...tail].map(group => Number.parseInt(group, 16))
  return Buffer.from(groups.flatMap(group => [group >> 8, group & 0xff]))
}
