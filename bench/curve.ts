// npm run bench:curve: what a review costs with each annotation more, in a loop without a server; draws bench/curve.svg.
import { writeFileSync } from 'node:fs'
import process from 'node:process'
import { settings } from '../test/fixtures/pods.ts'
import { reviewText } from '../src/webhook/review.ts'
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

const [width, height, left, bottom] = [720, 360, 50, 40]
const top = Math.ceil(Math.max(...points.flatMap(({ costs }) => costs)) / 50) * 50
const x = (count: number): number => left + ((count - 3) / 27) * (width - left - 20)
const y = (value: number): number => height - bottom - (value / top) * (height - bottom - 20)
const colours = ['#0b5fff', '#d9480f', '#2b8a3e']
const lines = points.map(({ name, costs }, index) => {
  const path = costs.map((value, at) => `${x(counts[at] ?? 0).toFixed(1)},${y(value).toFixed(1)}`).join(' ')
  return `<polyline points="${path}" fill="none" stroke="${colours[index]}" stroke-width="2"/><text x="${left + 10}" y="${34 + index * 18}" fill="${colours[index]}">${name}</text>`
})
const grid = Array.from({ length: top / 50 + 1 }, (_, index) => index * 50).map(
  value =>
    `<line x1="${left}" x2="${width - 20}" y1="${y(value)}" y2="${y(value)}" stroke="#ddd"/><text x="${left - 8}" y="${y(value) + 4}" text-anchor="end">${value}</text>`,
)
const ticks = counts.map(
  count => `<text x="${x(count)}" y="${height - bottom + 18}" text-anchor="middle">${count}</text>`,
)
writeFileSync(
  'bench/curve.svg',
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="#fff"/>${[...grid, ...ticks, ...lines].join('')}<text x="${width / 2}" y="${height - 6}" text-anchor="middle">how many</text><text x="8" y="16">µs a review</text></svg>\n`,
)
