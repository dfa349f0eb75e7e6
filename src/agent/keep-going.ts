// What keeping a token and keeping a secret have in common.
import { sentence } from '../errors.ts'
import { backoff, type Failure, retry } from '../vault/retry.ts'
import type { Agent } from './agent.ts'
import { inTime, longestWait, patience } from './schedule.ts'
import { save, saveState, type Session } from './session.ts'
import type { Held } from './state.ts'

/** Due at once, and by a read: whatever lease it has is not worth renewing. */
export const readNow = (held: Held, now: number): Held => ({ ...held, lease: unrenewable(held.lease), due: now })

/** Still running, so that it is known when the secret is needed, but to be replaced by a new one. */
export const unrenewable = (lease: Held['lease']): Held['lease'] =>
  lease === null ? null : { ...lease, renewable: false }

/** What is at stake: the seconds it was granted for, and when it ends. */
export type Stake = {
  readonly failures: number
  readonly seconds?: number
  readonly endsAt?: number | null
  readonly loggedInAt?: number
}

/** Milliseconds to the next attempt; undefined when another attempt will not help. */
export const waitAfter = ({ clock }: Pick<Agent, 'clock'>, failure: Failure, stake: Stake): number | undefined => {
  const { failures, seconds = 0, endsAt = null, loggedInAt } = stake
  const times = { now: clock.now(), random: clock.random(), longest: longestWait(seconds) }
  const decision = retry({ failures, failure, ...times, loggedInAt })
  return decision.kind === 'wait' ? inTime(decision.milliseconds, endsAt, times.now) : undefined
}

/** What is asked for the session's token, and how long an answer may take without harm to anything that is held. */
export const bearerOf = (
  { clock, signal }: Pick<Agent, 'clock' | 'signal'>,
  { state, took }: Pick<Session, 'state' | 'took'>,
) => {
  const { token, held } = state
  const ends = [token.endsAt, ...held.map(({ lease }) => lease?.endsAt ?? null)]
  return { token: token.value, signal, timeout: patience(ends, clock.now(), took) }
}

/** Writes the state of the session, and its files. What cannot be written, as on a full volume, is tried again. */
export const write = (agent: Agent, session: Session): Session => attempt(agent, session, true)

/** Writes the state alone: nothing has changed that shows in the files. */
export const writeState = (agent: Agent, session: Session): Session =>
  attempt(agent, session, session.unwritten !== undefined)

const attempt = (agent: Agent, session: Session, files: boolean): Session => {
  const { clock, log } = agent
  const { unwritten, ...rest } = session
  try {
    return files ? save(agent, rest, true) : saveState(agent, rest)
  } catch (error) {
    const failures = unwritten?.failures ?? 0
    const wait = Math.ceil(backoff({ failures, random: clock.random(), longest: longestWait(0) }))
    log('warn', 'not written', { reason: sentence(error), seconds: wait / 1000 })
    return {
      ...rest,
      state: { ...rest.state, shown: false },
      unwritten: { failures: failures + 1, due: clock.now() + wait },
    }
  }
}
