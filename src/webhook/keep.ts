import { setTimeout as wait } from 'node:timers/promises'
import { sentence } from '../errors.ts'

/** Something read from files that others may replace: Kubernetes by swapping a symlink in mounted objects, people by writing. */
export type Kept<T> = {
  readonly current: () => T
  /**
   * What has taken the place of the current one since the last call, if anything has.
   * @throws PodvaultError while what is there now cannot be used; the current one stays
   */
  readonly renewed: () => T | undefined
}

export type Keeping = {
  /** Milliseconds between two looks. The kubelet takes a minute to bring something new; watching the files would be no sooner. */
  readonly every: number
  /** Ends the watch. */
  readonly stop: AbortSignal
}

/** Hands on each new state of what is kept, until it is told to stop. What keeps it from that is reported once. */
export const keep = async <T>(
  { renewed }: Pick<Kept<T>, 'renewed'>,
  { every, stop }: Keeping,
  use: (value: T) => void,
  complain: (message: string) => void,
): Promise<void> => {
  let reported = ''
  while (await pause(every, stop)) {
    try {
      const value = renewed()
      if (value !== undefined) use(value)
      reported = ''
    } catch (error) {
      const message = sentence(error)
      if (message !== reported) complain(message)
      reported = message
    }
  }
}

/** Waits so many milliseconds; false when it was told to stop. */
export const pause = async (milliseconds: number, stop: AbortSignal): Promise<boolean> => {
  await wait(milliseconds, undefined, { signal: stop }).catch(() => undefined)
  return !stop.aborted
}
