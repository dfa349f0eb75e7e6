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
  /**
   * In the order in which they came. No Set: with much coming and going its former tables refer to what has gone until V8
   * collects all of the heap, and whole requests there were 35 MB under load.
   */
  const guests: Guest[] = []
  const hasPlace = (bytes: number): boolean => {
    while (!load.enter(bytes)) {
      const [oldest] = guests
      if (oldest === undefined || clock() - oldest.since < crowded) return false
      oldest.end()
    }
    return true
  }
  return {
    take: (bytes, cut) => {
      if (!hasPlace(bytes)) return undefined
      const leave = (): void => {
        clearTimeout(late)
        const at = guests.indexOf(guest)
        if (at === -1) return
        guests.splice(at, 1)
        load.leave(bytes)
      }
      const end = (): void => {
        leave()
        cut()
      }
      const late = setTimeout(end, most)
      const guest = { since: clock(), end }
      guests.push(guest)
      return leave
    },
  }
}
