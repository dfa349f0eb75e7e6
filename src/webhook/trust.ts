import { createPrivateKey, X509Certificate } from 'node:crypto'
import { member } from '../shape.ts'
import { ownAuthority, type Pair, slack } from './make-certificates.ts'
import { certificatesIn } from './pem.ts'

/** An authority that signs no more, in PEM, and until when in milliseconds since 1970 the API server shall trust it. */
export type Former = { readonly cert: string; readonly until: number }

/** What the Secret holds: the authority that signs, and those before it that leaves may still be from. */
export type Trust = { readonly current: Pair; readonly former: readonly Former[] }

/** Data of a Secret: texts in base64. */
export type SecretData = Readonly<Record<string, unknown>>

const keys = { cert: 'ca.crt', key: 'ca.key', former: 'former.crt' } as const

/** What the Secret holds, or in a few words why it cannot be used. */
export const readTrust = (data: SecretData): Trust | string => {
  const [cert, key, former] = [keys.cert, keys.key, keys.former].map(name => textOf(data, name))
  if (cert === undefined || key === undefined) return `it has no ${cert === undefined ? keys.cert : keys.key}`
  const certificate = ownAuthority(cert)
  if (certificate === undefined) return `its ${keys.cert} is no authority that podvault has made`
  if (!belongs(certificate, key)) return `its ${keys.key} is not the key of its ${keys.cert}`
  return { current: { cert: certificate.toString(), key }, former: readFormer(former ?? '') }
}

const textOf = (data: SecretData, name: string): string | undefined => {
  const value = member(data, name)
  return typeof value === 'string' ? Buffer.from(value, 'base64').toString() : undefined
}

const belongs = (certificate: X509Certificate, key: string): boolean => {
  try {
    return certificate.checkPrivateKey(createPrivateKey(key))
  } catch {
    return false
  }
}

/** Each stands behind a line that says until when; what is broken is left out. */
const readFormer = (text: string): readonly Former[] =>
  text.split(/^(?=until )/m).flatMap(part => {
    const until = Date.parse(/^until (\S+)/.exec(part)?.[1] ?? '')
    return Number.isNaN(until) ? [] : authoritiesIn(part).map(cert => ({ cert, until }))
  })

export const writeTrust = ({ current, former }: Trust): SecretData => {
  const texts = {
    [keys.cert]: current.cert,
    [keys.key]: current.key,
    [keys.former]: former.map(({ cert, until }) => `until ${new Date(until).toISOString()}\n${cert}`).join(''),
  }
  return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, Buffer.from(text).toString('base64')]))
}

/** The authorities of our own in a caBundle, written as we write them; whatever else is in it is not ours. */
export const authoritiesIn = (pem: string): readonly string[] =>
  certificatesIn(pem).flatMap(each => ownAuthority(each)?.toString() ?? [])

/** Milliseconds since 1970, all of them. */
export type Life = { readonly madeAt: number; readonly renewAt: number; readonly notAfter: number }

/** A certificate of ours is renewed when two thirds of its life are over. */
export const lifeOf = (cert: string): Life => {
  const { validFromDate, validToDate } = new X509Certificate(cert)
  const [madeAt, notAfter] = [validFromDate.getTime() + slack, validToDate.getTime()]
  return { madeAt, renewAt: madeAt + ((notAfter - madeAt) * 2) / 3, notAfter }
}
