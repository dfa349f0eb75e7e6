import type { Log } from '../log.ts'
import type { Facts } from './answer.ts'
import type { Metrics } from './metrics.ts'
import { type TraceContext, traceContextOf } from './trace-context.ts'

/** A review that has been answered, as those see it who look at podvault from outside. */
export type Observed = {
  readonly facts: Facts
  /** `/mutate` or `/validate`. */
  readonly route: string
  /** HTTP status of the answer. */
  readonly status: number
  /** Milliseconds from the complete body to the answer. */
  readonly ms: number
  /** There when podvault itself failed. */
  readonly error?: Error | undefined
  /** The request's header, as it came. */
  readonly traceparent?: unknown
}

export type Observer = (observed: Observed) => void

/** Makes a span of a review that has just been answered. @returns the id of its trace */
export type Tracer = (observed: Observed, context: TraceContext | undefined) => string

export type ObserverParts = {
  readonly log: Log
  readonly metrics: Pick<Metrics, 'reviewed'>
  readonly trace?: Tracer | undefined
}

/** Counts a review, makes a span of it where somebody wants it, and writes one line, with nothing of the pod but its name. */
export const createObserver =
  ({ log, metrics, trace }: ObserverParts): Observer =>
  observed => {
    const { facts, ms, error } = observed
    metrics.reviewed(facts, ms / 1000)
    const context = traceContextOf(observed.traceparent)
    const traceId = trace === undefined ? context?.traceId : trace(observed, context)
    const line = { ...facts, ms: Math.round(ms * 1000) / 1000, ...(traceId !== undefined && { trace_id: traceId }) }
    if (error !== undefined) log.error({ ...line, stack: error.stack }, 'review')
    else if (facts.decision === 'reject') log.warn(line, 'review')
    else log.info(line, 'review')
  }
