import type { Vault, VaultRequest } from './client.ts'
import {
  fieldOf,
  type Grant,
  grantOf,
  type Lease,
  leaseOf,
  lookedUpOf,
  type Mount,
  mountOf,
  type Outcome,
  type Secret,
  secretOf,
  understand,
  writtenOf,
} from './responses.ts'

/** What goes with every request made for a token. */
export type Bearer = { readonly token: string; readonly signal?: AbortSignal; readonly timeout?: number }

/** What goes with a request that needs no token. */
export type Options = Omit<Bearer, 'token'>

/**
 * Trades credentials for a token: every method of Vault's asks for them in one POST.
 * @param path of the login itself: `auth/kubernetes/login`
 */
export const logIn = async (
  vault: Vault,
  path: string,
  credentials: Readonly<Record<string, string>>,
  options: Options = {},
): Promise<Outcome<Grant>> =>
  understand(await vault.request({ method: 'POST', path, body: credentials, ...options }), body => grantOf(body, ''))

/** One text of what a path answers: the role id of an AppRole, or a secret id made for it. */
export const ask = async (
  vault: Vault,
  bearer: Bearer,
  request: Pick<VaultRequest, 'method' | 'path'>,
  field: string,
): Promise<Outcome<string>> => {
  const body = request.method === 'GET' ? {} : { body: {} }
  return understand(await vault.request({ ...request, ...body, ...bearer }), answer => fieldOf(answer, field))
}

/** Where a response was wrapped; asked about the wrapping token without using it. */
export const lookUpWrapping = async (vault: Vault, token: string, options: Options): Promise<Outcome<string>> => {
  const answer = await vault.request({ method: 'POST', path: 'sys/wrapping/lookup', body: { token }, ...options })
  return understand(answer, body => fieldOf(body, 'creation_path'))
}

/** What Vault knows of a token that somebody else has made. */
export const inspectToken = async (vault: Vault, bearer: Bearer): Promise<Outcome<Grant>> =>
  understand(await vault.request({ method: 'GET', path: 'auth/token/lookup-self', ...bearer }), body =>
    lookedUpOf(body, bearer.token),
  )

/** @param seconds how long it should live from now on; Vault may grant less */
export const renewToken = async (vault: Vault, bearer: Bearer, seconds: number): Promise<Outcome<Grant>> => {
  const body = { increment: seconds }
  const answer = await vault.request({ method: 'POST', path: 'auth/token/renew-self', body, ...bearer })
  return understand(answer, renewed => grantOf(renewed, ''))
}

/** Whether Vault still knows the token. */
export const lookUpToken = async (vault: Vault, bearer: Bearer): Promise<Outcome<undefined>> =>
  understand(await vault.request({ method: 'GET', path: 'auth/token/lookup-self', ...bearer }), () => undefined)

/** Ends the token, and with it every lease it has made. */
export const revokeToken = async (vault: Vault, token: string, timeout: number): Promise<Outcome<undefined>> =>
  understand(await vault.request({ method: 'POST', path: 'auth/token/revoke-self', token, timeout }), () => undefined)

/** @param seconds how long the lease should run from now on; Vault may grant less */
export const renewLease = async (
  vault: Vault,
  bearer: Bearer,
  id: string,
  seconds: number,
): Promise<Outcome<Lease>> => {
  const body = { lease_id: id, increment: seconds }
  const answer = await vault.request({ method: 'POST', path: 'sys/leases/renew', body, ...bearer })
  return understand(answer, renewed => leaseOf(renewed, ''))
}

/** The engine a path belongs to; a 403 or 404 means that Vault will not say. */
export const lookUpMount = async (vault: Vault, bearer: Bearer, path: string): Promise<Outcome<Mount>> =>
  understand(await vault.request({ method: 'GET', path: `sys/internal/ui/mounts/${path}`, ...bearer }), body =>
    mountOf(body, ''),
  )

/** One thing asked of Vault; `path` is as people write it, its slashes folded. */
export type SecretRequest = {
  readonly path: string
  readonly method: 'GET' | 'POST' | 'PUT'
  readonly params?: Readonly<Record<string, unknown>>
  /** Of a KV version 2 secret; the newest when absent. */
  readonly version?: number
  /** Of a GET; with `list` it asks for the names below the path. */
  readonly query?: Readonly<Record<string, string>>
  /** The path may already have its `data/`, as people write it for vault-k8s. */
  readonly spelledOut?: true
}

/** @param mount undefined when it does not matter, or Vault would not say which engine this is */
export const readSecret = async (
  vault: Vault,
  bearer: Bearer,
  request: SecretRequest,
  mount: Mount | undefined,
): Promise<Outcome<Secret>> => {
  const { method, params = {}, version, query } = request
  // Only KV has versions, and nobody writes to KV in order to read from it.
  if (method !== 'GET')
    return understand(await vault.request({ method, path: request.path, body: params, ...bearer }), writtenOf)
  const asked = { ...query, ...(version !== undefined && { version: String(version) }) }
  const options = Object.keys(asked).length > 0 ? { query: asked } : {}
  const read = async (path: string, versioned: boolean | undefined) =>
    understand(await vault.request({ method, path, ...options, ...bearer }), body => secretOf(body, versioned))
  if (isList(request)) return read(requestPath(request, mount), false)
  if (isSpelledOut(request, mount)) return read(request.path, undefined)
  const outcome = await read(requestPath(request, mount), mount?.versioned)
  if (mount !== undefined || outcome.kind !== 'status' || !outcome.errors.some(error => error.includes('versioned')))
    return outcome
  // Only KV version 2 says so, and where its mount ends is a guess that fits almost everyone.
  return read(requestPath(request, guessedMount(request.path)), true)
}

/** The first segment: where the mount of KV version 2 ends is for Vault to say, but this fits almost everyone. */
export const guessedMount = (path: string): Mount => ({ path: `${path.split('/', 1).join('')}/`, versioned: true })

/** The path as Vault wants it and its policies name it: with `data/` behind the mount of a KV version 2, `metadata/` for a list. */
export const requestPath = (request: SecretRequest, mount: Mount | undefined): string => {
  const { path } = request
  if (mount?.versioned !== true || request.method !== 'GET' || isSpelledOut(request, mount)) return path
  return `${mount.path}${isList(request) ? 'metadata' : 'data'}/${path.slice(mount.path.length)}`
}

/** Whether it asks for the names below a path. */
export const isList = ({ query }: Pick<SecretRequest, 'query'>): boolean => query?.['list'] !== undefined

const isSpelledOut = ({ path, spelledOut }: SecretRequest, mount: Mount | undefined): boolean =>
  spelledOut === true &&
  /^(?:data|metadata|subkeys)(?:\/|$)/.test(path.slice(mount?.path.length ?? path.indexOf('/') + 1))
