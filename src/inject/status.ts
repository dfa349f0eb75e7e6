import { hash } from 'node:crypto'
import { names } from '../contract.ts'
import { type Check, listOf, nullOr, objectWith, record, ShapeError, text, truth } from '../shape.ts'
import { version } from '../version.ts'
import { prefix } from './annotations.ts'
import { containersIn, type Pod } from './pod.ts'

export const statusAnnotation = `${prefix}status`

/** What podvault leaves on a pod: who injected it, with which settings, into which containers, and how to undo it. */
export type Status = {
  readonly version: string
  readonly hash: string
  readonly containers: readonly string[]
  readonly undo?: Undo
}

/** The parts of a pod that are podvault's, by name. */
export type Undo = {
  readonly containers: readonly string[]
  readonly volumes: readonly string[]
  /** What it was where podvault has set it. */
  readonly shareProcessNamespace?: boolean | null
  /** Further annotations that podvault has set, as they were before. */
  readonly annotations?: Readonly<Record<string, string | null>>
  /** Lists that a manifest had and left empty: `volumes`, `app/env`. Without this they would look like ours. */
  readonly empty?: Readonly<Record<string, null | readonly []>>
}

export const writeStatus = (status: Omit<Status, 'version'>): string => JSON.stringify({ version, ...status })

/** A short fingerprint of the settings a pod was injected with; the pod's name is not among them. */
export const settingsHash = (texts: readonly string[]): string => hash('sha256', texts.join('\0')).slice(0, 12)

/**
 * The status of a pod that really was injected. The annotation alone proves nothing: it is copied along when somebody
 * copies a manifest. So everything it names must be there, and have podvault's volumes.
 */
export const injectedStatus = (pod: Pod): Status | undefined => {
  const status = readStatus(pod.metadata?.annotations?.[statusAnnotation])
  if (status === undefined || status.containers.length === 0) return undefined
  const { containers: added, volumes } = status.undo ?? { containers: [names.login], volumes: [names.secretsVolume] }
  const present = new Set(
    containersIn(pod)
      .filter(({ volumeMounts = [] }) => volumeMounts.some(({ name }) => volumes.includes(name)))
      .map(({ name }) => name),
  )
  return added.every(name => status.containers.includes(name)) && status.containers.every(name => present.has(name))
    ? status
    : undefined
}

/** A status as it stands on a pod, whether or not it is true. Not podvault's: undefined. */
export const readStatus = (value: unknown): Status | undefined => {
  if (typeof value !== 'string') return undefined
  try {
    return anyStatus(JSON.parse(value), '')
  } catch {
    // Not ours, then: the pod is injected as if the annotation were not there, and the patch replaces it.
    return undefined
  }
}

const mapOf =
  <T>(item: Check<T>): Check<Readonly<Record<string, T>>> =>
  (value, at) =>
    Object.fromEntries(Object.entries(record(value, at)).map(([name, each]) => [name, item(each, at)]))

const emptyList: Check<null | readonly []> = (value, at) => {
  if (value === null) return null
  if (listOf(text)(value, at).length > 0) throw new ShapeError(at)
  return []
}

const anyStatus: Check<Status> = objectWith(
  { version: text, hash: text, containers: listOf(text) },
  {
    undo: objectWith(
      { containers: listOf(text), volumes: listOf(text) },
      { shareProcessNamespace: nullOr(truth), annotations: mapOf(nullOr(text)), empty: mapOf(emptyList) },
    ),
  },
)
