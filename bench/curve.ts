// npm run bench:curve: what a review costs with each annotation more, in a loop without a server; draws bench/curve.svg.
import { writeFileSync } from 'node:fs'
import process from 'node:process'
import { settings } from '../test/fixtures/pods.ts'
import { reviewText } from '../src/webhook/review.ts'
import { plot, ticksUpTo } from './plot.ts'
import { deploymentReview, manySettings, manyVariables, manyVaultK8s } from './review.ts'

const counts = [3, 6, 9, 12, 15, 18, 21, 24, 27, 30] as const

/** Microseconds of one review; the best of several rounds, as others on this machine only ever add. */
const cost = (body: string): number => {
  const rounds = Array.from({ length: 15 }, () => {
    const began = performance.now()
    for (let index = 0; index < 400; index += 1) reviewText(body, settings)
    return ((performance.now() - began) * 1000) / 400
  })
  return Math.min(...rounds)
}

const curves = {
  'podvault.dev annotations': manySettings,
  'vault.hashicorp.com annotations': manyVaultK8s,
  'variables of a secrets file': manyVariables,
}

const points = Object.entries(curves).map(([name, annotations]) => {
  const bodies = counts.map(count => deploymentReview(annotations(count)))
  // Once through all, so that the first is compiled like the last.
  for (const body of bodies) cost(body)
  return { name, costs: bodies.map(cost) }
})
for (const { name, costs } of points) {
  const slope = ((costs.at(-1) ?? 0) - (costs[0] ?? 0)) / ((counts.at(-1) ?? 0) - counts[0])
  process.stdout.write(
    `${name}: ${counts.map((count, index) => `${count}: ${costs[index]?.toFixed(0)}`).join(', ')} µs; ${slope.toFixed(2)} µs each\n`,
  )
}

const drawn = plot({
  x: { title: 'how many', ticks: counts },
  y: { title: 'µs a review', ticks: ticksUpTo(Math.max(...points.flatMap(({ costs }) => costs))) },
  lines: points.map(({ name, costs }, index) => ({
    name,
    colour: (['blue', 'orange', 'green'] as const)[index] ?? 'grey',
    points: costs.map((value, at) => [counts[at] ?? 0, value] as const),
  })),
})
writeFileSync('bench/curve.svg', drawn)
