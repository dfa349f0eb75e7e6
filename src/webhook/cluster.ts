import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import https from 'node:https'
import { text } from 'node:stream/consumers'
import { PodvaultError, sentence } from '../errors.ts'
import type { KubernetesVersion } from '../inject/settings.ts'
import type { Environment } from './config.ts'

/** What the cluster is taken to be where there is none to ask. */
export const assumedVersion: KubernetesVersion = { major: 1, minor: 36 }

/** Milliseconds. */
const patience = 5000

/**
 * Asks the API server of the cluster this process runs in for its version; undefined outside of a cluster.
 * @throws PodvaultError `failed` when it does not answer
 */
export const askVersion = async (env: Environment, folder: string): Promise<KubernetesVersion | undefined> => {
  const host = env['KUBERNETES_SERVICE_HOST']
  const port = env['KUBERNETES_SERVICE_PORT']
  if (host === undefined || port === undefined) return undefined
  try {
    return versionIn(JSON.parse(await getVersion(host, port, folder)))
  } catch (cause) {
    throw new PodvaultError(
      'failed',
      `the API server at ${host}:${port} does not tell its version: ${sentence(cause)}`,
      {
        hint: 'set --kubernetes-version',
        cause,
      },
    )
  }
}

const getVersion = async (host: string, port: string, folder: string): Promise<string> => {
  const ca = readFileSync(`${folder}/ca.crt`)
  const authorization = `Bearer ${readFileSync(`${folder}/token`, 'utf8').trim()}`
  const signal = AbortSignal.timeout(patience)
  const request = https.get({ host, port, path: '/version', ca, headers: { authorization }, agent: false, signal })
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  const body = await text(response)
  if (response.statusCode !== 200) throw new Error(`it answers with status ${response.statusCode}`)
  return body
}

/** Distributions append to the minor version, as in "36+". */
const versionIn = (body: { readonly major?: unknown; readonly minor?: unknown }): KubernetesVersion => {
  const [major, minor] = [Number.parseInt(String(body.major), 10), Number.parseInt(String(body.minor), 10)]
  if (!(major >= 1) || !(minor >= 0)) throw new Error('its answer holds no major and minor version')
  return { major, minor }
}

/** The namespace of our own pod; outside a cluster the one that the manifests install into. */
export const namespaceIn = (folder: string): string => {
  const file = `${folder}/namespace`
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : 'podvault'
}
