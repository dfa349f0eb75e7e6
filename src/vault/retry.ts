/** A version of a KV version 2 secret that was there once. */
export type Gone = { readonly version: number; readonly destroyed: boolean }

/** A request of a login that takes several; `role` is the path of the AppRole it leads to. */
export type Step = { readonly path: string; readonly capability: 'read' | 'update'; readonly role: string }

/** Why a request gave nothing, as data: the retry table and the sentences people read are made from it. */
export type Failure =
  | {
      readonly kind: 'status'
      readonly status: number
      readonly errors: readonly string[]
      readonly retryAfter?: string
      readonly gone?: Gone
      /** The step of a login that failed, where it has several. */
      readonly at?: Step
    }
  | { readonly kind: 'network'; readonly reason: string }
  | { readonly kind: 'redirect'; readonly reason: string }
  | { readonly kind: 'unusable'; readonly reason: string }

export type Retry = { readonly kind: 'wait'; readonly milliseconds: number } | { readonly kind: 'give-up' }

export type Attempt = {
  /** How often this has failed before, from 0. */
  readonly failures: number
  readonly failure: Failure
  /** Milliseconds, as every time here. */
  readonly now: number
  /** At least 0, below 1. */
  readonly random: number
  /** When the token was obtained; undefined for requests without one. */
  readonly loggedInAt?: number | undefined
  /** The longest wait between two attempts. */
  readonly longest: number
}

/** A new token may not be known on every node of a cluster yet: so long a 403 or 404 may be a lie. */
const settling = 2000
const first = 250

/** The retry table: what may pass by itself is tried again, later and later; what a person must mend is final. */
export const retry = ({ failures, failure, now, random, loggedInAt, longest }: Attempt): Retry => {
  const jittered = backoff({ failures, random, longest })
  if (passes(failure)) return wait(Math.max(jittered, failure.kind === 'status' ? asked(failure.retryAfter, now) : 0))
  const unsettled = loggedInAt !== undefined && now - loggedInAt < settling
  const unknown = failure.kind === 'status' && (failure.status === 403 || failure.status === 404)
  return unsettled && unknown ? wait(Math.min(jittered, 500)) : { kind: 'give-up' }
}

/** Later and later; half of it is chance, so that many do not come back at once. Milliseconds. */
export const backoff = ({ failures, random, longest }: Pick<Attempt, 'failures' | 'random' | 'longest'>): number => {
  const most = Math.min(first * 2 ** Math.min(failures, 20), longest)
  return most / 2 + (most / 2) * random
}

/** Whether it may pass by itself: a Vault that is away, sealed, busy or lagging, not one that refuses. */
export const passes = (failure: Failure): boolean =>
  failure.kind === 'status'
    ? failure.status >= 500 || failure.status === 429 || failure.status === 412
    : failure.kind !== 'redirect'

/** Whether it answers nobody, whatever is asked: not a single engine that fails. */
export const isAway = (failure: Failure): boolean =>
  failure.kind === 'network' || (failure.kind === 'status' && [429, 502, 503, 504].includes(failure.status))

const wait = (milliseconds: number): Retry => ({ kind: 'wait', milliseconds: Math.ceil(milliseconds) })

const longestAsked = 5 * 60_000

/** Retry-After in milliseconds, given as seconds or as a date; 0 when absent or unreadable. */
const asked = (retryAfter: string | undefined, now: number): number => {
  if (retryAfter === undefined) return 0
  const milliseconds = /^\d+$/.test(retryAfter) ? Number(retryAfter) * 1000 : Date.parse(retryAfter) - now
  return Number.isNaN(milliseconds) ? 0 : Math.min(Math.max(milliseconds, 0), longestAsked)
}
