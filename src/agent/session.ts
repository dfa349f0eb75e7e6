import type { AgentConfig } from '../contract.ts'
import { isRecord, member } from '../shape.ts'
import { parseJson } from '../vault/json.ts'
import type { Secret } from '../vault/responses.ts'
import type { Agent } from './agent.ts'
import { readFiles, writeFiles } from './files.ts'
import { readerOf, type Reader } from './read.ts'
import { keyMissing } from './refusal.ts'
import { type Rendered, type Values, valueOf } from './render.ts'
import { refreshDue, renewalDue, rotationDue } from './schedule.ts'
import type { WantedFile } from './secrets-files.ts'
import { type Held, hashOf, readState, type State, writeState } from './state.ts'

/** What a running agent knows: the state of its leases, the values they came with, and what is wanted of them. */
export type Session = {
  readonly state: State
  readonly values: Values
  readonly files: readonly WantedFile[]
  readonly reader: Reader
}

/** The session of an earlier process, as far as its state and its files belong together; asks nobody. */
export const resume = (
  { config, vault }: Pick<Agent, 'config' | 'vault'>,
  files: readonly WantedFile[],
): Session | undefined => {
  const state = readState(config.folders.state)
  const written = readFiles(config.folders.secrets)
  if (state === undefined || written === undefined) return undefined
  const trusted = state.hash === hashOf(written)
  const values = trusted ? valuesIn(files, written) : new Map<string, never>()
  const paths = new Set(pathsOf(files))
  const held = state.held.filter(({ path }) => paths.has(path) && values.has(path))
  return { state: { ...state, held }, values, files, reader: readerOf(vault, state.mounts) }
}

/** Whether every wanted secret is there: then there is nothing that cannot wait until it is due. */
export const isComplete = ({ state, files, values }: Session): boolean =>
  pathsOf(files).every(path => state.held.some(held => held.path === path)) &&
  files.every(({ variables }) => variables.every(variable => valueOf(variable, values) !== undefined))

/** State first, then the files it vouches for: a kill in between is seen by the hash. */
export const save = ({ config, log }: Pick<Agent, 'config' | 'log'>, session: Session, rendered: Rendered): Session => {
  const state = { ...session.state, mounts: session.reader.mounts(), hash: hashOf(rendered) }
  writeState(config.folders.state, state)
  if (writeFiles(config.folders.secrets, rendered, config.mode))
    log('info', 'written', { files: [...rendered.keys()].join(' ') })
  return { ...session, state }
}

export type PathRead = { readonly held: Held; readonly value: Readonly<Record<string, unknown>> }

/** What is kept of a secret: the wanted keys, and when to come back. @throws PodvaultError when a key is not there */
export const readOf = (
  { config, clock }: Pick<Agent, 'config' | 'clock'>,
  files: readonly WantedFile[],
  path: string,
  secret: Secret,
): PathRead => {
  const { lease, data } = secret
  const keys = new Set(files.flatMap(file => file.variables.filter(each => each.path === path).map(({ key }) => key)))
  for (const key of keys) if (member(data, key) === undefined) throw keyMissing(path, key, Object.keys(data))
  const [now, random] = [clock.now(), clock.random()]
  const leased = lease.id === '' ? null : { ...lease, endsAt: now + lease.seconds * 1000 }
  const due = leased === null ? unleasedDue(config, data, now, random) : renewalDue(lease.seconds, config, now, random)
  const value = Object.fromEntries([...keys].map(key => [key, data[key]]))
  return { held: { path, lease: leased, due, failures: 0, denied: false }, value }
}

const unleasedDue = (config: AgentConfig, data: Readonly<Record<string, unknown>>, now: number, random: number) => {
  const ttl = member(data, 'ttl')
  const rotated = typeof ttl === 'number' && member(data, 'rotation_period') !== undefined
  return rotated ? rotationDue(ttl, now) : refreshDue(config, now, random)
}

export const pathsOf = (files: readonly WantedFile[]): readonly string[] => [
  ...new Set(files.flatMap(({ variables }) => variables.map(({ path }) => path))),
]

/** The values, taken back from the files: they are the only place where they are kept. */
const valuesIn = (files: readonly WantedFile[], written: Rendered): Values => {
  const values = new Map<string, Record<string, unknown>>()
  for (const { name, variables } of files) {
    const members = parseJson(written.get(`${name}.json`) ?? '{}')
    if (!isRecord(members)) continue
    for (const variable of variables) {
      const value = member(members, variable.name)
      if (value !== undefined) values.set(variable.path, { ...values.get(variable.path), [variable.key]: value })
    }
  }
  return values
}
