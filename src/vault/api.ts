import { foldPath, type Vault } from './client.ts'
import {
  type Grant,
  grantOf,
  type Lease,
  leaseOf,
  type Mount,
  mountOf,
  type Outcome,
  type Secret,
  secretOf,
  understand,
} from './responses.ts'

/** What goes with every request made for a token. */
export type Bearer = { readonly token: string; readonly signal?: AbortSignal; readonly timeout?: number }

export type Credentials = { readonly path: string; readonly role: string; readonly jwt: string }

/** Trades a service account token for a Vault token; the kubernetes and jwt methods ask for the same. */
export const logIn = async (
  vault: Vault,
  { path, role, jwt }: Credentials,
  options: { readonly signal?: AbortSignal; readonly timeout?: number } = {},
): Promise<Outcome<Grant>> =>
  understand(
    await vault.request({ method: 'POST', path: `auth/${path}/login`, body: { role, jwt }, ...options }),
    body => grantOf(body, ''),
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

/** @param mount undefined when Vault would not say which engine this is */
export const readSecret = async (
  vault: Vault,
  bearer: Bearer,
  path: string,
  mount: Mount | undefined,
): Promise<Outcome<Secret>> => {
  const read = async (requested: string, versioned: boolean | undefined) =>
    understand(await vault.request({ method: 'GET', path: requested, ...bearer }), body => secretOf(body, versioned))
  const outcome = await read(requestPath(path, mount), mount?.versioned)
  if (mount !== undefined || outcome.kind !== 'status' || !outcome.errors.some(error => error.includes('versioned')))
    return outcome
  // Only KV version 2 says so, and where its mount ends is a guess that fits almost everyone.
  return read(requestPath(path, { path: `${path.split('/', 1)[0]}/`, versioned: true }), true)
}

/** The path as Vault wants it and its policies name it: with `data/` behind the mount of a KV version 2. */
export const requestPath = (path: string, mount: Mount | undefined): string => {
  const folded = foldPath(path)
  return mount?.versioned === true ? `${mount.path}data/${folded.slice(mount.path.length)}` : folded
}
