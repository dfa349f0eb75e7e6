import type { Answer } from '../vault/responses.ts'
import type { Vault } from '../vault/client.ts'
import type { Log } from './log.ts'
import { type Counted, type FailureReason, logEvents } from './log-events.ts'

/** How Vault answered a request; the label of the metric that counts them. */
export const requestResults = {
  ok: 'an answer',
  denied: '403',
  missing: '404',
  limited: '429',
  refused: 'any other status below 500',
  unavailable: '412, or a status from 500 on: sealed, lagging, failing',
  unreachable: 'no answer: refused, cut, or too late',
  unusable: "no answer of Vault's, or a redirect to elsewhere",
} as const

export type RequestResult = keyof typeof requestResults

/** What has happened since the sidecar started. */
export type Tally = {
  readonly counts: ReadonlyMap<Counted, number>
  readonly failures: ReadonlyMap<FailureReason, number>
  readonly requests: ReadonlyMap<RequestResult, number>
  /** Counts what is logged, and logs it. */
  readonly heard: (log: Log) => Log
  /** Counts what is asked, and asks it. */
  readonly asked: (vault: Vault) => Vault
}

export const newTally = (): Tally => {
  const counts = new Map<Counted, number>()
  const failures = new Map<FailureReason, number>()
  const requests = new Map<RequestResult, number>()
  return {
    counts,
    failures,
    requests,
    heard: log => (level, event, facts) => {
      const meaning = logEvents[event]
      if (meaning !== undefined && 'count' in meaning) add(counts, meaning.count)
      if (meaning !== undefined && 'failure' in meaning)
        add(failures, event === 'retrying' && facts?.['what'] === 'login' ? 'login' : meaning.failure)
      log(level, event, facts)
    },
    asked: vault => ({
      ...vault,
      request: async request => {
        const answer = await vault.request(request)
        add(requests, resultOf(answer))
        return answer
      },
    }),
  }
}

const add = <K>(numbers: Map<K, number>, key: K): void => void numbers.set(key, (numbers.get(key) ?? 0) + 1)

const resultOf = (answer: Answer): RequestResult => {
  if (answer.kind === 'answer') return 'ok'
  if (answer.kind === 'network') return 'unreachable'
  if (answer.kind !== 'status') return 'unusable'
  const known: Readonly<Record<number, RequestResult>> = {
    403: 'denied',
    404: 'missing',
    429: 'limited',
    412: 'unavailable',
  }
  return known[answer.status] ?? (answer.status >= 500 ? 'unavailable' : 'refused')
}
