import type { Load } from './overload.ts'

/** Milliseconds that a request may take, from its head to the last byte of its answer; ours is a fraction of one. */
export type Slowness = {
  /** Once it is the oldest and another one needs its place. */
  readonly crowded: number
  /** In any case. */
  readonly most: number
}

/** Places for requests being received or answered. */
export type Slots = {
  /**
   * @param cut ends the request with its connection
   * @returns what must be called when the request is over; undefined where there is no place for it
   */
  readonly take: (bytes: number, cut: () => void) => (() => void) | undefined
}

type Guest = { readonly since: number; readonly end: () => void }

/**
 * Hands out the places of a load. Whoever sends or reads byte by byte keeps one only as long as nobody else needs it:
 * otherwise a few bodies that never end would send all API servers away.
 * @param clock milliseconds that only ever grow
 */
export const createSlots = (load: Load, { crowded, most }: Slowness, clock: () => number): Slots => {
  /** In the order in which they came. */
  const guests = new Set<Guest>()
  const hasPlace = (bytes: number): boolean => {
    if (load.enter(bytes)) return true
    for (const { since, end } of guests) {
      if (clock() - since < crowded) break
      end()
      if (load.enter(bytes)) return true
    }
    return false
  }
  return {
    take: (bytes, cut) => {
      if (!hasPlace(bytes)) return undefined
      const leave = (): void => {
        clearTimeout(late)
        if (guests.delete(guest)) load.leave(bytes)
      }
      const end = (): void => {
        leave()
        cut()
      }
      const late = setTimeout(end, most)
      const guest = { since: clock(), end }
      guests.add(guest)
      return leave
    },
  }
}
