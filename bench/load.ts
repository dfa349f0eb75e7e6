import { once } from 'node:events'
import { connect, type TLSSocket } from 'node:tls'

export type Target = { readonly host: string; readonly port: number; readonly ca: string; readonly path: string }

/** Milliseconds of each request, and requests in a second. */
export type Load = { readonly perSecond: number; readonly p50: number; readonly p99: number }

/**
 * Sends one body over and over, on so many kept-alive connections, one request at a time on each. Works on the raw TLS
 * stream, so that the generator costs less than what it measures.
 */
export const load = async (target: Target, body: string, connections: number, seconds: number): Promise<Load> => {
  const head = `POST ${target.path} HTTP/1.1\r\nHost: ${target.host}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n`
  const request = Buffer.from(head + body)
  const times: number[] = []
  const began = performance.now()
  const end = began + seconds * 1000
  await Promise.all(Array.from({ length: connections }, () => client(target, request, end, times)))
  const elapsed = (performance.now() - began) / 1000
  times.sort((a, b) => a - b)
  const at = (share: number): number => times[Math.floor((times.length - 1) * share)] ?? Number.NaN
  return { perSecond: times.length / elapsed, p50: at(0.5), p99: at(0.99) }
}

const client = async (target: Target, request: Buffer, end: number, times: number[]): Promise<void> => {
  const { host, port, ca } = target
  const socket = connect({ host, port, ca, ALPNProtocols: ['http/1.1'] })
  socket.setNoDelay(true)
  await once(socket, 'secureConnect')
  while (performance.now() < end) {
    const began = performance.now()
    socket.write(request)
    await answer(socket)
    times.push(performance.now() - began)
  }
  socket.destroy()
}

const answer = (socket: TLSSocket): Promise<void> =>
  new Promise((resolve, reject) => {
    let seen = 0
    let expected = Infinity
    const read = (chunk: Buffer): void => {
      if (seen === 0) expected = sizeOf(chunk)
      seen += chunk.length
      if (seen < expected) return
      socket.off('data', read)
      socket.off('error', reject)
      resolve()
    }
    socket.on('data', read)
    socket.on('error', reject)
  })

/** Bytes of the whole answer; its head arrives in one piece. */
const sizeOf = (chunk: Buffer): number => {
  const head = chunk.subarray(0, chunk.indexOf('\r\n\r\n') + 4).toString('latin1')
  const length = /content-length: (\d+)/i.exec(head)?.[1]
  if (!head.startsWith('HTTP/1.1 200') || length === undefined) throw new Error(`unexpected answer: ${head}`)
  return head.length + Number(length)
}
