import { sentence } from '../errors.ts'
import { renewLease } from '../vault/api.ts'
import type { Agent } from './agent.ts'
import { unrenewable, waitAfter, write } from './keep-going.ts'
import { eachOf } from './read.ts'
import { readRefused, wordsOf } from './refusal.ts'
import { accept } from './render.ts'
import { isShort, longestWait, renewalDue } from './schedule.ts'
import { type PathRead, readOf, type Session } from './session.ts'
import type { Held } from './state.ts'

type Kept =
  | { readonly kind: 'read'; readonly read: PathRead }
  | { readonly kind: 'held'; readonly held: Held }
  /** Vault refuses the token itself, as far as this path can tell. */
  | { readonly kind: 'denied'; readonly held: Held }

/** Renews or reads what is due, and writes what has changed, all of it at once. */
export const keepPaths = async (agent: Agent, session: Session, paths: readonly string[]): Promise<Session> => {
  const due = session.state.held.filter(({ path }) => paths.includes(path))
  const kept = await eachOf(due, held => keepPath(agent, session, held))
  const reads = kept.flatMap(each => (each.kind === 'read' ? [each.read] : []))
  const changes = new Map(reads.map(({ held, value }) => [held.path, value]))
  const { values, problems } = accept(session.files, agent.config.env, session.values, changes)
  for (const problem of problems) agent.log('warn', 'not written', { reason: sentence(problem) })
  const renewed = new Map(
    kept.map(each => (each.kind === 'read' ? each.read.held : each.held)).map(held => [held.path, held]),
  )
  const held = session.state.held.map(each => renewed.get(each.path) ?? each)
  const lost = kept.some(({ kind }) => kind === 'denied')
  const token = lost ? { ...session.state.token, lost, due: agent.clock.now() } : session.state.token
  if (lost) agent.log('warn', 'token lost', { reason: 'Vault refused it' })
  return write(agent, { ...session, values, state: { ...session.state, held, token } })
}

const keepPath = async (agent: Agent, session: Session, held: Held): Promise<Kept> => {
  const { vault, signal, clock, config, log } = agent
  const { path, lease } = held
  if (lease === null || !lease.renewable) return readAgain(agent, session, held)
  const { token } = session.state
  const outcome = await renewLease(vault, { token: token.value, signal }, lease.id, lease.seconds)
  const now = clock.now()
  if (outcome.kind === 'ok') {
    const { seconds } = outcome.value
    const last = isShort(seconds, lease.seconds)
    log('info', 'lease renewed', { path, seconds, last })
    // Its max_ttl is near. Read now, so that the app has the rest of the old lease to change over.
    if (last) return readAgain(agent, session, { ...held, lease: unrenewable(lease) })
    const due = renewalDue(seconds, config, now, clock.random())
    return { kind: 'held', held: { ...held, lease: { ...lease, endsAt: now + seconds * 1000 }, due, failures: 0 } }
  }
  const wait = waitAfter(agent, held.failures, outcome, lease.seconds)
  if (wait === undefined) return readAgain(agent, session, { ...held, lease: unrenewable(lease) })
  log('warn', 'lease not renewed', { path, reason: wordsOf(outcome), seconds: wait / 1000 })
  return { kind: 'held', held: { ...held, failures: held.failures + 1, due: now + wait } }
}

const readAgain = async (agent: Agent, session: Session, held: Held): Promise<Kept> => {
  const { clock, config, log, signal } = agent
  const { token } = session.state
  const { path } = held
  const outcome = await session.reader.read({ token: token.value, signal }, path)
  const now = clock.now()
  if (outcome.kind === 'ok') {
    try {
      const read = readOf(agent, session.files, path, outcome.value.secret)
      log('info', 'read', { path, ...(read.held.lease && { seconds: read.held.lease.seconds }) })
      return { kind: 'read', read }
    } catch (error) {
      log('warn', 'not read', { path, reason: sentence(error) })
      return { kind: 'held', held: { ...held, failures: held.failures + 1, due: now + refusedWait(agent, held) } }
    }
  }
  const wait = waitAfter(agent, held.failures, outcome, held.lease?.seconds ?? 0, token.loggedInAt)
  if (wait === undefined && outcome.kind === 'status' && outcome.status === 403 && !held.denied)
    return { kind: 'denied', held: { ...held, failures: held.failures + 1, denied: true } }
  const reason =
    wait === undefined ? sentence(readRefused(config, path, session.reader.mountOf(path), outcome)) : wordsOf(outcome)
  if (outcome.kind === 'status' && outcome.status === 404) session.reader.forget(path)
  const delay = wait ?? refusedWait(agent, held)
  log('warn', 'not read', { path, reason, seconds: delay / 1000 })
  return { kind: 'held', held: { ...held, failures: held.failures + 1, due: now + delay } }
}

/** How long to leave a refusal alone: somebody has to mend something first. */
const refusedWait = ({ config }: Agent, { lease }: Held): number =>
  lease === null && config.refresh > 0 ? Math.max(1000, config.refresh * 1000) : longestWait(0)
