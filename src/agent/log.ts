import type { Writable } from 'node:stream'

import type { LogEvent } from './log-events.ts'

export type Facts = Readonly<Record<string, string | number | boolean>>

/** One line for one event. Facts are names, paths, seconds and sentences, never a value or a token. */
export type Log = (level: 'info' | 'warn', event: LogEvent, facts?: Facts) => void

/** JSON lines, without a library: the agent runs ten thousand times. */
export const logTo =
  (out: Writable, now: () => number): Log =>
  (level, event, facts) =>
    void out.write(`${JSON.stringify({ time: new Date(now()).toISOString(), level, event, ...facts })}\n`)
