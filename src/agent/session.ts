import { member } from '../shape.ts'
import type { Secret } from '../vault/responses.ts'
import type { Agent } from './agent.ts'
import { unleasedDue } from './expiry.ts'
import { areThere, changedIn, writeFiles } from './files.ts'
import { toldOf } from './hooks.ts'
import type { SecretsSource } from './mounted.ts'
import { type Reader, readerOf } from './read.ts'
import { keyMissing } from './refusal.ts'
import { withQuestions } from './questions.ts'
import { render } from './render.ts'
import type { Rendered, Value, Values } from './values.ts'
import type { Request } from './requests.ts'
import { refreshDue, renewalDue } from './schedule.ts'
import { type Held, readState, type State, writeState } from './state.ts'
import { askersOf, keysOf, requiredKeys, type Wanted, wantedOf } from './wanted.ts'

/** What a running agent knows: the state of its leases with the values they came with, and what is wanted of them. */
export type Session = {
  readonly state: State
  readonly wanted: Wanted
  readonly reader: Reader
  /** How long Vault took for its last answers. Milliseconds. */
  readonly took?: number
  /** What is known stands not yet in the files: when they are tried again, after so many failures. */
  readonly unwritten?: { readonly due: number; readonly failures: number }
}

/** The session of an earlier process, as far as it fits what is wanted now; asks nobody. */
export const resume = (
  { config, vault }: Pick<Agent, 'config' | 'vault'>,
  mounted: readonly SecretsSource[],
): Session | undefined => {
  const state = readState(config.folders.state)
  if (state === undefined) return undefined
  const now = state.changedAt
  const wanted = withQuestions(config, { ...wantedOf(config, mounted), now }, valuesOf(state))
  const held = state.held.filter(each => wanted.requests.has(each.id) && covers(each, wanted))
  const same = JSON.stringify(mounted) === JSON.stringify(state.mounted)
  return {
    state: { ...state, mounted, held, shown: state.shown && same },
    wanted,
    reader: readerOf(vault, state.mounts),
  }
}

/** Whether everything that is wanted of the secret has been kept. */
export const covers = ({ id, keys }: Held, wanted: Wanted): boolean => {
  const needed = keysOf(askersOf(wanted, id))
  return keys === null || (needed !== null && [...needed].every(key => keys.includes(key)))
}

export const valuesOf = ({ held }: Pick<State, 'held'>): Values => new Map(held.map(({ id, value }) => [id, value]))

/** Whether every wanted secret is there: then there is nothing that cannot wait until it is due. */
export const isComplete = ({ state, wanted }: Pick<Session, 'state' | 'wanted'>): boolean => {
  const values = valuesOf(state)
  return [...wanted.requests.keys()].every(id => values.has(id))
}

/** Whether the app has been given anything yet. */
export const isShown = ({ config }: Pick<Agent, 'config'>): boolean => areThere(config.folders.secrets)

/**
 * State first, then the files that are made from it: whoever comes after a kill in between makes them.
 * @param running whether an app runs that has to be told of changes
 * @throws PodvaultError when a file cannot be made, or the system's error when it cannot be written
 */
export const save = (agent: Agent, session: Session, running: boolean): Session => {
  const { config, clock, log } = agent
  const { reader } = session
  const values = valuesOf(session.state)
  const { token } = session.state
  const { wanted, rendered } = makeAll(agent, session, values)
  const told = toldOf(agent, { wanted, values, token, told: session.state.told, running })
  const state = {
    ...session.state,
    at: clock.moment(),
    mounts: reader.mounts(),
    told,
    shown: true,
    changedAt: wanted.now,
  }
  const writes = writesOf(wanted)
  const changed = changedIn(rendered)
  if (!session.state.shown || changed.size > 0) {
    const failure = failureOf(() => writeState(config.folders.state, { ...state, shown: false }, writes))
    // Without a state the next process reads everything anew; without the files the app has nothing.
    writeFiles(rendered, changed)
    if (failure !== undefined) throw failure.error
  }
  const kept = writeState(config.folders.state, state, writes)
  if (!running && kept === 'token')
    log('warn', 'state too large', { hint: 'a restarted podvault-renew reads all secrets anew; ask for fewer leases' })
  const files = [...changed.values()].flatMap(each => [...each.keys()])
  if (files.length > 0) log('info', 'written', { files: files.join(' ') })
  return { ...session, state, wanted }
}

/** All files. What templates take for the time stays the same as long as nothing else of them changes. */
const makeAll = (
  { config, clock }: Agent,
  { wanted, state: { token, held, changedAt } }: Session,
  values: Values,
): { readonly wanted: Wanted; readonly rendered: Rendered } => {
  const leases = held.flatMap(({ lease }) => lease?.id ?? []).toReversed()
  const at = (now: number) => {
    const dated = { ...wanted, now }
    return { wanted: dated, rendered: render(config, dated, values, { ...token, leases }) }
  }
  const before = at(changedAt)
  return changedIn(before.rendered).size === 0 ? before : at(clock.moment().wall)
}

/** The state alone, where nothing of it shows in the files. @throws the system's error */
export const saveState = ({ config, clock }: Agent, session: Session): Session => {
  const { reader, wanted } = session
  const state = { ...session.state, at: clock.moment(), mounts: reader.mounts() }
  writeState(config.folders.state, state, writesOf(wanted))
  return { ...session, state }
}

/** What makes something new each time. */
const writesOf = ({ requests }: Wanted): ReadonlySet<string> =>
  new Set([...requests.values()].filter(({ method }) => method !== 'GET').map(({ id }) => id))

const failureOf = (work: () => unknown): { readonly error: unknown } | undefined => {
  try {
    work()
    return undefined
  } catch (error) {
    return { error }
  }
}

/**
 * What is kept of an answer, and when to come back; null: there is no such secret.
 * @param asked when, in milliseconds: a lease runs from then on, the answer may have taken long
 * @throws PodvaultError when a key is not there
 */
export const heldOf = (
  { config, clock }: Pick<Agent, 'config' | 'clock'>,
  wanted: Wanted,
  request: Request,
  secret: Secret | null,
  asked = clock.now(),
): Held => {
  const { id } = request
  const [now, random] = [asked, clock.random()]
  const needed = keysOf(askersOf(wanted, id))
  const keys = needed === null ? null : [...needed]
  const rest = { id, failures: 0, denied: false, keys }
  if (secret === null) return { ...rest, lease: null, due: refreshDue(config, now, random), value: null }
  const { lease, data } = secret
  const missing = askersOf(wanted, id)
    .flatMap(requiredKeys)
    .find(key => member(data, key) === undefined)
  if (missing !== undefined) throw keyMissing(request.path, missing, Object.keys(data))
  const whole = askersOf(wanted, id).some(asker => asker.whole)
  const value = part(secret, keys, whole)
  if (lease.id === '') {
    // What is in the data, like the end of a certificate, goes by the clock on the wall.
    const { wall } = clock.moment()
    const due = unleasedDue(config, request, data, wall, random)
    return { ...rest, lease: null, due: due === null ? null : due - wall + now, value }
  }
  const due = renewalDue(lease.seconds, config, now, random)
  return { ...rest, lease: { ...lease, endsAt: now + lease.seconds * 1000 }, due, value }
}

const part = ({ data, envelope, rest }: Secret, keys: readonly string[] | null, whole: boolean): Value =>
  keys === null
    ? { data, ...(envelope !== undefined && { envelope }), ...(whole && rest !== undefined && { rest }) }
    : { data: Object.fromEntries(keys.flatMap(key => (Object.hasOwn(data, key) ? [[key, data[key]]] : []))) }
