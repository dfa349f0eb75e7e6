import { pause } from './keep.ts'

/** A sleep that others may end. */
export type Alarm = {
  /** Milliseconds; ends at once where somebody has called since the last sleep. */
  readonly sleep: (milliseconds: number) => Promise<void>
  readonly call: () => void
}

/**
 * @param clock milliseconds that only ever grow
 * @param least milliseconds between the ends of two sleeps, however often somebody calls
 */
export const createAlarm = (stop: AbortSignal, clock: () => number, least: number): Alarm => {
  let bell = new AbortController()
  let awake = -Infinity
  return {
    sleep: async milliseconds => {
      await pause(milliseconds, AbortSignal.any([stop, bell.signal]))
      await pause(Math.max(0, least - (clock() - awake)), stop)
      bell = new AbortController()
      awake = clock()
    },
    call: () => bell.abort(),
  }
}
