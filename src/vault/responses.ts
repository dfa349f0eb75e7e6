import { sentence } from '../errors.ts'
import {
  type Check,
  isRecord,
  listOf,
  member,
  numberFrom,
  objectOf,
  objectWith,
  record,
  text,
  truth,
} from '../shape.ts'
import type { Failure, Gone } from './retry.ts'

export type Answer = { readonly kind: 'answer'; readonly body: unknown } | Failure

/** An answer that has been understood, or why there is none. */
export type Outcome<T> = { readonly kind: 'ok'; readonly value: T } | Failure

/** An answer of another shape than Vault's is a failure like any other: something else may be in its place for a while. */
export const understand = <T>(answer: Answer, read: (body: unknown) => T): Outcome<T> => {
  if (answer.kind !== 'answer') return answer
  try {
    return { kind: 'ok', value: read(answer.body) }
  } catch (error) {
    return { kind: 'unusable', reason: `its answer is not what Vault answers: ${sentence(error)}` }
  }
}

/** What a login or a token's renewal grants. `seconds` 0: the token never ends. */
export type Grant = {
  readonly token: string
  readonly accessor: string
  /** A batch token can be neither renewed nor revoked. */
  readonly batch: boolean
  readonly renewable: boolean
  readonly seconds: number
  /** What is left of them, where the token is not new. */
  readonly left?: number
}

/** A lease; `id` is empty where the engine gives none, as KV does. */
export type Lease = { readonly id: string; readonly renewable: boolean; readonly seconds: number }

export type Secret = {
  readonly lease: Lease
  readonly data: Readonly<Record<string, unknown>>
  /** What KV version 2 puts beside `data`: `metadata`. */
  readonly envelope?: Readonly<Record<string, unknown>>
  /** What else there is in the answer: `request_id`, `lease_duration`, `warnings`, … */
  readonly rest?: Readonly<Record<string, unknown>>
}

/** A mounted engine: `path` ends in a slash. */
export type Mount = { readonly path: string; readonly versioned: boolean }

const seconds = numberFrom(0)

const authBody = objectWith(
  {},
  {
    auth: objectWith(
      { client_token: text },
      { accessor: text, token_type: text, renewable: truth, lease_duration: seconds },
    ),
  },
)

/** @throws ShapeError when there is no token in it, as when the role asks for a second factor. */
export const grantOf: Check<Grant> = (body, at) => {
  const { auth } = authBody(body, at)
  const accessor = auth?.accessor ?? ''
  return {
    token: textNotEmpty(auth?.client_token, 'auth.client_token'),
    accessor,
    batch: auth?.token_type === 'batch' || accessor === '',
    renewable: auth?.renewable ?? false,
    seconds: auth?.lease_duration ?? 0,
  }
}

const lookupBody = objectOf({
  data: objectWith({ ttl: seconds }, { accessor: text, type: text, renewable: truth, creation_ttl: seconds }),
})

/** A token that is not ours, as its own lookup tells of it. @throws ShapeError */
export const lookedUpOf = (body: unknown, token: string): Grant => {
  const { ttl, accessor = '', type, renewable = false, creation_ttl = ttl } = lookupBody(body, '').data
  return { token, accessor, batch: type === 'batch', renewable, seconds: ttl === 0 ? 0 : creation_ttl, left: ttl }
}

/** A member of `data` that is text. @throws ShapeError */
export const fieldOf = (body: unknown, name: string): string => {
  const data = record(isRecord(body) ? member(body, 'data') : undefined, 'data')
  return textNotEmpty(member(data, name), `data.${name}`)
}

const textNotEmpty: Check<string> = (value, at) => text(value === '' ? undefined : value, at)

const leaseBody = objectWith({}, { lease_id: text, renewable: truth, lease_duration: seconds })

/** @throws ShapeError */
export const leaseOf: Check<Lease> = (body, at) => {
  const lease = leaseBody(body, at)
  return { id: lease.lease_id ?? '', renewable: lease.renewable ?? false, seconds: lease.lease_duration ?? 0 }
}

/**
 * What a read gave, with the envelope of KV version 2 taken off.
 * @param versioned whether the engine is KV version 2; undefined when Vault would not say, then the body tells: only
 * version 2 puts a version number and a creation time beside `data`, a version 1 secret with a field `data` does not.
 * @throws ShapeError
 */
export const secretOf = (body: unknown, versioned: boolean | undefined): Secret => {
  const data = record(isRecord(body) ? member(body, 'data') : undefined, 'data')
  const lease = leaseOf(body, '')
  const rest = withoutData(body)
  if (!(versioned ?? looksVersioned(data))) return { lease, data, rest }
  return { lease, data: record(member(data, 'data'), 'data.data'), envelope: withoutData(data), rest }
}

const withoutData = (body: unknown): Readonly<Record<string, unknown>> =>
  isRecord(body) ? Object.fromEntries(Object.entries(body).filter(([name]) => name !== 'data')) : {}

/** What a write gave; many answer nothing at all. @throws ShapeError */
export const writtenOf = (body: unknown): Secret => {
  const data = isRecord(body) ? (member(body, 'data') ?? {}) : {}
  return { lease: leaseOf(body ?? {}, ''), data: record(data, 'data'), rest: withoutData(body) }
}

const looksVersioned = (data: Readonly<Record<string, unknown>>): boolean => {
  const metadata = member(data, 'metadata')
  return (
    isRecord(member(data, 'data')) &&
    isRecord(metadata) &&
    typeof member(metadata, 'version') === 'number' &&
    typeof member(metadata, 'created_time') === 'string'
  )
}

const anything: Check<unknown> = value => value

const mountBody = objectOf({ data: objectWith({ path: text, type: text }, { options: anything }) })

/** The answer of `sys/internal/ui/mounts/<path>`. @throws ShapeError */
export const mountOf: Check<Mount> = (body, at) => {
  const { data } = mountBody(body, at)
  const version = isRecord(data.options) ? member(data.options, 'version') : undefined
  return { path: `${data.path.replace(/\/+$/, '')}/`, versioned: data.type === 'kv' && version === '2' }
}

const goneBody = objectOf({
  data: objectOf({ metadata: objectWith({ version: numberFrom(1) }, { destroyed: truth }) }),
})

/** What comes with the 404 of a secret that has been deleted: KV version 2 still knows its metadata. */
export const goneOf = (body: unknown): Gone | undefined => {
  try {
    const { version, destroyed = false } = goneBody(body, '').data.metadata
    return { version, destroyed }
  } catch {
    return undefined
  }
}

const errorBody = objectWith({}, { errors: listOf(text), warnings: listOf(text) })

/** Vault's own words about a refusal, made fit for one line of a log; empty for a body that is not Vault's. */
export const complaints = (body: unknown): readonly string[] => {
  try {
    const { errors = [], warnings = [] } = errorBody(body, '')
    return [...errors, ...warnings].slice(0, 5).map(oneLine)
  } catch {
    return []
  }
}

/** Longer than any sentence of Vault's, shorter than a termination message. */
const longest = 400

export const oneLine = (words: string): string => {
  const line = words.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\p{Cf}\s]+/gu, ' ').trim()
  return line.length > longest ? `${line.slice(0, longest)}…` : line
}
