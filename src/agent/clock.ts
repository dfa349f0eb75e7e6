// A clock that leases can be kept by: the wall clock is set forwards and back, and the machine's own may stop while it sleeps.
import { uptime } from 'node:os'

/** One point in time by three clocks, in milliseconds: ours, the wall's since 1970, and the machine's since its start. */
export type Moment = { readonly now: number; readonly wall: number; readonly up: number }

/**
 * Ours goes on by whichever of the two others has gone on further: a wall clock that is set back does not hold it up, and
 * a sleep that one of them has missed is counted. Too fast does no harm: something is renewed before its time.
 */
export const later = (base: Moment, wall: number, up: number): Moment => ({
  now: base.now + Math.max(0, wall - base.wall, up - base.up),
  wall,
  up,
})

/** From so many milliseconds apart on, one of the two has been set or has slept. */
const step = 1000

/** Whether what the two say must not be held against what they said before any longer. */
export const hasStepped = (base: Moment, { wall, up }: Moment): boolean =>
  Math.abs(wall - base.wall - (up - base.up)) > step

/**
 * @param since where an earlier process has stopped, so that the times it has left behind mean the same
 * @returns what says the moment
 */
export const steadily = (wall: () => number, up: () => number, since?: Moment): (() => Moment) => {
  let base = since ?? { now: wall(), wall: wall(), up: up() }
  let latest = base.now
  return () => {
    const at = later(base, wall(), up())
    latest = Math.max(latest, at.now)
    const moment = { ...at, now: latest }
    if (hasStepped(base, moment)) base = moment
    return moment
  }
}

/** The machine's own clock, which goes on while it sleeps. Milliseconds since its start. */
export const machineTime = (): number => uptime() * 1000
