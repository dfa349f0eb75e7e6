import { readFileSync } from 'node:fs'
import { run } from './place.ts'

/** An answered request in Vault's audit log. Values in it are hashed by Vault. */
export type Audited = {
  readonly type: string
  readonly time: string
  readonly error?: string
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

export const isLogin = (entry: Audited): boolean => entry.request.path === 'auth/kubernetes/login'
