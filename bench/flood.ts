// node bench/flood.ts, with a Flood as JSON on stdin: sends reviews at a given pace, whatever becomes of them, as API servers do.
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import process from 'node:process'
import { setTimeout as wait } from 'node:timers/promises'
import { connect, type TLSSocket } from 'node:tls'
import type { Target } from './load.ts'

export type Flood = {
  readonly target: Target
  readonly body: string
  /** One after the other. */
  readonly phases: readonly Phase[]
  /** How many API servers there are; each has so many calls under way at most, and keeps so many idle connections. */
  readonly apiServers: number
}

export type Phase = { readonly perSecond: number; readonly seconds: number }

/** What became of a call; when it began and how long it took are in milliseconds. */
export type Call = {
  readonly began: number
  readonly took: number
  /** How often it was told to come back. */
  readonly shed: number
  readonly outcome: 'answered' | 'timeout' | 'lost' | 'refused' | 'not sent' | 'late'
}

/** Of kube-apiserver 1.36: its own limit of creates and the like, client-go's pool and retries, our registration's timeout. */
const [mostCalls, mostIdle, mostRetries, timeout] = [200, 25, 10, 5000]

type Reply = { readonly status: number; readonly retryAfter: number }

const flood = async ({ target, body, phases, apiServers }: Flood): Promise<readonly Call[]> => {
  const request = Buffer.from(
    `POST ${target.path}?timeout=5s HTTP/1.1\r\nHost: ${target.host}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
  const idle: TLSSocket[] = []
  const calls: Call[] = []
  let underWay = 0
  const start = performance.now()

  const attempt = async (signal: AbortSignal): Promise<Reply> => {
    const socket = idle.pop() ?? (await dial(target, signal))
    try {
      socket.write(request)
      const reply = await replyOf(socket, signal)
      if (idle.length < mostIdle * apiServers) idle.push(socket)
      else socket.destroy()
      return reply
    } catch (error) {
      socket.destroy()
      throw error
    }
  }
  const call = async (began: number): Promise<void> => {
    const signal = AbortSignal.timeout(timeout)
    let shed = 0
    const end = (outcome: Call['outcome']) =>
      void calls.push({ began, took: performance.now() - start - began, shed, outcome })
    try {
      for (;;) {
        const { status, retryAfter } = await attempt(signal)
        if (status === 200) return end('answered')
        if (retryAfter === 0 || shed === mostRetries) return end('refused')
        shed += 1
        await wait(retryAfter * 1000, undefined, { signal })
      }
    } catch {
      end(signal.aborted ? 'timeout' : 'lost')
    }
  }
  const all: Promise<void>[] = []
  for (const began of schedule(phases)) {
    // Also where it is late: what has been answered wants to be heard.
    const early = began - (performance.now() - start)
    await (early > 0 ? wait(early) : turn())
    // A machine that is busy with other things cannot keep the pace; what is long past would come on top of what follows.
    if (early < -500) {
      calls.push({ began, took: 0, shed: 0, outcome: 'late' })
      continue
    }
    if (underWay >= mostCalls * apiServers) {
      calls.push({ began, took: 0, shed: 0, outcome: 'not sent' })
      continue
    }
    underWay += 1
    all.push(call(performance.now() - start).finally(() => (underWay -= 1)))
  }
  await Promise.all(all)
  for (const socket of idle) socket.destroy()
  return calls
}

/** Milliseconds from the start, of each call. */
const schedule = (phases: readonly Phase[]): readonly number[] => {
  let begin = 0
  return phases.flatMap(({ perSecond, seconds }) => {
    const first = begin
    begin += seconds * 1000
    return Array.from({ length: Math.round(perSecond * seconds) }, (_, index) => first + (index * 1000) / perSecond)
  })
}

const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

const dial = async ({ host, port, ca }: Target, signal: AbortSignal): Promise<TLSSocket> => {
  const socket = connect({ host, port, ca, ALPNProtocols: ['http/1.1'] })
  socket.setNoDelay(true)
  try {
    await once(socket, 'secureConnect', { signal })
    // Whoever waits hears of it; an idle one is left.
    socket.on('error', () => undefined)
    return socket
  } catch (error) {
    socket.on('error', () => undefined).destroy()
    throw error
  }
}

/** Its head arrives in one piece. */
const replyOf = (socket: TLSSocket, signal: AbortSignal): Promise<Reply> =>
  new Promise((resolve, reject) => {
    let [seen, expected, reply]: [number, number, Reply] = [0, Infinity, { status: 0, retryAfter: 0 }]
    const done = (act: () => void): void => {
      socket.off('data', read).off('close', close)
      signal.removeEventListener('abort', abort)
      act()
    }
    const abort = (): void => done(() => reject(new Error('timeout')))
    const close = (): void => done(() => reject(new Error('closed')))
    const read = (chunk: Buffer): void => {
      if (seen === 0) {
        const head = chunk.subarray(0, chunk.indexOf('\r\n\r\n') + 4).toString('latin1')
        const number = (pattern: RegExp): number => Number(pattern.exec(head)?.[1] ?? 0)
        expected = head.length + number(/content-length: (\d+)/i)
        reply = { status: number(/^HTTP\/1\.1 (\d+)/), retryAfter: number(/retry-after: (\d+)/i) }
      }
      seen += chunk.length
      if (seen >= expected) done(() => resolve(reply))
    }
    socket.on('data', read).on('close', close)
    signal.addEventListener('abort', abort)
    if (socket.destroyed) close()
  })

process.stdout.write(JSON.stringify(await flood(JSON.parse(await text(process.stdin)) as Flood)))
