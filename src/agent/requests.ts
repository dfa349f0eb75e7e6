// PURE: what is asked of Vault, and what makes two requests the same.
import type { Entry } from '../contract.ts'
import type { SecretRequest } from '../vault/api.ts'
import { foldPath } from '../vault/client.ts'
import { PodvaultError } from '../errors.ts'
import type { VaultRequest } from '../template/value.ts'
import { sortedJson } from './sorted-json.ts'

/** One read and one lease, whoever asks for it. */
export type Request = SecretRequest & {
  /** The same for every entry that asks the same. */
  readonly id: string
  /** What the engine is told to be; `version` only makes sense with v2. */
  readonly kv?: 'v1' | 'v2'
}

/** Params make it a write, as Vault's own command line has it: GET has no place for them. */
export const requestOf = ({ path: written = '', method, params, kv, version, files }: Entry): Request => {
  const path = foldPath(written)
  const engine = version === undefined ? kv : 'v2'
  const request: SecretRequest & Pick<Request, 'kv'> = {
    path,
    method: method ?? (params === undefined ? 'GET' : 'PUT'),
    ...(params !== undefined && { params }),
    ...(engine !== undefined && { kv: engine }),
    ...(version !== undefined && { version }),
    ...(files.some(({ format }) => format.startsWith('vault-agent-')) && spelledOut(path)),
  }
  return withId(request)
}

const withId = (request: Omit<Request, 'id'>): Request => ({ ...request, id: sortedJson(request) })

/** Said only where it makes a difference, so that the same secret is asked for once. */
const spelledOut = (path: string): Pick<Request, 'spelledOut'> =>
  path.split('/').some(part => ['data', 'metadata', 'subkeys'].includes(part)) ? { spelledOut: true } : {}

/**
 * A question of a template in the words of entries, so that whoever asks the same asks once.
 * @throws PodvaultError for a path that leads elsewhere, without naming it: it may be made of values
 */
export const requestFor = ({ method, path: written, params }: VaultRequest): Request => {
  const path = foldPath(written)
  const parts = path.split('/')
  if (parts.includes('.') || parts.includes('..') || !path.isWellFormed())
    throw new PodvaultError('usage', 'a template asks Vault for a path that is no text, or with "." or ".." in it')
  if (method === 'write' || method === 'pki') return withId({ path, method: 'PUT', params })
  if (method === 'list') return withId({ path, method: 'GET', query: { list: 'true' }, ...spelledOut(path) })
  const { version, ...query } = params
  const pinned = version !== undefined && /^[1-9][0-9]{0,14}$/.test(version) ? Number(version) : undefined
  const rest = pinned === undefined ? params : query
  return withId({
    path,
    method: 'GET',
    ...(pinned === undefined ? isSpelledOutFirst(parts) && { kv: 'v1' } : { kv: 'v2', version: pinned }),
    ...(Object.keys(rest).length > 0 && { query: rest }),
    ...spelledOut(path),
  })
}

/** Behind the first part, where nearly every mount ends: asked for as it is, Vault need not be asked what engine it is. */
const isSpelledOutFirst = (parts: readonly string[]): boolean => parts[1] === 'data' && parts.length > 2
