// npm run bench:overload: four times what a replica can answer, for ten seconds; into bench/results/overload.json.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import process from 'node:process'
import { text } from 'node:stream/consumers'
import { load } from './load.ts'
import type { Call, Flood } from './flood.ts'
import { machine } from './machine.ts'
import { quantiles, round } from './quantiles.ts'
import type { Overload, Overloads } from './results.ts'
import { deploymentReview, manyVaultK8s } from './review.ts'
import { makeFolder, makeGroup, residentMegabytes, type Running, startWebhook } from './server.ts'

const apiServers = 3
/** Of the manifest's Deployment: 256Mi. */
const memoryLimit = 256 * 2 ** 20
/** Times of what it can do, for so many seconds. */
const plan = [
  { times: 0.5, seconds: 4 },
  { times: 4, seconds: 10 },
  { times: 0.5, seconds: 6 },
]
const overloadBegins = 4000
const overloadEnds = 14_000

type Case = { readonly what: string; readonly body: string; readonly share: number; readonly connections: number }

const usual = deploymentReview(manyVaultK8s(30))
/** About as large as etcd takes it. */
const large = deploymentReview({ ...manyVaultK8s(30), note: 'x'.repeat(1_000_000) })

const cases: readonly Case[] = [
  { what: 'a pod of 30 annotations', body: usual, share: 1, connections: 25 },
  { what: 'the same, with a tenth of a core', body: usual, share: 0.1, connections: 25 },
  { what: 'a pod of 1 MB', body: large, share: 1, connections: 8 },
]

/** The load comes from the second core. */
const flood = async (input: Flood): Promise<readonly Call[]> => {
  const child = spawn('taskset', ['-c', '1', process.execPath, 'bench/flood.ts'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  child.stdin.end(JSON.stringify(input))
  return JSON.parse(await text(child.stdout)) as readonly Call[]
}

/** Lets it run for this share of each 100 ms, as the kernel does by a CPU limit. */
const throttle = ({ child }: Running, share: number): (() => void) => {
  if (share === 1) return () => undefined
  const period = setInterval(() => {
    child.kill('SIGCONT')
    setTimeout(() => child.kill('SIGSTOP'), share * 100)
  }, 100)
  return () => {
    clearInterval(period)
    setTimeout(() => child.kill('SIGCONT'), share * 100 + 1)
  }
}

const overload = async ({ what, body, share, connections }: Case): Promise<Overload> => {
  using folder = makeFolder()
  using group = makeGroup(memoryLimit)
  const webhook = await startWebhook(folder, group.enter)
  await load(webhook.target, body, connections, 5)
  const release = throttle(webhook, share)
  const { perSecond: capacity } = await load(webhook.target, body, connections, 5)
  const memory: number[] = []
  const watching = setInterval(() => memory.push(residentMegabytes(webhook)), 100)
  const before = residentMegabytes(webhook)
  const phases = plan.map(({ times, seconds }) => ({ perSecond: times * capacity, seconds }))
  const calls = await flood({ target: webhook.target, body, phases, apiServers })
  clearInterval(watching)
  release()
  const ended = once(webhook.child, 'exit')
  webhook.child.kill('SIGKILL')
  await ended
  return {
    what,
    capacity: round(capacity),
    ...judge(calls),
    before: round(before),
    most: round(Math.max(...memory)),
  }
}

const judge = (calls: readonly Call[]): Pick<Overload, 'overload' | 'after' | 'recovered' | 'seconds'> => {
  const between = (from: number, to: number) => calls.filter(({ began }) => began >= from && began < to)
  const bad = between(overloadEnds, Infinity).filter(
    ({ outcome, took }) => outcome !== 'late' && (outcome !== 'answered' || took > 1000),
  )
  return {
    overload: summary(between(overloadBegins, overloadEnds)),
    after: summary(between(overloadEnds + 1000, Infinity)),
    recovered: Math.round(Math.max(overloadEnds, ...bad.map(({ began }) => began)) - overloadEnds),
    seconds: Array.from({ length: 20 }, (_, second) => summary(between(second * 1000, second * 1000 + 1000))),
  }
}

const summary = (calls: readonly Call[]): Overload['overload'] => {
  const count = (outcome: Call['outcome']): number => calls.filter(call => call.outcome === outcome).length
  const answered = calls.filter(({ outcome }) => outcome === 'answered').map(({ took }) => took)
  return {
    calls: calls.length - count('late'),
    answered: answered.length,
    shed: calls.reduce((sum, { shed }) => sum + shed, 0),
    lost: count('lost') + count('refused'),
    timeouts: count('timeout'),
    notSent: count('not sent'),
    milliseconds: quantiles(answered),
  }
}

const taken = machine()
const overloads: Overload[] = []
for (const each of cases) {
  const result = await overload(each)
  overloads.push(result)
  process.stderr.write(`${JSON.stringify({ ...result, seconds: undefined })}\n`)
}
const results: Overloads = { machine: taken, apiServers, overloads }
mkdirSync('bench/results', { recursive: true })
writeFileSync('bench/results/overload.json', `${JSON.stringify(results, undefined, 1)}\n`)
