import { readFileSync } from 'node:fs'
import { PodvaultError, sentence } from '../errors.ts'
import { logIn, revokeToken } from '../vault/api.ts'
import type { Grant, Outcome } from '../vault/responses.ts'
import type { Agent } from './agent.ts'
import { insist } from './insist.ts'
import { loginRefused } from './refusal.ts'
import { renewalDue } from './schedule.ts'
import type { HeldToken, State } from './state.ts'

/** One attempt. The service account token is read each time: the kubelet rotates it. */
export const tryLogin = async (agent: Agent, timeout?: number): Promise<Outcome<HeldToken>> => {
  const { config, vault, clock, signal } = agent
  const { path, role } = config.auth
  const jwt = serviceAccountToken(config.auth.tokenFile)
  const before = clock.now()
  const outcome = await logIn(vault, { path, role, jwt }, { signal, ...(timeout !== undefined && { timeout }) })
  return outcome.kind === 'ok' ? { kind: 'ok', value: heldToken(agent, outcome.value, before) } : outcome
}

/** Waits for Vault until the deadline. @throws PodvaultError with what to do */
export const login = async (agent: Agent, deadline: number): Promise<HeldToken> => {
  const outcome = await insist(agent, { what: 'login', deadline }, timeout => tryLogin(agent, timeout))
  if (outcome.kind !== 'ok') throw loginRefused(agent.config, outcome)
  const { seconds, renewable } = outcome.value
  agent.log('info', 'logged in', { role: agent.config.auth.role, seconds, renewable })
  return outcome.value
}

const serviceAccountToken = (file: string): string => {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (cause) {
    throw new PodvaultError('failed', `the service account token cannot be read: ${sentence(cause)}`, { cause })
  }
}

const heldToken = ({ clock, config }: Agent, grant: Grant, loggedInAt: number): HeldToken => {
  const { token, accessor, batch, renewable, seconds } = grant
  return {
    value: token,
    accessor,
    batch,
    renewable: renewable && !batch,
    seconds,
    loggedInAt: clock.now(),
    endsAt: seconds === 0 ? null : loggedInAt + seconds * 1000,
    due: renewalDue(seconds, config, loggedInAt, clock.random()),
    failures: 0,
    lost: false,
  }
}

/** The pod ends in two seconds whether Vault answers or not. */
const farewell = 1500

/** Revokes what can be revoked, at once; says when it could not. */
export const revoke = async (
  { vault, log }: Pick<Agent, 'vault' | 'log'>,
  { token, former }: Pick<State, 'token' | 'former'>,
): Promise<void> => {
  const ours = [...(token.batch ? [] : [token]), ...former]
  const outcomes = await Promise.all(ours.map(({ value }) => revokeToken(vault, value, farewell)))
  // 403: it has ended already.
  const failed = outcomes.filter(
    ({ kind, ...more }) => kind !== 'ok' && !('status' in more && more.status === 403),
  ).length
  if (failed === 0) log('info', 'revoked', { tokens: ours.length })
  else log('warn', 'not revoked', { tokens: failed, hint: 'they end by themselves when their time is over' })
}
