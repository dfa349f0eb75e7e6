import { sentence } from '../errors.ts'
import { lookUpToken } from '../vault/api.ts'
import { passes } from '../vault/retry.ts'
import type { Agent } from './agent.ts'
import { answered } from './answers.ts'
import { insist } from './insist.ts'
import { isOurs, login, revoke } from './login.ts'
import { readMounted, type SecretsSource } from './mounted.ts'
import { isMissing, readerOf } from './read.ts'
import { readRefused } from './refusal.ts'
import type { Request } from './requests.ts'
import { heldOf, resume, save, type Session } from './session.ts'
import { type Held, type HeldToken, isStateThere, readState, type State } from './state.ts'
import { withTemplates } from './templates.ts'
import { askersOf, isOptional, type Wanted, wantedOf } from './wanted.ts'

/**
 * Everything in place: goes on with the token and the leases of an earlier process, or logs in; reads what is not
 * there, writes the state and the files. Revokes its token when it fails.
 * @param running whether an app runs that has to be told of changes
 * @throws PodvaultError
 */
export const prepare = async (agent: Agent, running: boolean): Promise<Session> => {
  const deadline = agent.clock.now() + agent.config.loginTimeout * 1000
  const mounted = await lastMounted(agent)
  const wanted = wantedOf(agent.config, mounted)
  const left = resume(agent, mounted)
  if (left === undefined && isStateThere(agent.config.folders.state))
    agent.log('warn', 'state unusable', {
      hint: 'it is damaged, or of a podvault that this one does not know; logs in and reads anew, and what it held ends by itself',
    })
  const earlier = await stillValid(agent, left, deadline)
  const token = earlier?.state.token ?? (await login(agent, deadline))
  try {
    return await readMissing(agent, { token, mounted, wanted, earlier, deadline }, running)
  } catch (error) {
    if (earlier === undefined && isOurs(agent.config)) await revoke(agent, { token, former: [] })
    throw error
  }
}

/** What the mounted secrets files say; where that is of no use, what they said to an earlier process. @throws PodvaultError */
export const lastMounted = async ({
  config,
  log,
}: Pick<Agent, 'config' | 'log'>): Promise<readonly SecretsSource[]> => {
  try {
    const mounted = await readMounted(config)
    wantedOf(config, mounted)
    return mounted
  } catch (error) {
    const known = readState(config.folders.state)?.mounted ?? null
    if (known === null) throw error
    log('warn', 'secrets files unusable', { reason: sentence(error) })
    return Promise.all(known.map(async file => ({ ...file, entries: await withTemplates(file.entries, file.source) })))
  }
}

const stillValid = async (
  agent: Agent,
  session: Session | undefined,
  deadline: number,
): Promise<Session | undefined> => {
  const token = session?.state.token
  const { vault, signal } = agent
  // Whether it has ended is for Vault to say: it has the clock that counts.
  if (token === undefined || token.lost) return undefined
  const known = await insist(agent, { what: 'token', deadline }, timeout =>
    lookUpToken(vault, { token: token.value, signal, timeout }),
  )
  // A Vault that is away for so long is no reason to give up what is there.
  return known.kind === 'ok' || passes(known) ? session : undefined
}

type Start = {
  readonly token: HeldToken
  readonly mounted: readonly SecretsSource[]
  readonly wanted: Wanted
  readonly earlier: Session | undefined
  readonly deadline: number
}

const readMissing = async (agent: Agent, start: Start, running: boolean): Promise<Session> => {
  const { token, mounted, earlier, deadline } = start
  const reader = earlier?.reader ?? readerOf(agent.vault)
  const kept = (earlier?.state.held ?? []).filter(held => isUsable(held, agent.clock.now()))
  // The first refusal ends the other reads too.
  const failed = new AbortController()
  const signal = AbortSignal.any([agent.signal, failed.signal])
  const ask = async (request: Request, asking: Wanted): Promise<Held> => {
    const patience = { what: request.path, deadline, loggedInAt: token.loggedInAt }
    let asked = agent.clock.now()
    const outcome = await insist({ ...agent, signal }, patience, timeout => {
      asked = agent.clock.now()
      return reader.read({ token: token.value, signal, timeout }, request)
    })
    if (outcome.kind === 'ok') return heldOf(agent, asking, request, outcome.value, asked)
    if (isMissing(outcome) && isOptional(askersOf(asking, request.id))) return heldOf(agent, asking, request, null)
    throw readRefused(agent.config, request, reader.mountOf(request), outcome)
  }
  const { wanted, held } = await answered({ wanted: start.wanted, held: kept }, { ...agent, ask }).finally(() =>
    failed.abort(),
  )
  const state: State = {
    version: 2,
    at: agent.clock.moment(),
    token,
    former: earlier?.state.former ?? [],
    mounts: reader.mounts(),
    held,
    told: earlier?.state.told ?? [],
    shown: false,
    mounted,
    changedAt: earlier?.state.changedAt ?? agent.clock.moment().wall,
  }
  return save(agent, { state, wanted, reader }, running)
}

/** Its lease runs, or it is not yet time to look again. */
const isUsable = ({ lease, due }: Held, now: number): boolean =>
  lease === null ? due === null || due > now : lease.endsAt > now
