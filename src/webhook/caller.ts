import type { IncomingMessage } from 'node:http'
import type { TLSSocket } from 'node:tls'
import { sentence } from '../errors.ts'
import { quote } from '../inject/quote.ts'
import { cut } from './cut.ts'

/** Who asks: one that may, or in a few words why not. */
export type Caller = { readonly name: string } | { readonly problem: string }

/** Who may ask, and how he shows that he is the one. */
export type CallerRules = {
  /** Common names of client certificates, and subjects of tokens. */
  readonly names: readonly string[]
  /** Whether the certificates of clients are verified. */
  readonly hasAuthority: boolean
  /** The subject of a token; undefined where tokens are not taken. @throws Error for one that is not valid */
  readonly subjectOf: ((token: string) => Promise<string>) | undefined
}

/** Identifies the caller by his certificate, and without one by his token. */
export const callerOf = async (request: IncomingMessage, rules: CallerRules): Promise<Caller> => {
  const { names, hasAuthority, subjectOf } = rules
  const certificate = hasAuthority ? certificateOf(request.socket as TLSSocket) : undefined
  if (certificate !== undefined) return 'problem' in certificate ? certificate : among(names, certificate.name)
  const token = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
  if (subjectOf === undefined || token === undefined)
    return {
      problem: `there is no ${[...(hasAuthority ? ['certificate'] : []), ...(subjectOf ? ['token'] : [])].join(' or ')}`,
    }
  return subjectOf(token).then(
    subject => among(names, subject),
    (error: unknown) => ({ problem: `the token is not valid: ${cut(sentence(error), 200)}` }),
  )
}

const among = (names: readonly string[], name: string): Caller =>
  names.includes(name) ? { name } : { problem: `${quote(cut(name, 200))} is not in --client-names` }

/** Undefined where there is none. */
const certificateOf = (socket: TLSSocket): Caller | undefined => {
  const { subject } = socket.getPeerCertificate()
  if (subject === undefined) return undefined
  const { CN: name } = subject
  if (!socket.authorized) return { problem: `the certificate is not valid: ${String(socket.authorizationError)}` }
  return typeof name === 'string' ? { name } : { problem: 'the certificate has no common name' }
}
