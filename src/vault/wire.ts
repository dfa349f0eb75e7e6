import { readFileSync } from 'node:fs'
import { Agent, type IncomingHttpHeaders, type IncomingMessage, request as httpRequest } from 'node:http'
import type { Agent as TlsAgent, RequestOptions } from 'node:https'
import type { ConnectionOptions, SecureContextOptions } from 'node:tls'
import type { AgentConfig } from '../contract.ts'

/** What came back; `text` is undefined when it was larger than anything Vault sends. */
export type Exchange = {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string | undefined
}

/** Milliseconds for the whole exchange, and the most bytes of a body. */
export type Limits = { readonly timeout: number; readonly bytes: number }

export type Outgoing = {
  readonly method: string
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Readonly<Record<string, unknown>>
  readonly signal?: AbortSignal
}

type Send = (outgoing: Outgoing, limits: Limits) => Promise<Exchange>
export type Wire = { readonly send: Send; readonly rest: () => void }

/** Kept-alive connections to one Vault, by TLS where the URL says so. */
export const wireTo = (connection: AgentConfig['vault']): Wire => {
  const [plain, tls] = [plainWire(), tlsWire(connection)]
  return {
    send: (outgoing, limits) => (outgoing.url.protocol === 'https:' ? tls : plain).send(outgoing, limits),
    rest: () => {
      plain.rest()
      tls.rest()
    },
  }
}

const plainWire = (): Wire => {
  const agent = new Agent({ keepAlive: true })
  return {
    send: (outgoing, limits) => exchange(httpRequest, { agent }, outgoing, limits),
    rest: () => agent.destroy(),
  }
}

const tlsWire = (connection: AgentConfig['vault']): Wire => {
  let agent: TlsAgent | undefined
  return {
    send: async (outgoing, limits) => {
      // TLS costs the start of a process 10 ms: paid only where the address asks for it.
      const https = await import('node:https')
      agent ??= new https.Agent({ keepAlive: true })
      return exchange(https.request, { agent, ...tlsOptionsOf(connection) }, outgoing, limits)
    },
    rest: () => agent?.destroy(),
  }
}

/** Read each time: they may have been rotated; others make the agent open another connection. */
export const tlsOptionsOf = (connection: AgentConfig['vault']): SecureContextOptions & ConnectionOptions => {
  const { ca, caFile, certFile, keyFile, tlsServerName, tlsSkipVerify } = connection
  const authorities = [ca, contentOf(caFile)].filter(each => each !== undefined)
  const [cert, key] = [contentOf(certFile), contentOf(keyFile)]
  return {
    ...(authorities.length > 0 && { ca: authorities }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(tlsServerName !== undefined && { servername: tlsServerName }),
    ...(tlsSkipVerify === true && { rejectUnauthorized: false }),
  }
}

const contentOf = (file: string | undefined): string | undefined =>
  file === undefined ? undefined : readFileSync(file, 'utf8')

const exchange = async (
  open: typeof httpRequest,
  options: RequestOptions,
  { url, method, headers, body, signal }: Outgoing,
  { timeout, bytes }: Limits,
): Promise<Exchange> => {
  const { promise, resolve, reject } = Promise.withResolvers<Exchange>()
  const request = open(url, { ...options, method, headers, ...(signal !== undefined && { signal }) })
  const timer = setTimeout(() => {
    reject(new Error(`no answer within ${timeout / 1000} s`))
    request.destroy()
  }, timeout)
  request.on('error', reject)
  request.on('response', response => collect(response, bytes).then(resolve, reject))
  request.end(body === undefined ? undefined : JSON.stringify(body))
  try {
    return await promise
  } finally {
    clearTimeout(timer)
  }
}

/** With events, not `for await`: what Node loads for that costs the start of the agent some milliseconds. */
export const collect = (response: IncomingMessage, bytes: number): Promise<Exchange> => {
  const { promise, resolve, reject } = Promise.withResolvers<Exchange>()
  const chunks: Buffer[] = []
  let size = 0
  const { statusCode: status = 0, headers } = response
  const finish = (text: string | undefined) => resolve({ status, headers, text })
  response.on('data', (chunk: Buffer) => {
    size += chunk.length
    chunks.push(chunk)
    if (size <= bytes) return
    finish(undefined)
    response.destroy()
  })
  response.on('error', reject)
  response.on('end', () => finish(Buffer.concat(chunks).toString('utf8')))
  return promise
}
