// PURE: when an answer without a lease is asked for again, from what it says about its own end.
import { member } from '../shape.ts'
import type { Request } from './requests.ts'
import { type Due, expiryDue, refreshDue, renewalDue, rotationDue, type Timing } from './schedule.ts'
import { sshEnd } from './ssh-certificate.ts'

type Data = Readonly<Record<string, unknown>>

/**
 * A password that Vault rotates: right after. A certificate that was made for us: before it ends, and not earlier, for
 * another look would make another one. A token that says how long it lives: before it ends. All else: within `refresh`.
 */
export const unleasedDue = (timing: Timing, { method }: Request, data: Data, now: number, random: number): Due => {
  const has = (key: string): boolean => member(data, key) !== undefined
  const ttl = seconds(data, 'ttl')
  if (ttl !== undefined && (has('rotation_period') || has('rotation_schedule'))) return rotationDue(ttl, now)
  const end = method === 'GET' ? undefined : endOf(data)
  if (end !== undefined) return expiryDue(end, timing, now, random)
  const refresh = refreshDue(timing, now, random)
  const life = ttl ?? seconds(data, 'token_ttl')
  if (typeof member(data, 'token') !== 'string' || life === undefined || life === 0) return refresh
  const renewal = renewalDue(life, timing, now, random)
  return refresh === null || renewal === null ? renewal : Math.min(refresh, renewal)
}

const seconds = (data: Data, key: string): number | undefined => {
  const value = member(data, key)
  return typeof value === 'number' ? value : undefined
}

/** When what was made for us ends, in seconds since 1970, as far as that is known. */
export const endOf = (data: Data): number | undefined => {
  if (typeof member(data, 'certificate') === 'string') return seconds(data, 'expiration')
  const signed = member(data, 'signed_key')
  return typeof signed === 'string' ? sshEnd(signed) : undefined
}
