import type { Log } from '../log.ts'
import { ApiError, type ApiServer } from './api-server.ts'
import { type Lease, leaseLife, roleOf } from './election.ts'
import { type Names, putLease, seeLease } from './objects.ts'

/** One of the replicas leads: it alone writes what all of them share. */
export type Leadership = {
  /** Looks at the Lease, and leads if that is possible. @throws as seeLease does */
  readonly lead: () => Promise<boolean>
  /** Lets another one lead at once, if it was us. */
  readonly stepDown: () => Promise<void>
  readonly isLeader: () => boolean
  /** Whether anybody is seen to lead. */
  readonly hasLeader: () => boolean
}

export type LeadershipParts = {
  readonly api: ApiServer
  readonly names: Names
  /** A name that no other process has, nor had before. */
  readonly me: string
  readonly log: Log
  /** Milliseconds that only ever grow. */
  readonly clock: () => number
}

export const createLeadership = ({ api, names, me, log, clock }: LeadershipParts): Leadership => {
  let lease: Lease | undefined
  let [since, renewed] = [clock(), -Infinity]
  const isLeader = (): boolean => lease?.holder === me && clock() - renewed < leaseLife

  const write = async (): Promise<boolean> => {
    const wasLeader = isLeader()
    const began = clock()
    try {
      lease = await putLease(api, names, me, lease)
    } catch (error) {
      // Somebody was faster: an update of an older version, or the creation of what is there.
      if (error instanceof ApiError && (error.status === 409 || error.status === 422)) return false
      throw error
    }
    ;[since, renewed] = [began, began]
    if (!wasLeader) log.info({ me }, 'leads from now on: keeps the authority and the caBundles')
    return true
  }
  return {
    lead: async () => {
      const now = await seeLease(api, names)
      if (now?.version !== lease?.version) since = clock()
      lease = now
      const role = roleOf(me, lease, clock() - since, clock() - renewed)
      return role === 'lead' || (role !== 'follow' && (await write()))
    },
    stepDown: async () => {
      if (isLeader()) lease = await putLease(api, names, '', lease).catch(() => undefined)
    },
    isLeader,
    hasLeader: () => lease !== undefined && lease.holder !== '' && clock() - since <= leaseLife,
  }
}
