import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'
import { WebSocketServer } from 'ws'
import { node, vaultAddress } from './place.ts'

export type EventVault = {
  readonly address: string
  /** Who listens for events, by the path that was asked for. */
  readonly listeners: readonly string[]
  readonly tell: (event: string) => void
}

/** The cluster's Vault as Vault Enterprise would be: the same secrets, and it tells of changes. */
export const startEventVault = async (t: Test, port: number): Promise<EventVault> => {
  const listeners: string[] = []
  const sockets = new WebSocketServer({ noServer: true })
  const server = createServer((asked, answer) => forward(asked, answer))
  server.on('upgrade', (asked: IncomingMessage, socket, head) => {
    listeners.push(asked.url ?? '')
    sockets.handleUpgrade(asked, socket, head, () => undefined)
  })
  server.listen(port, node)
  await once(server, 'listening')
  t.teardown(() => {
    for (const client of sockets.clients) client.terminate()
    server.closeAllConnections()
    server.close()
  })
  return {
    address: `http://${node}:${(server.address() as AddressInfo).port}`,
    listeners,
    tell: event => {
      for (const client of sockets.clients) client.send(event)
    },
  }
}

const forward = (asked: IncomingMessage, answer: ServerResponse): void => {
  const { method, url = '/', headers } = asked
  const onward = request(new URL(url, vaultAddress), { method, headers }, response => {
    answer.writeHead(response.statusCode ?? 502, response.headers)
    response.pipe(answer)
  })
  onward.on('error', () => answer.destroy())
  asked.pipe(onward)
}
