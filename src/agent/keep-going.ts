// What keeping a token and keeping a secret have in common.
import { sentence } from '../errors.ts'
import { type Failure, retry } from '../vault/retry.ts'
import type { Agent } from './agent.ts'
import { longestWait } from './schedule.ts'
import { save, type Session } from './session.ts'
import type { Held } from './state.ts'

/** Due at once, and by a read: whatever lease it has is not worth renewing. */
export const readNow = (held: Held, now: number): Held => ({ ...held, lease: unrenewable(held.lease), due: now })

/** Still running, so that it is known when the secret is needed, but to be replaced by a new one. */
export const unrenewable = (lease: Held['lease']): Held['lease'] =>
  lease === null ? null : { ...lease, renewable: false }

/** Milliseconds to the next attempt; undefined when another attempt will not help. */
export const waitAfter = (
  { clock }: Agent,
  failures: number,
  failure: Failure,
  seconds: number,
  loggedInAt?: number,
): number | undefined => {
  const times = { now: clock.now(), random: clock.random(), longest: longestWait(seconds) }
  const decision = retry({ failures, failure, ...times, loggedInAt })
  return decision.kind === 'wait' ? decision.milliseconds : undefined
}

/** Writes the state of the session, and its files. A full disk is retried with the next change. */
export const write = (agent: Agent, session: Session): Session => {
  try {
    return save(agent, session, true)
  } catch (error) {
    agent.log('warn', 'not written', { reason: sentence(error) })
    return session
  }
}
