import type { Machine } from './machine.ts'
import type { Quantiles } from './quantiles.ts'

/** bench/results/burst.json: what bench/burst.ts has measured. */
export type Bursts = {
  readonly machine: Machine
  /** How many evictions or kills there were in each run with them, one every two seconds. */
  readonly times: number
  readonly bursts: readonly Burst[]
  readonly plain: readonly Plain[]
  readonly disturbed: readonly Disturbed[]
  readonly scaled: readonly Scaled[]
}

type Outcome = {
  /** That were there in the end. */
  readonly pods: number
  readonly injected: number
  /** Creates that the API server answered with an error. */
  readonly refused: number
}

/** Creates through so many connections, one at a time on each. */
export type Burst = Outcome & {
  readonly replicas: number
  readonly connections: number
  /** The first reviews in the life of these replicas, or later ones. */
  readonly kind: 'first' | 'usual'
  readonly perSecond: number
  /** What whoever creates sees. */
  readonly create: Quantiles
  /** Of the webhook, by the API server's own histogram. */
  readonly calls: number
  /** Those that it has sent a trace of. */
  readonly traced: number
  /** What the API server sees, by its traces: call, answer, and the patch applied. */
  readonly webhook: Quantiles
  readonly curve: readonly (readonly [milliseconds: number, share: number])[]
}

/** The same without annotations. */
export type Plain = { readonly connections: number; readonly perSecond: number; readonly create: Quantiles }

export type Disturbed = Outcome & {
  readonly replicas: number
  readonly disturbance: 'upgrade' | 'evictions' | 'kills'
  readonly connections: number
}

/** A Deployment scaled up from 0. */
export type Scaled = Outcome & {
  readonly replicas: number
  readonly disturbance: 'nothing' | Disturbed['disturbance']
  readonly seconds: number
  readonly curve: readonly (readonly [second: number, pods: number])[]
}

/** bench/results/overload.json: what bench/overload.ts has measured. */
export type Overloads = {
  readonly machine: Machine
  readonly apiServers: number
  readonly overloads: readonly Overload[]
}

export type Overload = {
  /** Whose reviews, and with how much of a core. */
  readonly what: string
  /** Reviews a second. */
  readonly capacity: number
  readonly overload: Answers
  /** From a second after its end. */
  readonly after: Answers
  /** Milliseconds from its end to the last call that was refused or took over a second. */
  readonly recovered: number
  readonly seconds: readonly Answers[]
  /** Megabytes of memory before, and the most there were. */
  readonly before: number
  readonly most: number
}

/** By when the call began. */
export type Answers = {
  readonly calls: number
  readonly answered: number
  /** How often one was told to come back in a second. */
  readonly shed: number
  readonly lost: number
  readonly timeouts: number
  /** Because the API server has had too many under way itself. */
  readonly notSent: number
  readonly milliseconds: Quantiles
}
