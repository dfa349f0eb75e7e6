import { readFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { run } from './place.ts'

/** An answered request in Vault's audit log. Values in it are hashed by Vault. */
export type Audited = {
  readonly type: string
  readonly time: string
  readonly error?: string
  readonly auth?: { readonly accessor: string; readonly metadata?: Readonly<Record<string, string>> }
  readonly request: { readonly path: string; readonly operation: string; readonly remote_address: string }
  readonly response?: { readonly secret?: { readonly lease_id: string } }
}

/** What a pod, known by its address, has asked a Vault, in order. */
export const audited = (podIP: string, server = 'vault'): readonly Audited[] =>
  readFileSync(`${run}/logs/${server}-audit`, 'utf8')
    .split('\n')
    // The last line may not be whole yet.
    .filter(line => line.endsWith('}'))
    .map(line => JSON.parse(line) as Audited)
    .filter(entry => entry.type === 'response' && entry.request.remote_address === podIP)

/** Waits for an entry that the pod's part of the log does not have yet. */
export const nextAudited = async (
  podIP: string,
  isWanted: (entry: Audited) => boolean,
  server = 'vault',
): Promise<Audited> => {
  const known = audited(podIP, server).length
  // The log is a file of another process: there is nothing to wait on but the file.
  for (const deadline = Date.now() + 60_000; Date.now() < deadline; await wait(100)) {
    const entry = audited(podIP, server).slice(known).find(isWanted)
    if (entry !== undefined) return entry
  }
  throw new Error(`${server} was not asked by ${podIP} what was expected, within a minute`)
}

export const isLeaseRenewal = (entry: Audited): boolean => entry.request.path.startsWith('sys/leases/renew')

export const isLogin = (entry: Audited): boolean => entry.request.path === 'auth/kubernetes/login'
