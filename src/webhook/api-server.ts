import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import https from 'node:https'
import { isRecord } from '../shape.ts'
import { version } from '../version.ts'

/** The API server as our own service account sees it. Paths are those of the API: `/api/v1/configmaps?limit=20`. */
export type ApiServer = {
  /** host:port, for sentences. */
  readonly place: string
  /**
   * Resolves to the answer as soon as its head is there.
   * @param body JSON, of the media type `application/json` unless told
   * @throws ApiError for every status but 2xx; Error when there is no answer
   */
  readonly ask: (
    method: 'GET' | 'POST' | 'PUT' | 'PATCH',
    path: string,
    signal: AbortSignal,
    body?: object,
    type?: string,
  ) => Promise<IncomingMessage>
  /** The time by the clock of the API server as its last answer told it; by our own as long as there was none. */
  readonly now: () => Date
}

/** The API server said no. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** What the API server says makes no sense. */
export class AnswerError extends Error {
  override readonly name = 'AnswerError'
}

/**
 * The API server of the cluster this process runs in; undefined outside of a cluster.
 * @param folder of the service account: `ca.crt` and `token`, which rotates and is therefore read for every request
 * @param clock of this machine
 */
export const apiServerIn = (
  env: Readonly<Record<string, string | undefined>>,
  folder: string,
  clock: () => Date = () => new Date(),
): ApiServer | undefined => {
  const host = env['KUBERNETES_SERVICE_HOST']
  const port = env['KUBERNETES_SERVICE_PORT']
  if (host === undefined || port === undefined) return undefined
  const agent = new https.Agent({ keepAlive: true })
  /** Milliseconds that our clock is behind. */
  let behind = 0
  return {
    place: `${host}:${port}`,
    now: () => new Date(clock().getTime() + behind),
    ask: async (method, path, signal, body, type = 'application/json') => {
      const ca = readFileSync(`${folder}/ca.crt`)
      const headers = {
        authorization: `Bearer ${readFileSync(`${folder}/token`, 'utf8').trim()}`,
        'user-agent': `podvault/${version}`,
        ...(body !== undefined && { 'content-type': type }),
      }
      const request = https.request({ host, port, method, path, ca, headers, agent, signal })
      // What breaks after the head of the answer is told to whoever reads the answer.
      request.on('error', () => undefined)
      request.end(body === undefined ? undefined : JSON.stringify(body))
      const [response] = (await once(request, 'response')) as [IncomingMessage]
      const { statusCode: status = 0, headers: said } = response
      const date = Date.parse(said.date ?? '')
      if (!Number.isNaN(date)) behind = date - clock().getTime()
      if (status >= 200 && status < 300) return response
      throw new ApiError(status, await reasonIn(response, status))
    },
  }
}

const reasonIn = async (response: IncomingMessage, status: number): Promise<string> => {
  const body: unknown = await jsonIn(response, longestReason).catch(() => undefined)
  const message = isRecord(body) ? body['message'] : undefined
  return typeof message === 'string' ? message : `it answers with status ${status}`
}

/** Bytes. */
const longestReason = 64 * 1024

/**
 * The JSON of an answer.
 * @param most bytes
 * @throws AnswerError when it is longer, or no JSON
 */
export const jsonIn = async (response: IncomingMessage, most: number): Promise<unknown> => {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > most) throw new AnswerError(`its answer is longer than ${most} bytes`)
    chunks.push(chunk)
  }
  return parse(Buffer.concat(chunks).toString())
}

/**
 * The lines of an answer as they come, each a JSON object.
 * @param most characters of a line
 * @throws AnswerError when one is longer, or no JSON
 */
export async function* jsonLines(response: IncomingMessage, most: number): AsyncGenerator {
  let rest = ''
  for await (const chunk of response.setEncoding('utf8') as AsyncIterable<string>) {
    const end = chunk.lastIndexOf('\n') + 1
    const lines = end === 0 ? '' : rest + chunk.slice(0, end)
    rest = end === 0 ? rest + chunk : chunk.slice(end)
    for (const line of lines.split('\n')) if (line !== '') yield parse(line)
    if (rest.length > most) throw new AnswerError(`a line of its answer is longer than ${most} characters`)
  }
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    // The parser's own message quotes the text.
    throw new AnswerError('its answer is no JSON')
  }
}
