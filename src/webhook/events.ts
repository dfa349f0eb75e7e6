import { sentence } from '../errors.ts'
import type { Reason } from '../inject/reasons.ts'
import type { Log } from '../log.ts'
import { ApiError, type ApiServer } from './api-server.ts'
import { cut } from './cut.ts'
import type { Owner } from './owner.ts'

/** What the owner of a pod should know: the pod was refused, or gets nothing although it asked. */
export type Notice = {
  readonly namespace: string
  readonly owner: Owner
  readonly reason: Reason
  /** At most 1024 bytes, which is what an event takes. */
  readonly message: string
}

/** `repeated`: said a moment ago · `dropped`: too many · `failed`: the API server did not take it. */
export const eventResults = ['sent', 'repeated', 'dropped', 'failed'] as const

export type EventResult = (typeof eventResults)[number]

/** Sends notices as events, in the background and as far as it is able to; never throws. */
export type Recorder = (notice: Notice) => void

export type RecorderParts = {
  readonly api: ApiServer
  readonly log: Log
  readonly now: () => Date
  readonly count: (result: EventResult) => void
}

/** Milliseconds in which an owner hears the same reason once. */
const quiet = 5 * 60_000

/** Events in that time, of all namespaces and of each: controllers may be many, and quick to try again. */
const most = { all: 1000, namespace: 100 }

/** Events under way at once, and the milliseconds each may take. */
const mostUnderWay = 8
const patience = 5000

/** What was said to an owner, and how often the same has happened since. */
type Said = {
  readonly namespace: string
  readonly until: number
  readonly repeats: readonly [times: number, since: Date] | undefined
}

/**
 * An owner hears the same reason as a new event every few minutes, which says how often it was so since the last one.
 * Counting in one event, as Kubernetes does it, needs the right to change every event of the cluster: RBAC knows no own ones.
 */
export const createRecorder = ({ api, log, now, count }: RecorderParts): Recorder => {
  /** What was said, and in which namespace, until when it shall not be said again; the oldest first. */
  const said = new Map<string, Said>()
  let underWay = 0
  let complaint = ''
  const judge = (key: string, namespace: string, time: number): EventResult | undefined => {
    for (const [old, { until }] of said) {
      if (until > time) break
      said.delete(old)
    }
    if (said.has(key)) return 'repeated'
    const here = said.values().reduce((sum, each) => (each.namespace === namespace ? sum + 1 : sum), 0)
    return said.size >= most.all || here >= most.namespace || underWay >= mostUnderWay ? 'dropped' : undefined
  }
  const send = async (notice: Notice, key: string, at: Date, repeats: Said['repeats']): Promise<void> => {
    underWay += 1
    try {
      const path = `/api/v1/namespaces/${encodeURIComponent(notice.namespace)}/events`
      const response = await api.ask('POST', path, AbortSignal.timeout(patience), eventOf(notice, at, repeats))
      response.resume()
      count('sent')
      complaint = ''
    } catch (error) {
      count('failed')
      const message = sentence(error)
      if (message !== complaint) log.warn(`an event could not be sent: ${cut(message, 500)}`)
      complaint = message
      // What the API server has refused it would refuse again; all else may be said with the next pod.
      if (!(error instanceof ApiError && error.status < 500)) said.delete(key)
    } finally {
      underWay -= 1
    }
  }
  return notice => {
    const at = now()
    const key = `${notice.owner.uid} ${notice.reason}`
    const before = said.get(key)
    const result = judge(key, notice.namespace, at.getTime())
    if (result === 'repeated' && before !== undefined) {
      const [times, since] = before.repeats ?? [0, at]
      // In its place: the oldest come first.
      said.set(key, { ...before, repeats: [times + 1, since] })
    }
    if (result !== undefined) return count(result)
    said.set(key, { namespace: notice.namespace, until: at.getTime() + quiet, repeats: undefined })
    void send(notice, key, at, before?.repeats)
  }
}

/** https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.36/#event-v1-core, which `kubectl describe` shows. */
const eventOf = (
  { namespace, owner, reason, message }: Notice,
  at: Date,
  [times, since]: NonNullable<Said['repeats']> = [0, at],
): object => ({
  apiVersion: 'v1',
  kind: 'Event',
  metadata: { namespace, generateName: `${owner.name}.` },
  involvedObject: { ...owner, namespace },
  type: 'Warning',
  reason: camelCase(reason),
  message,
  source: { component: 'podvault' },
  reportingComponent: 'podvault',
  firstTimestamp: since.toISOString(),
  lastTimestamp: at.toISOString(),
  count: times + 1,
})

const camelCase = (reason: Reason): string =>
  reason.replaceAll(/(?:^|-)(.)/g, (_, letter: string) => letter.toUpperCase())
