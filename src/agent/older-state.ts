import { isRecord } from '../shape.ts'
import type { Moment } from './clock.ts'

/**
 * A state as an earlier podvault has left it, as one of today, unchecked: a pod outlives the image that it was started
 * with where the image's tag moves on. Times are taken to be by the clock on the wall, which they were.
 */
export const asToday = (state: unknown, now: Moment): unknown => {
  if (!isRecord(state)) return state
  const { version, token, former, mounts } = state
  const dated = { at: now, changedAt: now.wall }
  // The values were not in it: they are read anew, with the same token.
  if (version === 1)
    return { ...dated, version: 2, token, former, mounts, held: [], told: [], shown: false, mounted: null }
  return version === 2 && state['at'] === undefined ? { ...state, ...dated } : state
}
