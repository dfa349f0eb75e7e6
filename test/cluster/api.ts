import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:https'
import type { IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { pki } from './certificates.ts'
import { apiServer } from './place.ts'

/** The API server as its administrator sees it. Paths are those of the API: `/api/v1/namespaces/default/pods`. */
export type Api = {
  readonly get: <T>(path: string) => Promise<T>
  readonly text: (path: string) => Promise<string>
  readonly create: <T>(path: string, object: object) => Promise<T>
  readonly remove: (path: string, options?: object) => Promise<void>
  /** Reads a watch or a log line by line until `done` returns something, which it resolves to. */
  readonly follow: <T>(
    path: string,
    what: string,
    done: (line: string) => T | undefined,
    seconds?: number,
  ) => Promise<T>
}

export class ApiError extends Error {
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** @param server another one than the cluster's first */
export const connectApi = (server = apiServer): Api => {
  const agent = new Agent({
    keepAlive: true,
    ca: readFileSync(`${pki}/ca.crt`),
    cert: readFileSync(`${pki}/admin.crt`),
    key: readFileSync(`${pki}/admin.key`),
  })
  const call = async <T>(method: string, path: string, body?: object): Promise<T> => {
    const response = await send(agent, method, `${server}${path}`, body)
    return JSON.parse(await text(response)) as T
  }
  return {
    get: path => call('GET', path),
    text: async path => text(await send(agent, 'GET', `${server}${path}`)),
    create: (path, object) => call('POST', path, object),
    remove: async (path, options) => {
      await call('DELETE', path, options)
    },
    follow: async (path, what, done, seconds = 60) => follow(agent, `${server}${path}`, what, done, seconds),
  }
}

const send = async (agent: Agent, method: string, url: string, body?: object): Promise<IncomingMessage> => {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const content = body === undefined ? '' : JSON.stringify(body)
    // For a DELETE, Node itself does not say how long its body is.
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(content) }
    request(url, { agent, method, headers }, resolve).once('error', reject).end(content)
  })
  const status = response.statusCode ?? 0
  if (status < 300) return response
  throw new ApiError(status, `${method} ${new URL(url).pathname}: ${status} ${await text(response)}`)
}

const follow = async <T>(
  agent: Agent,
  url: string,
  what: string,
  done: (line: string) => T | undefined,
  seconds: number,
): Promise<T> => {
  const response = await send(agent, 'GET', url)
  const seen: string[] = []
  let isLate = false
  const deadline = setTimeout(() => {
    isLate = true
    response.destroy()
  }, seconds * 1000)
  try {
    for await (const line of lines(response)) {
      const result = done(line)
      if (result !== undefined) return result
      seen.push(line)
    }
  } catch (error) {
    // Our own deadline breaks the stream off; it is told below.
    if (!isLate) throw error
  } finally {
    clearTimeout(deadline)
    response.destroy()
  }
  const last = seen.slice(-10).join('\n')
  throw new Error(`${what}: not ${isLate ? `within ${seconds} s` : 'before the end'}. What was seen last:\n${last}`)
}

// Not node:readline: it never ends when its input is destroyed.
async function* lines(response: IncomingMessage): AsyncGenerator<string> {
  let rest = ''
  for await (const chunk of response.setEncoding('utf8') as AsyncIterable<string>) {
    const parts = (rest + chunk).split('\n')
    rest = parts.pop() ?? ''
    yield* parts
  }
  if (rest !== '') yield rest
}
