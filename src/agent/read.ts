import { type Bearer, lookUpMount, readSecret } from '../vault/api.ts'
import type { Vault } from '../vault/client.ts'
import type { Mount, Outcome, Secret } from '../vault/responses.ts'
import { passes } from '../vault/retry.ts'

export type Read = { readonly secret: Secret; readonly mount: Mount | undefined }

/** Reads secrets and remembers the engines it has met, one lookup for each. */
export type Reader = {
  readonly read: (bearer: Bearer, path: string) => Promise<Outcome<Read>>
  /** The engines met so far. */
  readonly mounts: () => readonly Mount[]
  readonly mountOf: (path: string) => Mount | undefined
  /** The engine of this path may have been replaced by one of another version: ask anew next time. */
  readonly forget: (path: string) => void
}

/** @param known engines met by an earlier process */
export const readerOf = (vault: Vault, known: readonly Mount[] = []): Reader => {
  let mounts = known
  const lookups = new Map<string, Promise<unknown>>()
  const mountOf = (path: string) => mounts.find(mount => path.startsWith(mount.path))

  const findMount = async (bearer: Bearer, path: string): Promise<Outcome<Mount | undefined>> => {
    const first = path.split('/', 1).join('')
    // Another path may be asking for the same engine right now.
    while (lookups.has(first)) await lookups.get(first)?.catch(() => undefined)
    const met = mountOf(path)
    if (met !== undefined) return { kind: 'ok', value: met }
    const lookup = lookUpMount(vault, bearer, path).finally(() => lookups.delete(first))
    lookups.set(first, lookup)
    const outcome = await lookup
    if (outcome.kind === 'ok') mounts = [...mounts, outcome.value]
    // An old Vault has no such page, a narrow policy no right to it; the secret itself may still be readable.
    return outcome.kind === 'ok' || passes(outcome) ? outcome : { kind: 'ok', value: undefined }
  }

  const read = async (bearer: Bearer, path: string): Promise<Outcome<Read>> => {
    const mount = await findMount(bearer, path)
    if (mount.kind !== 'ok') return mount
    const secret = await readSecret(vault, bearer, path, mount.value)
    return secret.kind === 'ok' ? { kind: 'ok', value: { secret: secret.value, mount: mount.value } } : secret
  }
  const forget = (path: string): void => {
    mounts = mounts.filter(mount => !path.startsWith(mount.path))
  }
  return { read, mounts: () => mounts, mountOf, forget }
}

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
