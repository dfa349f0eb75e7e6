import type { Server } from 'node:http'
import type { Server as HttpsServer } from 'node:https'
import type { Socket } from 'node:net'

/**
 * Refers to no connection that is closed. A Map in which much comes and goes refers to what has gone by its former tables until V8
 * collects all of the heap, and sockets there were 30 MB where clients come and go.
 */
type Held = { socket: Socket | undefined }

/**
 * Holds at most so many connections, those whose handshake never ends among them. The one that has gone longest without a
 * request makes room for a new one: to turn the new one away would let whoever holds idle connections shut everybody out.
 */
export const boundConnections = (server: Server | HttpsServer, most: number): void => {
  /** By the place of the client, because TLS has a socket of its own around that of TCP. The first goes first. */
  const all = new Map<string, Held>()
  server.on('connection', (socket: Socket) => {
    const [name, held] = [nameOf(socket), { socket } as Held]
    all.set(name, held)
    socket.once('close', () => {
      all.delete(name)
      held.socket = undefined
    })
    if (all.size > most) all.values().next().value?.socket?.destroy()
  })
  const goesLast = (name: string): void => {
    const held = all.get(name)
    if (held !== undefined && all.delete(name)) all.set(name, held)
  }
  server.on('request', ({ socket }, response) => {
    const name = nameOf(socket)
    goesLast(name)
    response.once('finish', () => goesLast(name))
  })
}

const nameOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`
