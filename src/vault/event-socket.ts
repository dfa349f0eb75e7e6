import type { IncomingMessage } from 'node:http'
import { WebSocket } from 'ws'
import { answerOf, type Connection, headersOf, reasonOf } from './client.ts'
import { oneLine } from './responses.ts'
import type { Failure } from './retry.ts'
import { collect, tlsOptionsOf } from './wire.ts'

/** Milliseconds and bytes. An event of Vault's has some hundred bytes. */
export type SocketLimits = { readonly handshake: number; readonly heartbeat: number; readonly bytes: number }

const usual: SocketLimits = { handshake: 30_000, heartbeat: 30_000, bytes: 64 * 1024 }

export type Subscription = {
  readonly token: string
  /** What is asked for: `kv*`. */
  readonly events: string
  readonly signal: AbortSignal
  readonly opened: () => void
  readonly message: (text: string) => void
}

/** Hears what Vault tells of itself, until the connection ends; resolves to why, also when the signal is aborted. */
export const subscribe = async (
  connection: Connection,
  { token, events, signal, opened, message }: Subscription,
  limits = usual,
): Promise<Failure> => {
  const { promise, resolve } = Promise.withResolvers<Failure>()
  const url = new URL(`/v1/sys/events/subscribe/${events}?json=true`, connection.address.replace(/^http/, 'ws'))
  const socket = new WebSocket(url, {
    ...tlsOptionsOf(connection),
    headers: headersOf(connection, { method: 'GET', path: url.pathname, token }, undefined),
    handshakeTimeout: limits.handshake,
    maxPayload: limits.bytes,
    perMessageDeflate: false,
  })
  const heart = beat(socket, limits.heartbeat)
  const end = () => socket.terminate()
  signal.addEventListener('abort', end)
  socket.on('open', opened)
  socket.on('message', data => message(Buffer.from(data as Buffer).toString()))
  const failed = (error: unknown) => resolve({ kind: 'network', reason: reasonOf(error) })
  socket.on('unexpected-response', (_, response) => refusalOf(response, limits.bytes).then(resolve, failed))
  socket.on('error', failed)
  socket.on('close', (code, reason) =>
    resolve({ kind: 'network', reason: oneLine(`the connection was closed with code ${code} ${String(reason)}`) }),
  )
  try {
    return await promise
  } finally {
    clearInterval(heart)
    signal.removeEventListener('abort', end)
    socket.terminate()
  }
}

/** A connection that has silently died would look like a Vault in which nothing changes. */
const beat = (socket: WebSocket, milliseconds: number): NodeJS.Timeout => {
  let isAlive = true
  socket.on('pong', () => {
    isAlive = true
  })
  return setInterval(() => {
    if (socket.readyState !== WebSocket.OPEN) return
    if (!isAlive) return socket.terminate()
    isAlive = false
    socket.ping()
  }, milliseconds)
}

/** What Vault says instead of opening a connection. */
const refusalOf = async (response: IncomingMessage, most: number): Promise<Failure> => {
  const answer = answerOf(await collect(response, most))
  return answer.kind === 'answer' ? { kind: 'unusable', reason: 'it opens no connection for events' } : answer
}
