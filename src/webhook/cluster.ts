import { existsSync, readFileSync } from 'node:fs'
import { PodvaultError, sentence } from '../errors.ts'
import type { KubernetesVersion } from '../inject/settings.ts'
import { isRecord } from '../shape.ts'
import { type ApiServer, jsonIn } from './api-server.ts'

/** What the cluster is taken to be where there is none to ask. */
export const assumedVersion: KubernetesVersion = { major: 1, minor: 36 }

/** Milliseconds. */
const patience = 5000

/**
 * Asks the API server for its version.
 * @throws PodvaultError `failed` when it does not answer
 */
export const askVersion = async (api: ApiServer): Promise<KubernetesVersion> => {
  try {
    return versionIn(await jsonIn(await api.ask('GET', '/version', AbortSignal.timeout(patience)), 64 * 1024))
  } catch (cause) {
    throw new PodvaultError('failed', `the API server at ${api.place} does not tell its version: ${sentence(cause)}`, {
      hint: 'set --kubernetes-version',
      cause,
    })
  }
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
