import { mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Check, listOf, nullOr, numberFrom, objectOf, oneOf, text, truth } from '../shape.ts'
import type { Mount } from '../vault/responses.ts'
import { writeDurably } from './files.ts'
import type { Rendered } from './render.ts'

/** Times are in milliseconds since 1970, null: never; `seconds` is what Vault granted first. */
export type HeldToken = {
  readonly value: string
  readonly accessor: string
  readonly batch: boolean
  readonly renewable: boolean
  readonly seconds: number
  readonly loggedInAt: number
  readonly endsAt: number | null
  readonly due: number | null
  readonly failures: number
  /** Vault does not know it any more: log in again. */
  readonly lost: boolean
}

/** One path that has been read, and the lease it came with. */
export type Held = {
  readonly path: string
  readonly lease: {
    readonly id: string
    readonly seconds: number
    readonly renewable: boolean
    readonly endsAt: number
  } | null
  readonly due: number | null
  readonly failures: number
  /** A 403 that a new login did not cure: one login for it is enough. */
  readonly denied: boolean
}

/** What login hands over to renew, and renew to itself after a restart. Holds no secret of the app's. */
export type State = {
  readonly version: 1
  readonly token: HeldToken
  /** Tokens replaced before their end: the app may still use what came with them. */
  readonly former: readonly { readonly value: string; readonly endsAt: number | null }[]
  readonly mounts: readonly Mount[]
  readonly held: readonly Held[]
  /** Of the files that belong to these leases: when the files are others, all is read anew. */
  readonly hash: string
}

const time = numberFrom(0)
const state: Check<State> = objectOf({
  version: oneOf(1),
  token: objectOf({
    value: text,
    accessor: text,
    batch: truth,
    renewable: truth,
    seconds: time,
    loggedInAt: time,
    endsAt: nullOr(time),
    due: nullOr(time),
    failures: time,
    lost: truth,
  }),
  former: listOf(objectOf({ value: text, endsAt: nullOr(time) })),
  mounts: listOf(objectOf({ path: text, versioned: truth })),
  held: listOf(
    objectOf({
      path: text,
      lease: nullOr(objectOf({ id: text, seconds: time, renewable: truth, endsAt: time })),
      due: nullOr(time),
      failures: time,
      denied: truth,
    }),
  ),
  hash: text,
})

const fileName = 'state.json'

/** Undefined when there is none, or none that can be believed: then a login makes another. */
export const readState = (folder: string): State | undefined => {
  try {
    return state(JSON.parse(readFileSync(join(folder, fileName), 'utf8')), '')
  } catch {
    return undefined
  }
}

/** Replaces the state in one step. Written before the files it belongs to, so that no lease is ever lost. */
export const writeState = (folder: string, current: State): void => {
  mkdirSync(folder, { recursive: true })
  const temporary = join(folder, `${fileName}.next`)
  writeDurably(temporary, JSON.stringify(current), 0o600)
  renameSync(temporary, join(folder, fileName))
}

/** After a revocation nothing in it is of use. */
export const forgetState = (folder: string): void => rmSync(join(folder, fileName), { force: true })

/**
 * Tells whether files and state belong together; it guards against a kill in between, not against an enemy. FNV-1a twice:
 * loading node:crypto for it would cost each login 4 ms.
 */
export const hashOf = (files: Rendered): string => {
  const content = JSON.stringify([...files].sort(([one], [other]) => (one < other ? -1 : 1)))
  return [0x811c9dc5, 0x01000193].map(seed => fnv1a(content, seed).toString(16).padStart(8, '0')).join('')
}

const fnv1a = (content: string, seed: number): number => {
  let hash = seed
  for (let index = 0; index < content.length; index += 1) hash = Math.imul(hash ^ content.charCodeAt(index), 0x01000193)
  return hash >>> 0
}
