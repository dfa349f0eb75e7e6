import { type Bearer, guessedMount, lookUpMount, readSecret, requestPath } from '../vault/api.ts'
import type { Vault } from '../vault/client.ts'
import type { Mount, Outcome, Secret } from '../vault/responses.ts'
import { type Failure, passes } from '../vault/retry.ts'
import type { Request } from './requests.ts'

/** Reads secrets and remembers the engines it has met, one lookup for each. */
export type Reader = {
  readonly read: (bearer: Bearer, request: Request) => Promise<Outcome<Secret>>
  /** The engines met so far. */
  readonly mounts: () => readonly Mount[]
  /** The engine that a request goes to, as far as it is known or told. */
  readonly mountOf: (request: Request) => Mount | undefined
  /** The engine of this path may have been replaced by one of another version: ask anew next time. */
  readonly forget: (path: string) => void
}

/** @param known engines met by an earlier process */
export const readerOf = (vault: Vault, known: readonly Mount[] = []): Reader => {
  let mounts = known
  const lookups = new Map<string, Promise<unknown>>()
  const met = (path: string) => mounts.find(mount => `${path}/`.startsWith(mount.path))

  const findMount = async (bearer: Bearer, path: string): Promise<Outcome<Mount | undefined>> => {
    const first = path.split('/', 1).join('')
    // Another path may be asking for the same engine right now.
    while (lookups.has(first)) await lookups.get(first)?.catch(() => undefined)
    const mount = met(path)
    if (mount !== undefined) return { kind: 'ok', value: mount }
    const lookup = lookUpMount(vault, bearer, path).finally(() => lookups.delete(first))
    lookups.set(first, lookup)
    const outcome = await lookup
    if (outcome.kind === 'ok') mounts = [...mounts, outcome.value]
    // An old Vault has no such page, a narrow policy no right to it; the secret itself may still be readable.
    return outcome.kind === 'ok' || passes(outcome) ? outcome : { kind: 'ok', value: undefined }
  }

  const mountOf = ({ path, method, kv }: Request): Mount | undefined => {
    if (method !== 'GET' || kv === 'v1') return undefined
    const mount = met(path)
    return kv === undefined ? mount : { path: mount?.path ?? guessedMount(path).path, versioned: true }
  }

  /** Told what it is, it spends no request on asking: a token may be counted. Only when the guess gives nothing, Vault is asked. */
  const readVersioned = async (bearer: Bearer, request: Request): Promise<Outcome<Secret>> => {
    const guess = mountOf(request)
    const outcome = await readSecret(vault, bearer, request, guess)
    if (!isElsewhere(outcome) || met(request.path) !== undefined) return outcome
    const mount = await findMount(bearer, request.path)
    if (mount.kind !== 'ok' || mount.value?.versioned !== true || mount.value.path === guess?.path) return outcome
    return readSecret(vault, bearer, request, mount.value)
  }

  /** KV version 2 wants what is written below `data/` and in a `data` of its own; templates need not know. */
  const write = async (bearer: Bearer, request: Request): Promise<Outcome<Secret>> => {
    const outcome = await readSecret(vault, bearer, request, undefined)
    if (!isForVersions(outcome)) return outcome
    const mount = await findMount(bearer, request.path)
    if (mount.kind !== 'ok' || mount.value?.versioned !== true) return outcome
    const path = requestPath({ path: request.path, method: 'GET', spelledOut: true }, mount.value)
    return readSecret(vault, bearer, { ...request, path, params: { data: request.params } }, undefined)
  }

  const read = async (bearer: Bearer, request: Request): Promise<Outcome<Secret>> => {
    if (request.method !== 'GET') return write(bearer, request)
    if (request.kv === 'v1') return readSecret(vault, bearer, request, { path: '', versioned: false })
    if (request.kv === 'v2') return readVersioned(bearer, request)
    const mount = await findMount(bearer, request.path)
    return mount.kind === 'ok' ? readSecret(vault, bearer, request, mount.value) : mount
  }
  const forget = (path: string): void => {
    mounts = mounts.filter(mount => !`${path}/`.startsWith(mount.path))
  }
  return { read, mounts: () => mounts, mountOf, forget }
}

/** What KV version 2 says to a write that is none of its own. */
const isForVersions = (outcome: Outcome<unknown>): boolean =>
  outcome.kind === 'status' &&
  [400, 404].includes(outcome.status) &&
  outcome.errors.some(error => error.includes('versioned') || error === 'no data provided')

/** What Vault says of a path below no engine, and of one below another engine than was meant. */
const isElsewhere = (outcome: Outcome<unknown>): boolean =>
  isStatus(outcome, 403) || (isStatus(outcome, 404) && !('gone' in outcome))

/** Vault answers so when it has no such secret, or no such engine. */
export const isMissing = (outcome: Outcome<unknown>): outcome is Failure => isStatus(outcome, 404)

const isStatus = (outcome: Outcome<unknown>, status: number): boolean =>
  outcome.kind === 'status' && outcome.status === status

/** Does the work for all items, at most `width` at a time; the first failure ends it. */
export const eachOf = async <T, R>(
  items: readonly T[],
  work: (item: T) => Promise<R>,
  width = 8,
): Promise<readonly R[]> => {
  const results: R[] = []
  const rest = items.entries()
  const worker = async () => {
    for (const [index, item] of rest) results[index] = await work(item)
  }
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker))
  return results
}
