import { duplexPair } from 'node:stream'
import { checkServerIdentity, connect, createSecureContext, TLSSocket } from 'node:tls'
import { sentence } from '../errors.ts'
import type { Pair } from './make-certificates.ts'

/**
 * Verifies a server's certificate as its clients do: by a handshake, which here goes nowhere.
 * @param ca what the client trusts, in PEM
 * @param host the name it calls the server by
 * @returns in a few words why it does not take it; undefined where it does
 */
export const verify = async (pair: Pair, ca: string, host: string): Promise<string | undefined> => {
  const [near, far] = duplexPair()
  const server = new TLSSocket(far, { isServer: true, secureContext: createSecureContext(pair) })
  server.on('error', () => undefined)
  const { promise, resolve } = Promise.withResolvers<string | undefined>()
  const client = connect({ socket: near, ca, checkServerIdentity: (_, cert) => checkServerIdentity(host, cert) })
  client.on('secureConnect', () => resolve(undefined)).on('error', error => resolve(sentence(error)))
  const problem = await promise
  for (const end of [client, server, near, far]) end.destroy()
  return problem
}
