import { sentence } from '../errors.ts'
import { renewLease } from '../vault/api.ts'
import type { Agent } from './agent.ts'
import { answered } from './answers.ts'
import { unrenewable, waitAfter, write } from './keep-going.ts'
import { eachOf, isMissing } from './read.ts'
import { readRefused, wordsOf } from './refusal.ts'
import { accept } from './render.ts'
import type { Request } from './requests.ts'
import { isShort, longestWait, renewalDue } from './schedule.ts'
import { heldOf, type Session, valuesOf } from './session.ts'
import type { Held } from './state.ts'
import { askersOf, isOptional, type Wanted } from './wanted.ts'

type Kept =
  | { readonly kind: 'read'; readonly held: Held }
  | { readonly kind: 'held'; readonly held: Held }
  /** Vault refuses the token itself, as far as this request can tell. */
  | { readonly kind: 'denied'; readonly held: Held }

/** Renews or reads what is due, and writes what has changed, all of it at once. */
export const keepSecrets = async (agent: Agent, session: Session, ids: readonly string[]): Promise<Session> => {
  const { wanted, state } = session
  const chosen = new Set(ids)
  const due = state.held.filter(({ id }) => chosen.has(id))
  const kept = await eachOf(due, held => keepSecret(agent, session, held))
  const lost = kept.some(({ kind }) => kind === 'denied')
  const token = lost ? { ...state.token, lost, due: agent.clock.now() } : state.token
  if (lost) agent.log('warn', 'token lost', { reason: 'Vault refused it' })
  const reads = kept.flatMap(({ kind, held }) => (kind === 'read' ? [held] : []))
  const { problems } = accept(agent.config, wanted, valuesOf(state), valuesOf({ held: reads }))
  for (const problem of problems.values()) agent.log('warn', 'not written', { reason: sentence(problem) })
  const renewed = new Map(kept.map(({ held }) => [held.id, held]))
  const held = state.held.map(each => {
    if (problems.has(each.id)) return later(agent, each, refusedWait(agent, each))
    return renewed.get(each.id) ?? each
  })
  return write(agent, await follow(agent, session, { ...session, state: { ...state, held, token } }))
}

/**
 * Reads what templates come to ask for in view of what has changed. Where that cannot be had, the change is left out, to
 * be looked at again: the files stay as they are.
 */
const follow = async (agent: Agent, before: Session, after: Session): Promise<Session> => {
  const { state, reader } = after
  // Nothing asks by itself.
  if (before.wanted.declared === undefined) return after
  const bearer = { token: state.token.value, signal: agent.signal }
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

const keepSecret = async (agent: Agent, session: Session, held: Held): Promise<Kept> => {
  const { vault, signal, clock, config, log } = agent
  const { id, lease } = held
  const request = session.wanted.requests.get(id)
  if (request === undefined) return { kind: 'held', held: { ...held, due: null } }
  if (lease === null || !lease.renewable) return readAgain(agent, session, held, request)
  const { path } = request
  const { token } = session.state
  const outcome = await renewLease(vault, { token: token.value, signal }, lease.id, lease.seconds)
  const now = clock.now()
  if (outcome.kind === 'ok') {
    const { seconds } = outcome.value
    const last = isShort(seconds, lease.seconds)
    log('info', 'lease renewed', { path, seconds, last })
    // Its max_ttl is near. Read now, so that the app has the rest of the old lease to change over.
    if (last) return readAgain(agent, session, { ...held, lease: unrenewable(lease) }, request)
    const due = renewalDue(seconds, config, now, clock.random())
    return { kind: 'held', held: { ...held, lease: { ...lease, endsAt: now + seconds * 1000 }, due, failures: 0 } }
  }
  const wait = waitAfter(agent, held.failures, outcome, lease.seconds)
  if (wait === undefined) return readAgain(agent, session, { ...held, lease: unrenewable(lease) }, request)
  log('warn', 'lease not renewed', { path, reason: wordsOf(outcome), seconds: wait / 1000 })
  return { kind: 'held', held: later(agent, held, wait) }
}

const readAgain = async (agent: Agent, session: Session, held: Held, request: Request): Promise<Kept> => {
  const { config, log, signal } = agent
  const { wanted, reader, state } = session
  const { path, id } = request
  const outcome = await reader.read({ token: state.token.value, signal }, request)
  if (outcome.kind === 'ok')
    try {
      const read = heldOf(agent, wanted, request, outcome.value)
      log('info', 'read', { path, ...(read.lease && { seconds: read.lease.seconds }) })
      return { kind: 'read', held: read }
    } catch (error) {
      log('warn', 'not read', { path, reason: sentence(error) })
      return { kind: 'held', held: later(agent, held, refusedWait(agent, held)) }
    }
  const missing = isMissing(outcome)
  const mount = reader.mountOf(request)
  if (missing) reader.forget(path)
  const wait = waitAfter(agent, held.failures, outcome, held.lease?.seconds ?? 0, state.token.loggedInAt)
  if (wait === undefined && missing && isOptional(askersOf(wanted, id))) {
    if (held.value !== null) log('info', 'gone', { path })
    return { kind: 'read', held: heldOf(agent, wanted, request, null) }
  }
  if (wait === undefined && outcome.kind === 'status' && outcome.status === 403 && !held.denied)
    return { kind: 'denied', held: { ...held, failures: held.failures + 1, denied: true } }
  const reason = wait === undefined ? sentence(readRefused(config, request, mount, outcome)) : wordsOf(outcome)
  const delay = wait ?? refusedWait(agent, held)
  log('warn', 'not read', { path, reason, seconds: delay / 1000 })
  return { kind: 'held', held: later(agent, held, delay) }
}

const later = ({ clock }: Agent, held: Held, wait: number): Held => ({
  ...held,
  failures: held.failures + 1,
  due: clock.now() + wait,
})

/** How long to leave a refusal alone: somebody has to mend something first. */
const refusedWait = ({ config }: Agent, { lease }: Held): number =>
  lease === null && config.refresh > 0 ? Math.max(1000, config.refresh * 1000) : longestWait(0)
