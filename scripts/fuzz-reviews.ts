// npm run fuzz:reviews [-- --runs 100000 --seed 1]: hostile AdmissionReviews, changed at random from all fixtures, for the handler and,
// one in twenty, for a real server. Each fault is printed once, with the seed of its review; it becomes a test where it is mended.
import process from 'node:process'
import { parseArgs } from 'node:util'
import { answer, faultsIn, fuzzer } from '../test/fixtures/fuzzed-reviews.ts'
import { ask } from '../test/fixtures/hostile-clients.ts'
import { startWebhook } from '../test/fixtures/webhook-process.ts'

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '100000' }, seed: { type: 'string', default: '1' } },
})
const [runs, first] = [Number(values.runs), Number(values.seed)]
const review = fuzzer()
const outcomes = new Map<string, number>()
const faults = new Map<string, { readonly seed: number; count: number }>()
const count = (outcome: string): void => void outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
const report = (fault: string, seed: number): void => {
  const kind = fault.replaceAll(/\d+|"[^"]*"/g, '…').slice(0, 200)
  const known = faults.get(kind)
  if (known === undefined) process.stdout.write(`seed ${seed}: ${fault}\n`)
  faults.set(kind, { seed: known?.seed ?? seed, count: (known?.count ?? 0) + 1 })
}
let slowest = { milliseconds: 0, seed: 0, bytes: 0 }

await using server = await startWebhook(
  ['src/main.ts', 'webhook'],
  ['--vault-address', 'https://vault.example.com:8200'],
)
for (let seed = first; seed < first + runs; seed += 1) {
  const fuzzed = review(seed)
  const began = performance.now()
  const reviewed = answer(fuzzed)
  const milliseconds = performance.now() - began
  if (milliseconds > slowest.milliseconds) slowest = { milliseconds, seed, bytes: fuzzed.body.length }
  count(reviewed.facts.reason)
  for (const fault of faultsIn(fuzzed, reviewed)) report(fault, seed)
  if (JSON.stringify(answer(fuzzed)) !== JSON.stringify(reviewed)) report('another answer the second time', seed)
  if (seed % 20 === 0) {
    const { status, body } = await ask(server, fuzzed.body, {}, fuzzed.path)
    count(`HTTP ${status}`)
    const expected = reviewed.kind === 'answered' ? 200 : 400
    if (status !== expected) report(`HTTP ${status}: ${body.slice(0, 200)}`, seed)
  }
  if ((seed - first) % 10_000 === 9999) process.stdout.write(`${seed - first + 1} reviews\n`)
}
if ('polluted' in {}) report('a prototype is polluted', 0)
const list = [...outcomes].toSorted(([, a], [, b]) => b - a).map(([outcome, times]) => `${outcome} ${times}`)
process.stdout.write(`${runs} reviews from seed ${first}: ${list.join(', ')}\n`)
process.stdout.write(
  `the slowest took ${slowest.milliseconds.toFixed(0)} ms: seed ${slowest.seed}, ${slowest.bytes} bytes\n`,
)
for (const [kind, { seed, count: times }] of faults) process.stdout.write(`${times} × ${kind} (seed ${seed})\n`)
process.exitCode = faults.size === 0 ? 0 : 1
