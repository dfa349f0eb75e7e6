import { isTrusted, type Situation } from './leaf.ts'
import { lifeOf } from './trust.ts'

/** Since when the caBundles have the authority that signs, and how long it has to wait; milliseconds. */
export type Settling = { readonly authority: string; readonly since: number; readonly left: number } | undefined

/** Milliseconds until every API server has heard of a change: each follows it by a watch of its own. */
export const settlingTime = 5000

/** Milliseconds: what is as old as this when we come has been heard of, even if the leader died on the way. */
const old = 5 * 60_000

/**
 * A leaf of a new authority is shown only when every API server trusts it. Nobody tells us; so we wait.
 * @param before what this function gave the last time
 * @param clock milliseconds that only ever grow
 */
export const settle = (
  before: Settling,
  { trust, registrations, leaf, now }: Pick<Situation, 'trust' | 'registrations' | 'leaf' | 'now'>,
  clock: number,
): Settling => {
  if (typeof trust === 'string' || !isTrusted(trust.current.cert, registrations)) return undefined
  const authority = trust.current.cert
  if (before?.authority === authority)
    return { ...before, left: before.left === 0 ? 0 : Math.max(0, settlingTime - (clock - before.since)) }
  const isOld = leaf === undefined && now - lifeOf(authority).madeAt >= old
  return { authority, since: clock, left: isOld ? 0 : settlingTime }
}
