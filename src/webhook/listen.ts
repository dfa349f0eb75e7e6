import { once } from 'node:events'
import type { AddressInfo, Server } from 'node:net'
import type { Server as HttpsServer } from 'node:https'
import { setTimeout as wait } from 'node:timers/promises'
import { promisify } from 'node:util'
import { PodvaultError, sentence } from '../errors.ts'
import type { Listen } from './setting-kinds.ts'

/**
 * Starts listening; without a host on all addresses of the machine, IPv6 and IPv4.
 * @returns where it listens now, as host:port
 * @throws PodvaultError `failed` where that is not possible
 */
export const listen = async (server: Server, { host, port }: Listen): Promise<string> => {
  server.listen({ port, ...(host !== undefined && { host }) })
  try {
    await once(server, 'listening')
  } catch (cause) {
    throw new PodvaultError('failed', `cannot listen on ${host ?? ''}:${port}: ${sentence(cause)}`, { cause })
  }
  return placeOf(server.address() as AddressInfo)
}

/** As people write it, and as a URL has it. */
export const placeOf = ({ address, port }: AddressInfo): string =>
  `${address.includes(':') ? `[${address}]` : address}:${port}`

/** Milliseconds. */
export type Patience = {
  /** How long connections may go on asking: each ends with its next answer, so that no request meets a closed one. */
  readonly idle: number
  /** How long requests under way may take after that. */
  readonly busy: number
}

/** Ends the server without losing a request. It must have begun to answer with `Connection: close`. */
export const drain = async (server: HttpsServer, { idle, busy }: Patience): Promise<void> => {
  const end = performance.now() + idle
  while (performance.now() < end && (await connections(server)) > 0) await wait(20)
  const closed = once(server, 'close')
  server.close()
  const late = setTimeout(() => server.closeAllConnections(), busy)
  await closed
  clearTimeout(late)
}

const connections = (server: Server): Promise<number> => promisify(server.getConnections.bind(server))()
