import { readFileSync, writeFileSync } from 'node:fs'
import { plot, ticksUpTo } from './plot.ts'
import type { Sample } from './soak-watch.ts'

/** bench/results/soak.json: what bench/soak.ts has measured. */
export type Soaks = {
  readonly minutes: number
  /** Of each server. */
  readonly perSecond: number
  /** Seconds at the beginning that the lines are not fitted to. */
  readonly warm: number
  readonly results: readonly { readonly name: string; readonly samples: readonly Sample[] }[]
}

const colours = ['blue', 'orange'] as const

/** Draws bench/soak.svg from the results that lie there. */
export const drawSoak = (): void => {
  const { minutes, results } = JSON.parse(readFileSync('bench/results/soak.json', 'utf8')) as Soaks
  const most = Math.max(...results.flatMap(({ samples }) => samples.map(({ rss }) => rss)))
  const svg = plot({
    x: { title: 'minutes', ticks: ticksUpTo(minutes) },
    y: { title: 'MB', ticks: ticksUpTo(most) },
    lines: results.flatMap(({ name, samples }, index) =>
      (['rss', 'heap'] as const).map(what => ({
        name: `${name}: ${what === 'rss' ? 'RSS' : 'heap after a collection'}`,
        colour: colours[index] ?? 'grey',
        isDashed: what === 'heap',
        points: samples.map(sample => [sample.at / 60, sample[what]] as const),
      })),
    ),
  })
  writeFileSync('bench/soak.svg', svg)
}
