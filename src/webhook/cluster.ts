import { existsSync, readFileSync } from 'node:fs'
import { sentence } from '../errors.ts'
import type { KubernetesVersion } from '../inject/settings.ts'
import type { Log } from '../log.ts'
import { isRecord } from '../shape.ts'
import { backoff } from '../vault/retry.ts'
import { type ApiServer, jsonIn } from './api-server.ts'
import { pause } from './keep.ts'

/** What the cluster is taken to be where there is none to ask. */
export const assumedVersion: KubernetesVersion = { major: 1, minor: 36 }

/** Milliseconds: for one answer, and between two questions. */
const patience = { answer: 5000, longest: 5000 }

/**
 * Asks the API server for its version until it tells, or until we are told to stop: undefined then. One that is coming
 * up answers nobody, or everybody with 403; to end because of that would mean to come back when the kubelet likes.
 */
export const learnVersion = async (
  api: ApiServer,
  { log, stop, random }: { readonly log: Log; readonly stop: AbortSignal; readonly random: () => number },
): Promise<KubernetesVersion | undefined> => {
  for (let failures = 0, wait = 0; await pause(wait, stop); failures += 1) {
    try {
      return versionIn(await jsonIn(await api.ask('GET', '/version', AbortSignal.timeout(patience.answer)), 64 * 1024))
    } catch (cause) {
      log.warn(
        `the API server at ${api.place} does not tell its version: ${sentence(cause)}; it is asked again, or set --kubernetes-version`,
      )
      wait = backoff({ failures, random: random(), longest: patience.longest })
    }
  }
  return undefined
}

/** Distributions append to the minor version, as in "36+". */
const versionIn = (body: unknown): KubernetesVersion => {
  const part = (name: string): number => (isRecord(body) ? Number.parseInt(String(body[name]), 10) : NaN)
  const [major, minor] = [part('major'), part('minor')]
  if (!(major >= 1) || !(minor >= 0)) throw new Error('its answer holds no major and minor version')
  return { major, minor }
}

/** The namespace of our own pod; outside a cluster the one that the manifests install into. */
export const namespaceIn = (folder: string): string => {
  const file = `${folder}/namespace`
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : 'podvault'
}
