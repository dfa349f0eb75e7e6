import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { OnChange } from '../contract.ts'
import { entryOf, onChangeOf } from '../decode-config.ts'
import { type Check, listOf, nullOr, numberFrom, objectOf, objectWith, oneOf, record, text, truth } from '../shape.ts'
import { parseJson } from '../vault/json.ts'
import type { Mount } from '../vault/responses.ts'
import { explained, writeDurably } from './files.ts'
import { machineTime, type Moment } from './clock.ts'
import type { SecretsSource } from './mounted.ts'
import { asToday } from './older-state.ts'
import type { Value } from './values.ts'

/** Times are in milliseconds by the clock of `at`, null: never; `seconds` is what Vault granted first. */
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

/** One request that has been answered, and the lease the answer came with. */
export type Held = {
  /** Of the request. */
  readonly id: string
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
  /** The keys that were kept of the answer; null: all of it. */
  readonly keys: readonly string[] | null
  /** What was kept; null: Vault has no such secret. */
  readonly value: Value | null
}

/** What the app knows of the outputs that one hook stands for. */
export type Told = {
  readonly onChange: OnChange
  /** Of these outputs as they were written last. */
  readonly hash: string
  /** When the app will be told of them; null: it knows. */
  readonly due: number | null
  readonly failures: number
}

/** What login hands over to renew, and renew to itself after a restart. The files can be made from it without asking Vault. */
export type State = {
  readonly version: 2
  /** When it was written: whoever goes on from it goes on with this clock. */
  readonly at: Moment
  readonly token: HeldToken
  /** Tokens replaced before their end: the app may still use what came with them. */
  readonly former: readonly { readonly value: string; readonly endsAt: number | null }[]
  readonly mounts: readonly Mount[]
  readonly held: readonly Held[]
  readonly told: readonly Told[]
  /** Whether the files that are made from it are in place. */
  readonly shown: boolean
  /** What the mounted secrets files said when they could last be used; null: not kept. */
  readonly mounted: readonly SecretsSource[] | null
  /** When something of the files changed last. */
  readonly changedAt: number
}

const valueRead: Check<Value> = objectWith({ data: record }, { envelope: record, rest: record })

const time = numberFrom(0)
const state: Check<State> = objectOf({
  version: oneOf(2),
  at: objectOf({ now: time, wall: time, up: time }),
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
      id: text,
      lease: nullOr(objectOf({ id: text, seconds: time, renewable: truth, endsAt: time })),
      due: nullOr(time),
      failures: time,
      denied: truth,
      keys: nullOr(listOf(text)),
      value: nullOr(valueRead),
    }),
  ),
  shown: truth,
  told: listOf(objectOf({ onChange: onChangeOf, hash: text, due: nullOr(time), failures: time })),
  mounted: nullOr(listOf(objectOf({ name: text, source: text, entries: listOf(entryOf) }))),
  changedAt: time,
})

const fileName = 'state.json'

/** Undefined when there is none, or none that can be believed: then a login makes another. */
export const readState = (folder: string): State | undefined => {
  try {
    const wall = Date.now()
    const now = { now: wall, wall, up: machineTime() }
    return state(asToday(parseJson(readFileSync(join(folder, fileName), 'utf8')), now), '')
  } catch {
    return undefined
  }
}

/** Whether there is one, to be believed or not. */
export const isStateThere = (folder: string): boolean => existsSync(join(folder, fileName))

/** The state's volume takes 1 MiB, and while it is replaced there are two of it, in pages of their own. */
const mostBytes = 256 * 1024
const mostAtAll = 480 * 1024

/** What of it has been kept: all, what comes only once, or so little that the next process reads everything anew. */
export type Extent = 'all' | 'made' | 'token'

/** Without what another read would give again: a lease, or what a write has made, comes only once. */
const withoutReadable = (current: State, writes: ReadonlySet<string>): State => ({
  ...current,
  held: current.held.filter(({ lease, id }) => lease !== null || writes.has(id)),
})

/** Its leases end by themselves, or with the token. */
const tokenAlone = (current: State): State => ({ ...current, held: [], mounted: null })

const fitting = (current: State, writes: ReadonlySet<string>): readonly [Extent, content: string] => {
  const whole = JSON.stringify(current)
  if (Buffer.byteLength(whole) <= mostBytes) return ['all', whole]
  const made = JSON.stringify(withoutReadable(current, writes))
  return Buffer.byteLength(made) <= mostAtAll ? ['made', made] : ['token', JSON.stringify(tokenAlone(current))]
}

/**
 * Replaces the state in one step. Written before the files that are made from it, so that no lease is ever lost.
 * @param writes ids of the requests that make something new each time
 */
export const writeState = (folder: string, current: State, writes: ReadonlySet<string>): Extent => {
  mkdirSync(folder, { recursive: true })
  const temporary = join(folder, `${fileName}.next`)
  const [extent, content] = fitting(current, writes)
  try {
    writeDurably(temporary, content, 0o600)
    renameSync(temporary, join(folder, fileName))
  } catch (error) {
    // Half of it takes room that the next attempt may need.
    rmSync(temporary, { force: true })
    throw explained(folder, error)
  }
  return extent
}

/** After a revocation nothing in it is of use. */
export const forgetState = (folder: string): void => rmSync(join(folder, fileName), { force: true })

/** Tells a change from none; it guards against no enemy. FNV-1a twice: loading node:crypto would cost each login 4 ms. */
export const hashOf = (content: string): string =>
  [0x811c9dc5, 0x01000193].map(seed => fnv1a(content, seed).toString(16).padStart(8, '0')).join('')

const fnv1a = (content: string, seed: number): number => {
  let hash = seed
  for (let index = 0; index < content.length; index += 1) hash = Math.imul(hash ^ content.charCodeAt(index), 0x01000193)
  return hash >>> 0
}
