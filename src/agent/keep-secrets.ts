import { sentence } from '../errors.ts'
import { type Bearer, renewLease } from '../vault/api.ts'
import { type Failure, isAway } from '../vault/retry.ts'
import type { Agent } from './agent.ts'
import { answered } from './answers.ts'
import { bearerOf, unrenewable, waitAfter, write, writeState } from './keep-going.ts'
import { leftOf, loginAfterRefusal } from './keep-token.ts'
import { eachOf, isMissing } from './read.ts'
import { readRefused, wordsOf } from './refusal.ts'
import { accept } from './accept.ts'
import type { Request } from './requests.ts'
import { isShort, longestWait, renewalDue } from './schedule.ts'
import { heldOf, type Session, valuesOf } from './session.ts'
import type { Held } from './state.ts'
import { askersOf, isOptional, type Wanted } from './wanted.ts'

type Kept = {
  readonly held: Held
  /** `denied`: Vault refuses the token itself, as far as this request can tell. `away`: it answers nobody. */
  readonly kind: 'read' | 'renewed' | 'failed' | 'denied' | 'away'
  /** Milliseconds to the answer, where there was one. */
  readonly took?: number
}

/** Renews or reads what is due, and writes what has changed, all of it at once. */
export const keepSecrets = async (agent: Agent, session: Session, ids: readonly string[]): Promise<Session> => {
  const { wanted, state } = session
  const chosen = new Set(ids)
  const due = state.held.filter(({ id }) => chosen.has(id))
  const kept = await keepEach(agent, session, due)
  const reads = kept.flatMap(({ kind, held }) => (kind === 'read' ? [held] : []))
  const { problems } = accept(agent.config, wanted, valuesOf(state), valuesOf({ held: reads }))
  for (const problem of problems.values()) agent.log('warn', 'not written', { reason: sentence(problem) })
  const outcomes = new Map(kept.map(({ held }) => [held.id, held]))
  const held = state.held.map(each => {
    if (problems.has(each.id)) return later(agent, each, refusedWait(agent, each))
    return asBefore(each, outcomes.get(each.id) ?? each)
  })
  const took = Math.max(0, ...kept.map(each => each.took ?? 0))
  const next = { ...session, ...(took > 0 && { took }), state: { ...state, held } }
  const written = writeChanges(agent, await follow(agent, session, next), session)
  return kept.some(({ kind }) => kind === 'denied') ? loginAfterRefusal(agent, written) : written
}

/** Vault numbers its answers, which is no change of the secret. */
const asBefore = (old: Held, held: Held): Held =>
  held.lease === null && old.value !== null && saidBy(old) === saidBy(held) ? { ...held, value: old.value } : held

const saidBy = ({ value }: Held): string => JSON.stringify([value?.data, value?.envelope])

/**
 * Reads what templates come to ask for in view of what has changed. Where that cannot be had, the change is left out, to
 * be looked at again: the files stay as they are.
 */
const follow = async (agent: Agent, before: Session, after: Session): Promise<Session> => {
  const { state, reader } = after
  // Nothing asks by itself.
  if (before.wanted.declared === undefined) return after
  const bearer = bearerOf(agent, after)
  const ask = async (request: Request, wanted: Wanted): Promise<Held> => {
    const outcome = await reader.read(bearer, request)
    if (outcome.kind === 'ok') return heldOf(agent, wanted, request, outcome.value)
    if (isMissing(outcome) && isOptional(askersOf(wanted, request.id))) return heldOf(agent, wanted, request, null)
    throw readRefused(agent.config, request, reader.mountOf(request), outcome)
  }
  try {
    const answers = await answered({ wanted: after.wanted, held: state.held }, { ...agent, ask })
    return { ...after, wanted: answers.wanted, state: { ...state, held: answers.held } }
  } catch (error) {
    agent.signal.throwIfAborted()
    agent.log('warn', 'not written', { reason: sentence(error) })
    const known = new Map(before.state.held.map(held => [held.id, held]))
    const held = state.held.map(each => {
      const old = known.get(each.id)
      const isSame = JSON.stringify(old?.value?.data) === JSON.stringify(each.value?.data)
      return old === undefined || isSame ? each : later(agent, old, refusedWait(agent, old))
    })
    return { ...after, state: { ...state, held } }
  }
}

/** Of a secret that is as it was, nothing is worth a write: whoever comes next looks at it a little too soon. */
const writeChanges = (agent: Agent, session: Session, { state }: Session): Session => {
  const before = new Map(state.held.map(held => [held.id, held]))
  const differs = (of: (held: Held | undefined) => unknown) =>
    session.state.held.some(held => {
      const old = before.get(held.id)
      return held !== old && JSON.stringify(of(held)) !== JSON.stringify(of(old))
    })
  if (differs(held => held?.value)) return write(agent, session)
  return differs(held => held?.lease) ? writeState(agent, session) : session
}

