// PURE: what is asked of Vault, and what makes two requests the same.
import type { Entry } from '../contract.ts'
import type { SecretRequest } from '../vault/api.ts'
import { foldPath } from '../vault/client.ts'
import { sortedJson } from './sorted-json.ts'

/** One read and one lease, whoever asks for it. */
export type Request = SecretRequest & {
  /** The same for every entry that asks the same. */
  readonly id: string
  /** What the engine is told to be; `version` only makes sense with v2. */
  readonly kv?: 'v1' | 'v2'
}

/** Params make it a write, as Vault's own command line has it: GET has no place for them. */
export const requestOf = ({ path: written, method, params, kv, version, files }: Entry): Request => {
  const path = foldPath(written)
  const engine = version === undefined ? kv : 'v2'
  const request: SecretRequest & Pick<Request, 'kv'> = {
    path,
    method: method ?? (params === undefined ? 'GET' : 'PUT'),
    ...(params !== undefined && { params }),
    ...(engine !== undefined && { kv: engine }),
    ...(version !== undefined && { version }),
    ...(files.some(({ format }) => format.startsWith('vault-agent-')) && { spelledOut: true }),
  }
  return { ...request, id: sortedJson(request) }
}
