// npm run bench:mutate: `POST /mutate` on one core beside the yardstick on the same core, the load generator on another.
import process from 'node:process'
import { load, type Load } from './load.ts'
import { deploymentReview, manyVariables, manyVaultK8s } from './review.ts'
import { makeFolder, residentMegabytes, start, startWebhook } from './server.ts'

const rounds = 3
const seconds = 4

const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? NaN
const medians = (loads: readonly Load[]): Load => ({
  perSecond: median(loads.map(each => each.perSecond)),
  p50: median(loads.map(each => each.p50)),
  p99: median(loads.map(each => each.p99)),
})

using folder = makeFolder()
const bare = await start(folder, 'bare', 'bench/bare.ts', folder.certificate, folder.key)
const podvault = await startWebhook(folder)
/** One body, with so many connections; the two in turn. */
const compare = async (name: string, body: string, connections: number): Promise<void> => {
  const results: { readonly bare: Load[]; readonly podvault: Load[] } = { bare: [], podvault: [] }
  for (const { target } of [bare, podvault]) await load(target, body, connections, 2)
  for (let round = 0; round < rounds; round++) {
    results.bare.push(await load(bare.target, body, connections, seconds))
    results.podvault.push(await load(podvault.target, body, connections, seconds))
  }
  const what = `${name} (${body.length} bytes), ${connections} connections`
  for (const [server, loads] of Object.entries(results)) {
    const { perSecond, p50, p99 } = medians(loads)
    process.stdout.write(
      `${what}, ${server}: ${Math.round(perSecond)}/s, p50 ${p50.toFixed(3)} ms, p99 ${p99.toFixed(3)} ms\n`,
    )
  }
  const ratio = medians(results.podvault).perSecond / medians(results.bare).perSecond
  process.stdout.write(`${what}: podvault / bare = ${ratio.toFixed(2)}\n`)
}

const bodies = {
  'three annotations': deploymentReview(),
  'a secrets file of 40 variables': deploymentReview(manyVariables(40)),
  'a vault-k8s pod of 30 annotations': deploymentReview(manyVaultK8s(30)),
}
// A webhook runs for weeks: V8 goes on compiling what is hot for some ten thousand reviews, the yardstick's far sooner.
for (const { target } of [bare, podvault]) await load(target, deploymentReview(), 8, 10)
for (const [name, body] of Object.entries(bodies))
  for (const connections of [1, 8]) await compare(name, body, connections)
process.stdout.write(
  `RSS: podvault ${residentMegabytes(podvault).toFixed(0)} MB, bare ${residentMegabytes(bare).toFixed(0)} MB\n`,
)
for (const { child } of [bare, podvault]) child.kill('SIGKILL')
