import { hash } from 'node:crypto'
import { names } from '../contract.ts'
import { version } from '../version.ts'
import { prefix } from './annotations.ts'
import type { Pod } from './pod.ts'
import { isWired } from './wiring.ts'

export const statusAnnotation = `${prefix}status`

/** What podvault leaves on a pod: who injected it, with which settings, into which containers. */
export type Status = { readonly version: string; readonly hash: string; readonly containers: readonly string[] }

export const writeStatus = (status: Omit<Status, 'version'>): string => JSON.stringify({ version, ...status })

/** A short fingerprint of the settings a pod was injected with; the pod's name is not among them. */
export const settingsHash = (texts: readonly string[]): string => hash('sha256', texts.join('\0')).slice(0, 12)

/**
 * The status of a pod that really was injected. The annotation alone proves nothing: it is copied along when somebody
 * copies a manifest. So the login must be there, and everything it names.
 */
export const injectedStatus = (pod: Pod): Status | undefined => {
  const text = pod.metadata?.annotations?.[statusAnnotation]
  const status = text === undefined ? undefined : readStatus(text)
  const containers = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])]
  const present = (name: string): boolean => containers.some(container => container.name === name && isWired(container))
  return status !== undefined && status.containers.includes(names.login) && status.containers.every(present)
    ? status
    : undefined
}

const readStatus = (text: string): Status | undefined => {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    // Not ours, then: the pod is injected as if the annotation were not there, and the patch replaces it.
    return undefined
  }
  if (typeof parsed !== 'object' || parsed === null) return undefined
  const { version: by, hash: settings, containers } = parsed as Record<string, unknown>
  if (typeof by !== 'string' || typeof settings !== 'string' || !Array.isArray(containers)) return undefined
  return containers.every(name => typeof name === 'string') ? { version: by, hash: settings, containers } : undefined
}