/** A Vault that is away is not asked for ten thousand secrets in a row: the rest waits as long as the first that failed. */
const keepEach = (agent: Agent, session: Session, due: readonly Held[]): Promise<readonly Kept[]> => {
  let away: number | null = null
  const bearer = bearerOf(agent, session)
  return eachOf(due, async (held): Promise<Kept> => {
    if (away !== null) return { kind: 'away', held: { ...held, failures: held.failures + 1, due: away } }
    const asked = agent.clock.now()
    const kept = await keepSecret(agent, { session, bearer }, held)
    if (kept.kind !== 'away') return { ...kept, took: agent.clock.now() - asked }
    away ??= kept.held.due
    return kept
  })
}

/** What all requests of one round have in common. */
type Round = { readonly session: Session; readonly bearer: Bearer }

const keepSecret = async (agent: Agent, round: Round, held: Held): Promise<Kept> => {
  const { vault, clock, config, log } = agent
  const { session, bearer } = round
  const { id, lease } = held
  const request = session.wanted.requests.get(id)
  if (request === undefined) return { kind: 'failed', held: { ...held, due: null } }
  if (lease === null || !lease.renewable) return readAgain(agent, round, held, request)
  const { path } = request
  const asked = clock.now()
  const outcome = await renewLease(vault, bearer, lease.id, lease.seconds)
  if (outcome.kind === 'ok') {
    const { seconds } = outcome.value
    const last = isShort(seconds, lease.seconds)
    log('info', 'lease renewed', { path, seconds, last })
    const endsAt = asked + seconds * 1000
    // Its max_ttl is near. Read now, so that the app has the rest of the old lease to change over.
    if (last) return readAgain(agent, round, { ...held, lease: { ...lease, renewable: false, endsAt } }, request)
    const due = renewalDue(seconds, config, asked, clock.random())
    return { kind: 'renewed', held: { ...held, lease: { ...lease, endsAt }, due, failures: 0 } }
  }
  const wait = waitAfter(agent, outcome, { ...lease, failures: held.failures })
  if (wait === undefined) return readAgain(agent, round, { ...held, lease: unrenewable(lease) }, request)
  const facts = { path, reason: wordsOf(outcome), seconds: wait / 1000, ...leftOf(agent, lease.endsAt) }
  log('warn', 'lease not renewed', facts)
  return { kind: kindOf(outcome), held: later(agent, held, wait) }
}

const readAgain = async (agent: Agent, { session, bearer }: Round, held: Held, request: Request): Promise<Kept> => {
  const { config, log, clock } = agent
  const { wanted, reader, state } = session
  const { path, id } = request
  const asked = clock.now()
  const endsAt = held.lease?.endsAt ?? null
  const outcome = await reader.read(bearer, request)
  if (outcome.kind === 'ok')
    try {
      const read = heldOf(agent, wanted, request, outcome.value, asked)
      log('info', 'read', { path, ...(read.lease && { seconds: read.lease.seconds }) })
      return { kind: 'read', held: read }
    } catch (error) {
      log('warn', 'not read', { path, reason: sentence(error) })
      return { kind: 'failed', held: later(agent, held, refusedWait(agent, held)) }
    }
  const missing = isMissing(outcome)
  const mount = reader.mountOf(request)
  if (missing) reader.forget(path)
  const { loggedInAt } = state.token
  const stake = { seconds: held.lease?.seconds ?? 0, endsAt, failures: held.failures, loggedInAt }
  const wait = waitAfter(agent, outcome, stake)
  if (wait === undefined && missing && isOptional(askersOf(wanted, id))) {
    if (held.value !== null) log('info', 'gone', { path })
    return { kind: 'read', held: heldOf(agent, wanted, request, null) }
  }
  if (wait === undefined && outcome.kind === 'status' && outcome.status === 403 && !held.denied)
    return { kind: 'denied', held: { ...later(agent, held, refusedWait(agent, held)), denied: true } }
  const reason = wait === undefined ? sentence(readRefused(config, request, mount, outcome)) : wordsOf(outcome)
  const delay = wait ?? refusedWait(agent, held)
  log('warn', 'not read', { path, reason, seconds: delay / 1000, ...leftOf(agent, endsAt) })
  return { kind: kindOf(outcome), held: later(agent, held, delay) }
}

const kindOf = (failure: Failure): 'away' | 'failed' => (isAway(failure) ? 'away' : 'failed')

const later = ({ clock }: Agent, held: Held, wait: number): Held => ({
  ...held,
  failures: held.failures + 1,
  due: clock.now() + wait,
})

/** How long to leave a refusal alone: somebody has to mend something first. */
const refusedWait = ({ config }: Agent, { lease }: Held): number =>
  lease === null && config.refresh > 0 ? Math.max(1000, config.refresh * 1000) : longestWait(0)
