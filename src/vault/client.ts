import type { AgentConfig } from '../contract.ts'
import { sentence } from '../errors.ts'
import { parseJson } from './json.ts'
import { type Answer, complaints, goneOf, oneLine } from './responses.ts'
import { type Exchange, type Limits, wireTo } from './wire.ts'

export type Connection = AgentConfig['vault']

export type VaultRequest = {
  readonly method: 'GET' | 'POST' | 'PUT'
  /** Below `/v1/`, as people write it: each segment is encoded, repeated slashes are folded. */
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  readonly token?: string
  readonly body?: Readonly<Record<string, unknown>>
  /** Milliseconds for the whole exchange. */
  readonly timeout?: number
  readonly signal?: AbortSignal
}

export type Vault = {
  readonly address: string
  /** Never throws for what Vault or the network does; throws the signal's reason when aborted. */
  readonly request: (request: VaultRequest) => Promise<Answer>
  /** Closes idle connections; the next request opens a new one. */
  readonly rest: () => void
}

const usual: Limits = { timeout: 60_000, bytes: 32 * 1024 * 1024 }
const mostRedirects = 3

/** A client for one Vault. Connects only when asked to. */
export const vaultAt = (connection: Connection, limits: Limits = usual): Vault => {
  const base = new URL(connection.address)
  const longest = connection.timeout === undefined ? limits.timeout : connection.timeout * 1000
  const wire = wireTo(connection)
  // Carried from the login on, so that a node that lags behind says 412 instead of "no such secret".
  let index: string | undefined
  const ask = async (request: VaultRequest, url: URL, redirects: number): Promise<Answer> => {
    request.signal?.throwIfAborted()
    const timeout = Math.min(request.timeout ?? longest, longest)
    try {
      const headers = headersOf(connection, request, index)
      const exchange = await wire.send({ ...request, url, headers }, { ...limits, timeout })
      index = [exchange.headers['x-vault-index']].flat()[0] ?? index
      const target = redirectOf(exchange, url)
      if (target === undefined) return answerOf(exchange)
      if (mayFollow(connection, base, target) && redirects < mostRedirects)
        return await ask(request, target, redirects + 1)
      return { kind: 'redirect', reason: `it answers with a redirect to ${oneLine(target.origin)}` }
    } catch (error) {
      request.signal?.throwIfAborted()
      return { kind: 'network', reason: reasonOf(error) }
    }
  }
  return {
    address: connection.address,
    request: request => ask(request, urlOf(request, base), 0),
    rest: () => wire.rest(),
  }
}

/** Without empty segments, leading or trailing slashes: two spellings of one path are one path. */
export const foldPath = (path: string): string => path.split('/').filter(Boolean).join('/')

const urlOf = ({ path, query }: VaultRequest, base: URL): URL => {
  const url = new URL(`/v1/${encodePath(path)}`, base)
  if (query !== undefined) url.search = new URLSearchParams(query).toString()
  return url
}

const encodePath = (path: string): string => foldPath(path).split('/').map(encodeURIComponent).join('/')

export const headersOf = (connection: Connection, request: VaultRequest, index: string | undefined) => ({
  'X-Vault-Request': 'true',
  ...(request.token !== undefined && { 'X-Vault-Token': request.token }),
  ...(connection.namespace !== undefined && { 'X-Vault-Namespace': connection.namespace }),
  ...(index !== undefined && { 'X-Vault-Index': index }),
  ...(request.body !== undefined && { 'Content-Type': 'application/json' }),
})

const redirectOf = ({ status, headers }: Exchange, from: URL): URL | undefined =>
  status >= 300 && status < 400 && headers.location !== undefined ? new URL(headers.location, from) : undefined

/** The token goes along: to the same host and never from TLS to none, or where the operator knows this Vault to be, too. */
const mayFollow = ({ redirects = [] }: Connection, base: URL, target: URL): boolean =>
  redirects.includes(target.origin) ||
  (target.hostname === base.hostname && (target.protocol === base.protocol || target.protocol === 'https:'))

export const answerOf = ({ status, headers, text }: Exchange): Answer => {
  const body = text === undefined || text === '' ? undefined : parsed(text)
  if (status < 200 || status > 299) {
    const retryAfter = headers['retry-after']
    const gone = goneOf(body)
    const more = { ...(retryAfter !== undefined && { retryAfter }), ...(gone !== undefined && { gone }) }
    return { kind: 'status', status, errors: complaints(body), ...more }
  }
  if (text === undefined) return { kind: 'unusable', reason: 'its answer is too large' }
  if (text !== '' && body === undefined) return { kind: 'unusable', reason: 'its answer is not JSON; is this a Vault?' }
  return { kind: 'answer', body }
}

const parsed = (text: string): unknown => {
  try {
    return parseJson(text)
  } catch {
    return undefined
  }
}

/** A connection that fails on every address of a name has an error without words of its own: the first one tells. */
export const reasonOf = (error: unknown): string => {
  const cause = error instanceof AggregateError && error.message === '' ? error.errors[0] : error
  return oneLine(sentence(cause))
}
