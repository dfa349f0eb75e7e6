import type { AgentConfig, Auth } from '../contract.ts'
import { revokeToken } from '../vault/api.ts'
import type { Grant, Outcome } from '../vault/responses.ts'
import type { Agent } from './agent.ts'
import { whoOf } from './identity.ts'
import { insist } from './insist.ts'
import { loginRefused } from './refusal.ts'
import { renewalDue } from './schedule.ts'
import type { HeldToken, State } from './state.ts'
import { farewell, grantOf } from './ways.ts'

/** One attempt, from the beginning: files may have been rotated. @throws PodvaultError as grantOf */
export const tryLogin = async (agent: Agent, timeout?: number): Promise<Outcome<HeldToken>> => {
  const before = agent.clock.now()
  const outcome = await grantOf(agent, timeout)
  return outcome.kind === 'ok' ? { kind: 'ok', value: heldToken(agent, outcome.value, before) } : outcome
}

/** Waits for Vault until the deadline. @throws PodvaultError with what to do */
export const login = async (agent: Agent, deadline: number): Promise<HeldToken> => {
  const patience = { what: 'login', deadline, ...(hasSteps(agent.config.auth) && { loggedInAt: agent.clock.now() }) }
  const outcome = await insist(agent, patience, timeout => tryLogin(agent, timeout))
  if (outcome.kind !== 'ok') throw loginRefused(agent.config, outcome)
  const { seconds, renewable } = outcome.value
  agent.log('info', 'logged in', { as: whoOf(agent.config.auth), seconds, renewable })
  return outcome.value
}

/** A token that was just made is used at once, maybe on a node that does not know it yet. */
const hasSteps = (auth: Auth): boolean => 'approle' in auth

/** Whether it is for us to end the token. */
export const isOurs = ({ auth, revoke: wanted }: AgentConfig): boolean => auth.method !== 'token-file' || wanted

const heldToken = ({ clock, config }: Agent, grant: Grant, loggedInAt: number): HeldToken => {
  const { token, accessor, batch, renewable, seconds, left = seconds } = grant
  return {
    value: token,
    accessor,
    batch,
    renewable: renewable && !batch,
    seconds,
    loggedInAt: clock.now(),
    endsAt: seconds === 0 ? null : loggedInAt + left * 1000,
    due: renewalDue(left, config, loggedInAt, clock.random()),
    failures: 0,
    lost: false,
  }
}

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
