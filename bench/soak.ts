// npm run bench:soak [-- --minutes 30 --rate 50]: mixed load on two real servers, and whether anything grows. Linux only.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { drawSoak } from './soak-plot.ts'
import { type Outcomes, soak, surprises } from './soak-load.ts'
import { filesServer, managedServer, type Server } from './soak-servers.ts'
import { round, type Sample, slopeOf, watchProcess } from './soak-watch.ts'

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '30' }, rate: { type: 'string', default: '50' } },
})
const [minutes, perSecond] = [Number(values.minutes), Number(values.rate)]
/** Seconds: between two samples, and until caches and compilers have had their time. */
const every = 10
const warm = Math.min(300, minutes * 15)
/** Longer than any connection may be kept without a word. */
const quiet = 110

const soaked = async (name: string, server: Server) => {
  const watch = await watchProcess(server)
  const before = await watch.sample(0)
  const [stop, outcomes]: [AbortController, Outcomes] = [new AbortController(), new Map()]
  const load = soak(server, perSecond, stop.signal, outcomes)
  const began = performance.now()
  const samples: Sample[] = []
  while (performance.now() - began < minutes * 60_000) {
    await sleep(every * 1000)
    server.disturb(samples.length)
    const sample = await watch.sample((performance.now() - began) / 1000)
    samples.push(sample)
    const { at, rss, heap, descriptors, lag99, lagMost } = sample
    process.stdout.write(`${name} ${at} s: ${rss} MB, heap ${heap} MB, ${descriptors} fds, ${lag99}/${lagMost} ms\n`)
  }
  stop.abort()
  await load
  await sleep(quiet * 1000)
  const after = await watch.sample((performance.now() - began) / 1000)
  watch.end()
  const settled = samples.filter(({ at }) => at >= warm)
  const perHour = (of: (sample: Sample) => number): number =>
    round(slopeOf(settled.map(sample => [sample.at, of(sample)])) * 3600)
  return {
    name,
    perHour: {
      rss: perHour(({ rss }) => rss),
      heap: perHour(({ heap }) => heap),
      external: perHour(({ external }) => external),
      descriptors: perHour(({ descriptors }) => descriptors),
    },
    surprises: surprises(outcomes),
    outcomes: Object.fromEntries([...outcomes].toSorted(([a], [b]) => (a < b ? -1 : 1))),
    before,
    after,
    samples,
  }
}

const home = mkdtempSync(join(tmpdir(), 'podvault-soak-'))
const folderOf = (name: string): string => {
  mkdirSync(join(home, name))
  return join(home, name)
}
const servers = {
  'certificate from files': await filesServer(folderOf('files')),
  'self-managed': await managedServer(folderOf('managed')),
}
const results = await Promise.all(Object.entries(servers).map(([name, server]) => soaked(name, server)))
for (const server of Object.values(servers)) await server[Symbol.asyncDispose]()
mkdirSync('bench/results', { recursive: true })
writeFileSync('bench/results/soak.json', `${JSON.stringify({ minutes, perSecond, warm, results }, undefined, 1)}\n`)
drawSoak()
for (const { name, perHour, surprises: odd, before, after } of results)
  process.stdout.write(
    `${name}: a hour makes ${JSON.stringify(perHour)}; descriptors ${before.descriptors} before, ${after.descriptors} after; surprises: ${odd.join('; ') || 'none'}\n`,
  )
rmSync(home, { recursive: true })
process.exit(0)
