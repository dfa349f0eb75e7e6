import type { Outcome } from '../vault/responses.ts'
import { retry } from '../vault/retry.ts'
import type { Agent } from './agent.ts'
import { wordsOf } from './refusal.ts'

/** A wait that a person would not call long. */
const longest = 5000

export type Patience = {
  /** What is being tried, for the log. */
  readonly what: string
  /** When to give up, in milliseconds since 1970. */
  readonly deadline: number
  readonly loggedInAt?: number
}

/**
 * Asks until there is an answer, a refusal that is final, or no time left; the last attempt is at the deadline.
 * @param ask is told how many milliseconds it may take
 */
export const insist = async <T>(
  { clock, log, signal }: Agent,
  { what, deadline, loggedInAt }: Patience,
  ask: (timeout: number) => Promise<Outcome<T>>,
): Promise<Outcome<T>> => {
  // The first is given up soon, in case it went to a server that is no more; the others wait for one that is slow.
  const attempt = (timeout: number) => ask(Math.min(timeout, Math.max(1000, deadline - clock.now())))
  let outcome = await attempt(20_000)
  for (let failures = 0; outcome.kind !== 'ok'; failures += 1) {
    const now = clock.now()
    const decision = retry({ failures, failure: outcome, now, random: clock.random(), longest, loggedInAt })
    if (decision.kind === 'give-up' || now >= deadline) break
    const wait = Math.min(decision.milliseconds, deadline - now)
    log('warn', 'retrying', { what, reason: wordsOf(outcome), seconds: wait / 1000 })
    await clock.sleep(wait, signal)
    outcome = await attempt(60_000)
  }
  return outcome
}
