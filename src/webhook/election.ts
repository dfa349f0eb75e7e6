import { objectWith, text, numberFrom } from '../shape.ts'

/** Who leads, as the Lease says it. */
export type Lease = {
  readonly version: string
  /** Empty where the last leader has stepped down. */
  readonly holder: string
  /** Of the same leader: since when, as the API writes it, and how many there were before it. */
  readonly acquireTime: string
  readonly transitions: number
}

/** Milliseconds: a leader that says nothing for so long is not there any more, and how often it says something. */
export const leaseLife = 15_000
export const leasePeriod = 5_000

/**
 * `lead`: we do · `renew`: we do as soon as we have said so · `acquire`: nobody does, it is ours to try · `follow`.
 * No clock is compared with another's: what counts is how long we have seen nothing of the leader.
 */
export type Role = 'lead' | 'renew' | 'acquire' | 'follow'

/**
 * @param unchanged milliseconds for which we have seen the Lease as it is now
 * @param renewed milliseconds since we renewed it ourselves
 */
export const roleOf = (me: string, lease: Lease | undefined, unchanged: number, renewed: number): Role => {
  if (lease === undefined || lease.holder === '') return 'acquire'
  if (lease.holder === me) return renewed < leasePeriod ? 'lead' : 'renew'
  return unchanged > leaseLife ? 'acquire' : 'follow'
}

const shape = objectWith(
  {
    metadata: objectWith({ resourceVersion: text }, {}),
    spec: objectWith({}, { holderIdentity: text, acquireTime: text, leaseTransitions: numberFrom(0) }),
  },
  {},
)

/** @throws ShapeError */
export const readLease = (body: unknown): Lease => {
  const { metadata, spec } = shape(body, 'Lease')
  const { holderIdentity: holder = '', acquireTime = '', leaseTransitions: transitions = 0 } = spec
  return { version: metadata.resourceVersion, holder, acquireTime, transitions }
}

/** The Lease by which `me` leads, or with an empty name steps down. */
export const leaseOf = (name: string, me: string, before: Lease | undefined, now: Date): object => {
  // The API wants microseconds.
  const at = now.toISOString().replace('Z', '000Z')
  const isSame = before?.holder === me || me === ''
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name, ...(before !== undefined && { resourceVersion: before.version }) },
    spec: {
      holderIdentity: me,
      leaseDurationSeconds: leaseLife / 1000,
      acquireTime: isSame ? before?.acquireTime : at,
      renewTime: at,
      leaseTransitions: (before?.transitions ?? 0) + (before === undefined || isSame ? 0 : 1),
    },
  }
}
