// npm run bench:mutate: `POST /mutate` on one core beside the yardstick on the same core, the load generator on another.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { nodeFlags } from '../scripts/code-cache.ts'
import { load, type Load, type Target } from './load.ts'
import { deploymentReview, manyVariables, manyVaultK8s } from './review.ts'

const folder = mkdtempSync(join(tmpdir(), 'podvault-bench-'))
const rounds = 3
const seconds = 4

type Running = { readonly child: ChildProcess; readonly target: Target }

/** Its log goes to a file, as a container's does. */
const start = async (name: string, ...program: readonly string[]): Promise<Running> => {
  const file = join(folder, name)
  const log = openSync(file, 'w')
  const child = spawn('taskset', ['-c', '0', process.execPath, ...program], { stdio: ['ignore', log, 'inherit'] })
  for (let attempt = 0; attempt < 100; attempt++) {
    await sleep(100)
    const line = readFileSync(file, 'utf8')
      .split('\n')
      .find(text => text.includes('"listening"'))
    if (line === undefined) continue
    const port = Number(String(JSON.parse(line).address).split(':').at(-1))
    const ca = readFileSync(join(folder, 'ca.crt'), 'utf8')
    return { child, target: { host: '127.0.0.1', port, ca, path: '/mutate' } }
  }
  throw new Error(`${name} did not start`)
}

const residentMegabytes = ({ child }: Running): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]) / 1024

const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? NaN
const medians = (loads: readonly Load[]): Load => ({
  perSecond: median(loads.map(each => each.perSecond)),
  p50: median(loads.map(each => each.p50)),
  p99: median(loads.map(each => each.p99)),
})

// As in a cluster: a certificate from files, nothing of what makes one in memory.
execFileSync(process.execPath, ['dist/app/podvault.cjs', 'certs', '--dir', folder], { stdio: 'ignore' })
const [certificate, key] = ['tls.crt', 'tls.key'].map(name => join(folder, name)) as [string, string]
const flags = {
  listen: '127.0.0.1:0',
  'metrics-listen': '',
  'vault-address': 'http://vault:8200',
  'kubernetes-version': '1.36',
  'tls-cert-file': certificate,
  'tls-key-file': key,
}
const bare = await start('bare', 'bench/bare.ts', certificate, key)
const webhook = Object.entries(flags).map(([name, value]) => `--${name}=${value}`)
const podvault = await start('podvault', ...nodeFlags, 'dist/app/podvault.cjs', 'webhook', ...webhook)
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
rmSync(folder, { recursive: true, force: true })
