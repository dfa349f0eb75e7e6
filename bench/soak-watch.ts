import { once } from 'node:events'
import type { WebhookProcess } from '../test/fixtures/webhook-process.ts'

/** A process at one moment. */
export type Sample = {
  /** Seconds since the load began. */
  readonly at: number
  /** Megabytes; the heap after a full collection. */
  readonly rss: number
  readonly heap: number
  readonly external: number
  readonly descriptors: number
  /** Milliseconds that the event loop was late since the last sample. */
  readonly lag99: number
  readonly lagMost: number
}

export type Watch = { readonly sample: (at: number) => Promise<Sample>; readonly end: () => void }

/** How exactly lateness is measured, in milliseconds: each delay is at least this long. */
const resolution = 10

/** Looks into a process through its inspector, so that it needs no code for it. */
export const watchProcess = async (server: WebhookProcess): Promise<Watch> => {
  const socket = new WebSocket(/ws:\S+/.exec(server.errors())?.[0] ?? '')
  await once(socket, 'open')
  let last = 0
  const waiting = new Map<number, (result: Result) => void>()
  socket.addEventListener('message', ({ data }) => {
    const { id, result } = JSON.parse(String(data)) as { readonly id: number; readonly result: Result }
    waiting.get(id)?.(result)
    waiting.delete(id)
  })
  const send = (method: string, params: object = {}): Promise<Result> => {
    last += 1
    socket.send(JSON.stringify({ id: last, method, params }))
    return new Promise(resolve => waiting.set(last, resolve))
  }
  const evaluate = async (expression: string): Promise<Figures> => {
    const { result } = await send('Runtime.evaluate', { expression: `JSON.stringify(${expression})` })
    return JSON.parse(result?.value ?? '{}') as Figures
  }
  await evaluate(
    `(globalThis.lateness = process.getBuiltinModule('node:perf_hooks').monitorEventLoopDelay({ resolution: ${resolution} })).enable()`,
  )
  return {
    sample: async at => {
      const { most = 0, p99 = 0 } = await evaluate('({ most: lateness.max, p99: lateness.percentile(99) })')
      await send('HeapProfiler.collectGarbage')
      const { heapUsed = 0, external = 0 } = await evaluate('process.memoryUsage()')
      // What the collection takes is not the server's.
      await evaluate('lateness.reset() ?? null')
      return {
        at: Math.round(at),
        rss: round(server.resident()),
        heap: round(heapUsed / 2 ** 20),
        external: round(external / 2 ** 20),
        descriptors: server.descriptors(),
        lag99: round(Math.max(0, p99 / 1e6 - resolution)),
        lagMost: round(Math.max(0, most / 1e6 - resolution)),
      }
    },
    end: () => socket.close(),
  }
}

type Result = { readonly result?: { readonly value?: string } }
type Figures = {
  readonly heapUsed?: number
  readonly external?: number
  readonly most?: number
  readonly p99?: number
}

export const round = (value: number): number => Math.round(value * 100) / 100

/** Of the line that lies nearest to all points (least squares), in units of y for one of x. */
export const slopeOf = (points: readonly (readonly [number, number])[]): number => {
  const [x, y] = [mean(points.map(([each]) => each)), mean(points.map(([, each]) => each))]
  const over = points.reduce((sum, [px, py]) => sum + (px - x) * (py - y), 0)
  return over / points.reduce((sum, [px]) => sum + (px - x) ** 2, 0)
}

const mean = (of: readonly number[]): number => of.reduce((sum, each) => sum + each, 0) / of.length
