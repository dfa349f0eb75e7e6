import { sentence } from '../errors.ts'
import { renewToken } from '../vault/api.ts'
import type { Failure } from '../vault/retry.ts'
import type { Agent } from './agent.ts'
import { readNow, waitAfter, write } from './keep-going.ts'
import { tryLogin } from './login.ts'
import { wordsOf } from './refusal.ts'
import { isShort, longestWait, renewalDue } from './schedule.ts'
import type { Session } from './session.ts'
import type { HeldToken, State } from './state.ts'

/** Renews the token, or logs in anew when it cannot go on; what came with the old token is then read anew. */
export const keepToken = async (agent: Agent, session: Session): Promise<Session> => {
  const { vault, signal, clock, config, log } = agent
  const { token } = session.state
  if (token.lost || !token.renewable) return logInAgain(agent, session)
  const outcome = await renewToken(vault, { token: token.value, signal }, token.seconds)
  const now = clock.now()
  if (outcome.kind === 'ok') {
    const { seconds } = outcome.value
    const spent = isShort(seconds, token.seconds)
    log('info', 'token renewed', { seconds, last: spent })
    const due = renewalDue(seconds, config, now, clock.random())
    const endsAt = seconds === 0 ? null : now + seconds * 1000
    return write(agent, withToken(session, { ...token, due, endsAt, failures: 0, renewable: !spent }))
  }
  const wait = waitAfter(agent, token.failures, outcome, token.seconds)
  if (wait === undefined) {
    log('warn', 'token lost', { reason: wordsOf(outcome) })
    return withToken(session, { ...token, lost: true, due: now })
  }
  log('warn', 'token not renewed', { reason: wordsOf(outcome), seconds: wait / 1000 })
  // Past its end there is nothing left to renew.
  const lost = token.endsAt !== null && token.endsAt <= now
  return withToken(session, { ...token, lost, failures: token.failures + 1, due: now + wait })
}

const withToken = (session: Session, token: HeldToken): Session => ({ ...session, state: { ...session.state, token } })

const logInAgain = async (agent: Agent, session: Session): Promise<Session> => {
  const { clock, log } = agent
  const { token: old, former, held } = session.state
  const outcome = await attempt(agent, () => tryLogin(agent))
  const now = clock.now()
  if (outcome.kind !== 'ok') {
    const wait = waitAfter(agent, old.failures, outcome, old.seconds) ?? longestWait(0)
    log('warn', 'login failed', { reason: wordsOf(outcome), seconds: wait / 1000 })
    return withToken(session, { ...old, failures: old.failures + 1, due: now + wait })
  }
  log('info', 'logged in again', { seconds: outcome.value.seconds })
  // A token from a file may be the one of before: then everything that came with it goes on.
  if (outcome.value.value === old.value) return write(agent, withToken(session, outcome.value))
  const running = former.filter(({ endsAt }) => endsAt === null || endsAt > now)
  const ended = old.endsAt !== null && old.endsAt <= now
  // Not revoked yet: the app may still use what came with it.
  const replaced = ended || old.batch ? [] : [{ value: old.value, endsAt: old.endsAt }]
  const state: State = {
    ...session.state,
    token: outcome.value,
    former: [...running, ...replaced],
    held: held.map(each => (each.lease !== null || each.failures > 0 ? readNow(each, now) : each)),
  }
  return write(agent, { ...session, state })
}

/** A local trouble, like a token file that cannot be read, is one more failure to come back from. */
const attempt = async <T>({ signal }: Agent, work: () => Promise<T>): Promise<T | Failure> => {
  try {
    return await work()
  } catch (error) {
    if (signal.aborted) throw error
    return { kind: 'network', reason: sentence(error) }
  }
}
