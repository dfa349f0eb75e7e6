import type { Server } from 'node:http'
import type { Server as HttpsServer } from 'node:https'
import type { Socket } from 'node:net'

/**
 * Holds at most so many connections, those whose handshake never ends among them. The one that has gone longest without a
 * request makes room for a new one: to turn the new one away would let whoever holds idle connections shut everybody out.
 */
export const boundConnections = (server: Server | HttpsServer, most: number): void => {
  /** By the place of the client, because TLS has a socket of its own around that of TCP. The first goes first. */
  const sockets = new Map<string, Socket>()
  server.on('connection', (socket: Socket) => {
    const name = nameOf(socket)
    sockets.set(name, socket)
    socket.once('close', () => sockets.delete(name))
    if (sockets.size > most) sockets.values().next().value?.destroy()
  })
  const goesLast = (name: string): void => {
    const socket = sockets.get(name)
    if (socket !== undefined && sockets.delete(name)) sockets.set(name, socket)
  }
  server.on('request', ({ socket }, response) => {
    const name = nameOf(socket)
    goesLast(name)
    response.once('finish', () => goesLast(name))
  })
}

const nameOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`
