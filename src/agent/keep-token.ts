import { sentence } from '../errors.ts'
import { lookUpToken, renewToken } from '../vault/api.ts'
import type { Outcome } from '../vault/responses.ts'
import { backoff, type Failure, passes } from '../vault/retry.ts'
import type { Agent } from './agent.ts'
import { bearerOf, readNow, waitAfter, write, writeState } from './keep-going.ts'
import { tryLogin } from './login.ts'
import { wordsOf } from './refusal.ts'
import { inTime, isLastResort, isShort, longestWait, renewalDue } from './schedule.ts'
import type { Session } from './session.ts'
import type { HeldToken, State } from './state.ts'

/** Renews the token, or logs in anew when it cannot go on; what came with the old token is then read anew. */
export const keepToken = async (agent: Agent, session: Session): Promise<Session> => {
  const { vault, clock, config, log } = agent
  const { token } = session.state
  const asked = clock.now()
  if (token.lost || !token.renewable || isLastResort(token, asked)) return logInAgain(agent, session)
  const outcome = await renewToken(vault, bearerOf(agent, session), token.seconds)
  if (outcome.kind === 'ok') {
    const { seconds } = outcome.value
    const spent = isShort(seconds, token.seconds)
    log('info', 'token renewed', { seconds, last: spent })
    // Counted from the question: the answer may have taken long.
    const due = renewalDue(seconds, config, asked, clock.random())
    const endsAt = seconds === 0 ? null : asked + seconds * 1000
    const took = clock.now() - asked
    return writeState(agent, withToken({ ...session, took }, { ...token, due, endsAt, failures: 0, renewable: !spent }))
  }
  const { failures, endsAt } = token
  const wait = waitAfter(agent, outcome, { failures, endsAt, seconds: token.seconds })
  if (wait === undefined) {
    log('warn', 'token lost', { reason: wordsOf(outcome) })
    return withToken(session, { ...token, lost: true, due: clock.now() })
  }
  log('warn', 'token not renewed', { reason: wordsOf(outcome), seconds: wait / 1000, ...leftOf(agent, endsAt) })
  // Also past its end: only Vault knows whether that has come, and says so as soon as it answers.
  return withToken(session, { ...token, failures: failures + 1, due: clock.now() + wait })
}

/** How many seconds are left of it, for the log. */
export const leftOf = ({ clock }: Pick<Agent, 'clock'>, endsAt: number | null): { readonly left?: number } =>
  endsAt === null ? {} : { left: Math.max(0, Math.round((endsAt - clock.now()) / 1000)) }

const withToken = (session: Session, token: HeldToken): Session => ({ ...session, state: { ...session.state, token } })

const logInAgain = async (agent: Agent, session: Session): Promise<Session> => {
  const { token } = session.state
  const outcome = await logIn(agent, session)
  if (outcome.kind === 'ok') return moveTo(agent, session, outcome.value)
  const { failures, seconds } = token
  // A lost one has no time left that could be used.
  const stake = { failures, seconds, endsAt: token.lost ? null : token.endsAt }
  // Also a refusal may pass: Vault refuses everybody while it cannot ask the API server.
  const wait = waitAfter(agent, outcome, stake) ?? refusedWait(agent, stake)
  agent.log('warn', 'login failed', { reason: wordsOf(outcome), seconds: wait / 1000 })
  return withToken(session, { ...token, failures: failures + 1, due: agent.clock.now() + wait })
}

const refusedWait = (
  { clock }: Agent,
  { failures, endsAt }: { readonly failures: number; readonly endsAt: number | null },
) => Math.ceil(inTime(backoff({ failures, random: clock.random(), longest: longestWait(0) }), endsAt, clock.now()))

/**
 * After a refusal, which may mean the token or its policies: a login cures both. Where that fails, only a token that Vault
 * does not know is lost; with one that it knows, everything else goes on.
 */
export const loginAfterRefusal = async (agent: Agent, session: Session): Promise<Session> => {
  const { vault, clock, log } = agent
  const { token } = session.state
  const outcome = await logIn(agent, session)
  if (outcome.kind === 'ok') return moveTo(agent, session, outcome.value)
  log('warn', 'login failed', { reason: wordsOf(outcome) })
  const known = await lookUpToken(vault, bearerOf(agent, session))
  if (known.kind === 'ok' || passes(known)) return session
  log('warn', 'token lost', { reason: wordsOf(known) })
  const wait = refusedWait(agent, { failures: 0, endsAt: null })
  return withToken(session, { ...token, lost: true, failures: 1, due: clock.now() + wait })
}

const moveTo = (agent: Agent, session: Session, token: HeldToken): Session => {
  const now = agent.clock.now()
  const { token: old, former, held } = session.state
  agent.log('info', 'logged in again', { seconds: token.seconds })
  // A token from a file may be the one of before: then everything that came with it goes on.
  if (token.value === old.value) return writeState(agent, withToken(session, token))
  const running = former.filter(({ endsAt }) => endsAt === null || endsAt > now)
  const ended = old.endsAt !== null && old.endsAt <= now
  // Not revoked yet: the app may still use what came with it.
  const replaced = ended || old.batch ? [] : [{ value: old.value, endsAt: old.endsAt }]
  const state: State = {
    ...session.state,
    token,
    former: [...running, ...replaced],
    held: held.map(each => (each.lease !== null || each.failures > 0 ? readNow(each, now) : each)),
  }
  return write(agent, { ...session, state })
}

/** A local trouble, like a token file that cannot be read, is one more failure to come back from. */
const logIn = async (agent: Agent, session: Session): Promise<Outcome<HeldToken>> => {
  try {
    return await tryLogin(agent, bearerOf(agent, session).timeout)
  } catch (error) {
    if (agent.signal.aborted) throw error
    return { kind: 'network', reason: sentence(error) } satisfies Failure
  }
}
