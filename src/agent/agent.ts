import type { AgentConfig } from '../contract.ts'
import type { Vault } from '../vault/client.ts'
import type { Moment } from './clock.ts'
import type { Log } from './log.ts'
import type { Session } from './session.ts'

/** Time and chance, given from outside so that tests decide about them. Milliseconds. */
export type Clock = {
  /** Counted from 1970, but steady: whoever sets the clock of the node does not move it, and sleep does. */
  readonly now: () => number
  /** The same, with what the node's own clocks say. */
  readonly moment: () => Moment
  /** At least 0, below 1. */
  readonly random: () => number
  /** Rejects when the signal is aborted. */
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<unknown>
}

/** The processes around us. */
export type Host = {
  /** Where the kernel tells of processes: `/proc`. */
  readonly proc: string
  readonly pid: number
  /** @throws the system's error */
  readonly kill: (pid: number, signal: string) => void
}

/** What goes on beside the loop that keeps the secrets. */
export type Beside = {
  /** Is shown every session before the agent rests; what comes back is gone on with: something may be due earlier in it. */
  readonly seen: (session: Session) => Session
  /** Rejects when the pod ends; is over early when something has become due. */
  readonly rest: (milliseconds: number) => Promise<unknown>
}

/** What every step of the agent works with. */
export type Agent = {
  readonly config: AgentConfig
  readonly vault: Vault
  readonly clock: Clock
  readonly host: Host
  readonly log: Log
  /** Aborted when the pod ends. */
  readonly signal: AbortSignal
  readonly beside?: Beside
}
