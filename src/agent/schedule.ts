// PURE: when what is due. Times are in milliseconds, durations that Vault gives in seconds.

/** What the operator decided: see AgentConfig. */
export type Timing = { readonly renewAt: number; readonly refresh: number }

/** A point in time; null: never. */
export type Due = number | null

/** Our share of the token: `spent` when Vault would not extend it again, `lost` when Vault does not know it any more. */
export type TokenLife = { readonly due: Due; readonly lost: boolean }
/** What has a time of its own: a secret, or something the app is to be told. */
export type Timed = { readonly due: Due }

/** Never closer than this, so that no answer of Vault's makes the agent spin. */
const soonest = 1000

/** A lease or token that was just granted: `renewAt` of it, ±10 %. 0 seconds: it never ends. */
export const renewalDue = (seconds: number, { renewAt }: Timing, now: number, random: number): Due =>
  seconds === 0 ? null : now + Math.max(soonest, seconds * 1000 * Math.min(0.95, renewAt * (0.9 + 0.2 * random)))

/** A secret without a lease: looked at again within `refresh`, a little earlier each time to spread the load. */
export const refreshDue = ({ refresh }: Timing, now: number, random: number): Due =>
  refresh === 0 ? null : now + Math.max(soonest, refresh * 1000 * (0.9 + 0.1 * random))

/** A certificate: `renewAt` of what is left of it. @param expiration in seconds since 1970, as Vault says it */
export const expiryDue = (expiration: number, timing: Timing, now: number, random: number): Due =>
  renewalDue(Math.max(1, expiration - now / 1000), timing, now, random)

/** A password that Vault rotates itself says in its data when: looked at right after. */
export const rotationDue = (ttl: number, now: number): Due => now + ttl * 1000 + 1000

/** A grant shorter than was asked for, by more than rounding: its max_ttl is near and it will not be extended again. */
export const isShort = (granted: number, asked: number): boolean => granted < asked - 1

/** The longest wait between two attempts: short for what ends soon, a minute for the rest. */
export const longestWait = (seconds: number): number =>
  seconds === 0 ? 60_000 : Math.min(60_000, Math.max(1000, seconds * 100))

/** A wait that leaves time for another attempt before the end, whatever somebody asked for. @param endsAt null: never */
export const inTime = (wait: number, endsAt: number | null, now: number): number =>
  endsAt === null || endsAt <= now ? wait : Math.min(wait, Math.max(soonest, (endsAt - now) / 2))

/** So long an answer is waited for. */
const usualPatience = 60_000

/**
 * How long to wait for any answer: half of what is left until something ends, so that a Vault that hangs leaves time for
 * another attempt at that, too. But a Vault that is known to be slow is given its time. Milliseconds.
 * @param ends of all that is held; null: never
 * @param took how long it took for its last answers
 */
export const patience = (ends: readonly Due[], now: number, took = 0): number => {
  const left = ends.reduce<number>(
    (least, end) => (end === null || end <= now ? least : Math.min(least, end - now)),
    Infinity,
  )
  return Math.min(usualPatience, Math.max(2 * soonest, left / 2, took * 1.5))
}

/** Whether a token whose renewal fails is so near its end that a login is tried as well, by turns: either may work. */
export const isLastResort = (
  { failures, seconds, endsAt }: { readonly failures: number; readonly seconds: number; readonly endsAt: Due },
  now: number,
): boolean => endsAt !== null && failures % 2 === 1 && endsAt - now < seconds * 200

export type Next = {
  /** Milliseconds from now; undefined when nothing will ever be due. */
  readonly wait: number | undefined
  readonly token: boolean
  /** Ids of requests. */
  readonly secrets: readonly string[]
  readonly hooks: boolean
  readonly files: boolean
  readonly write: boolean
}

/** What can become due. */
export type Plan = {
  readonly token: TokenLife
  readonly secrets: readonly (Timed & { readonly id: string })[]
  readonly hooks: readonly Timed[]
  /** The next look at mounted secrets files. */
  readonly files: Due
  /** The next attempt to write what could not be written. */
  readonly write: Due
}

/** What is due so soon is taken along: one wake-up, one write. */
const together = 1000

/**
 * What is due now, and how long to wait when nothing is. A lost token comes before everything: without it Vault
 * answers nothing else. The app can always be told, and what is known can be written.
 */
export const next = ({ token, secrets, hooks, files, write }: Plan, now: number): Next => {
  const told = hooks.map(({ due }) => due)
  const waiting = [token.due, write, ...told, ...(token.lost ? [] : [files, ...secrets.map(({ due }) => due)])]
  const dues = waiting.filter(due => due !== null)
  const isDue = (due: Due) => due !== null && due <= now
  const someDue = !token.lost && secrets.some(({ due }) => isDue(due))
  return {
    wait: dues.length === 0 ? undefined : Math.max(0, dues.reduce((one, other) => Math.min(one, other)) - now),
    token: isDue(token.due),
    secrets: someDue ? secrets.filter(({ due }) => due !== null && due <= now + together).map(({ id }) => id) : [],
    hooks: told.some(isDue),
    files: !token.lost && isDue(files),
    write: isDue(write),
  }
}
