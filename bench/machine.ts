import { cpus, loadavg, totalmem } from 'node:os'
import process from 'node:process'

/** Where and when something was measured, and how busy the machine was with other things. */
export type Machine = {
  readonly date: string
  readonly cpu: string
  readonly cores: number
  readonly gigabytes: number
  readonly node: string
  /** Processes that ran or waited, on average of the minute before. */
  readonly load: number
}

export const machine = (): Machine => ({
  date: new Date().toISOString().slice(0, 10),
  cpu: cpus()[0]?.model.trim() ?? '',
  cores: cpus().length,
  gigabytes: Math.round(totalmem() / 2 ** 30),
  node: process.version,
  load: Math.round((loadavg()[0] ?? 0) * 10) / 10,
})
