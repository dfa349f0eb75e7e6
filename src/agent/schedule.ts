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

export type Next = {
  /** Milliseconds from now; undefined when nothing will ever be due. */
  readonly wait: number | undefined
  readonly token: boolean
  /** Ids of requests. */
  readonly secrets: readonly string[]
  readonly hooks: boolean
  readonly files: boolean
}

/** What can become due. */
export type Plan = {
  readonly token: TokenLife
  readonly secrets: readonly (Timed & { readonly id: string })[]
  readonly hooks: readonly Timed[]
  /** The next look at mounted secrets files. */
  readonly files: Due
}

/**
 * What is due now, and how long to wait when nothing is. A lost token comes before everything: without it Vault
 * answers nothing else. The app can always be told.
 */
export const next = ({ token, secrets, hooks, files }: Plan, now: number): Next => {
  const told = hooks.map(({ due }) => due)
  const waiting = [token.due, ...told, ...(token.lost ? [] : [files, ...secrets.map(({ due }) => due)])]
  const dues = waiting.filter(due => due !== null)
  const isDue = (due: Due) => due !== null && due <= now
  return {
    wait: dues.length === 0 ? undefined : Math.max(0, Math.min(...dues) - now),
    token: isDue(token.due),
    secrets: token.lost ? [] : secrets.filter(({ due }) => isDue(due)).map(({ id }) => id),
    hooks: told.some(isDue),
    files: !token.lost && isDue(files),
  }
}
