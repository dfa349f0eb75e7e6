import { secretsFileLabel } from '../inject/files.ts'
import { isRecord } from '../shape.ts'
import { AnswerError, ApiError, type ApiServer, jsonIn, jsonLines } from './api-server.ts'
import { type ConfigMap, configMapOf } from './configmap.ts'

export type Change =
  | { readonly kind: 'put' | 'remove'; readonly configMap: ConfigMap; readonly version: string }
  /** All is as it was. */
  | { readonly kind: 'bookmark'; readonly version: string }

const path = `/api/v1/configmaps?labelSelector=${encodeURIComponent(`${secretsFileLabel}=true`)}`

/** A ConfigMap has at most 1.5 MB, its JSON six times as much where it is hostile: this many of them fit into an answer. */
const page = 4
const longestPage = 48 * 2 ** 20
const longestLine = 12 * 2 ** 20

/** Milliseconds. */
const listPatience = 30_000

/**
 * Reads all labelled ConfigMaps of the cluster, a few at a time.
 * @returns the version of the cluster to watch from
 * @throws ApiError, AnswerError; Error when there is none
 */
export const list = async (api: ApiServer, stop: AbortSignal, put: (configMap: ConfigMap) => void): Promise<string> => {
  let [next, version] = ['', '']
  do {
    const signal = AbortSignal.any([stop, AbortSignal.timeout(listPatience)])
    const more = next === '' ? '' : `&continue=${encodeURIComponent(next)}`
    const body = await jsonIn(await api.ask('GET', `${path}&limit=${page}${more}`, signal), longestPage)
    const { items, metadata } = isRecord(body) ? body : {}
    if (!Array.isArray(items) || !isRecord(metadata)) throw new AnswerError('its answer is no list')
    for (const item of items) {
      const configMap = configMapOf(item)
      if (configMap !== undefined) put(configMap)
    }
    const { continue: token = '', resourceVersion } = metadata
    if (typeof token !== 'string' || typeof resourceVersion !== 'string') throw new AnswerError('its answer is no list')
    ;[next, version] = [token, resourceVersion]
  } while (next !== '')
  return version
}

/**
 * Follows the changes since a version, until the API server ends the watch, as it does after some minutes.
 * @param seconds after which it is to end it
 * @param opened called when the watch stands
 * @throws ApiError, with status 410 where that version is too long ago; AnswerError; Error when there is none
 */
export async function* follow(
  api: ApiServer,
  stop: AbortSignal,
  from: string,
  seconds: number,
  opened: () => void,
): AsyncGenerator<Change> {
  // A connection that died without a word is noticed a little after its time.
  const signal = AbortSignal.any([stop, AbortSignal.timeout((seconds + 15) * 1000)])
  const query = `&watch=1&allowWatchBookmarks=true&timeoutSeconds=${seconds}&resourceVersion=${encodeURIComponent(from)}`
  const response = await api.ask('GET', path + query, signal)
  opened()
  for await (const line of jsonLines(response, longestLine)) {
    const change = changeOf(line)
    if (change !== undefined) yield change
  }
}

const kinds: Readonly<Record<string, 'put' | 'remove'>> = { ADDED: 'put', MODIFIED: 'put', DELETED: 'remove' }

const changeOf = (line: unknown): Change | undefined => {
  const { type, object } = isRecord(line) ? line : {}
  if (typeof type !== 'string' || !isRecord(object)) throw new AnswerError('its answer is no watch')
  if (type === 'ERROR') throw errorOf(object)
  if (type === 'BOOKMARK') {
    const version = isRecord(object['metadata']) ? object['metadata']['resourceVersion'] : undefined
    return typeof version === 'string' ? { kind: 'bookmark', version } : undefined
  }
  const kind = Object.hasOwn(kinds, type) ? kinds[type] : undefined
  const configMap = configMapOf(object)
  return kind === undefined || configMap === undefined
    ? undefined
    : { kind, configMap, version: configMap.resourceVersion }
}

const errorOf = ({ code, message }: Readonly<Record<string, unknown>>): Error =>
  typeof code === 'number' && typeof message === 'string'
    ? new ApiError(code, message)
    : new AnswerError('its answer is no watch')
