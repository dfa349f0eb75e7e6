import { readFileSync } from 'node:fs'
import t from 'tap'
import { plotsOf, sectionsOf, tablesUnder } from '../bench/page.ts'
import type { Bursts, Overloads } from '../bench/results.ts'
import { matchesGolden } from './fixtures/golden.ts'
import { sectionIs } from './fixtures/page.ts'

const page = 'docs/performance.md'
const read = (name: string): unknown => JSON.parse(readFileSync(`bench/results/${name}.json`, 'utf8'))
const [bursts, overloads] = [read('burst') as Bursts, read('overload') as Overloads]

for (const [name, made] of Object.entries(sectionsOf(bursts, overloads)))
  t.test(`the ${name} of ${page} are what was measured`, async t => sectionIs(t, page, name, made))

for (const [name, svg] of Object.entries(plotsOf(bursts, overloads)))
  t.test(`the plot of ${name} is drawn from what was measured, and shown`, async t => {
    t.match(readFileSync(page, 'utf8'), `(performance/${name}.svg)`)
    t.notMatch(svg, /NaN|undefined/)
    matchesGolden(t, `docs/performance/${name}.svg`, svg)
  })

for (const heading of ['The webhook', 'The agent', 'The template engine', 'A pod'])
  t.test(`the figures of ${page} are those of bench/README.md: ${heading}`, async t => {
    const tables = tablesUnder(readFileSync('bench/README.md', 'utf8'), heading)
    t.match(tables, /^\| .*\|$/m)
    sectionIs(t, page, heading, tables)
  })

t.test(
  'what the page promises has been measured: every pod that was created was injected, and none refused without a kill',
  async t => {
    for (const { pods, injected } of [...bursts.bursts, ...bursts.disturbed, ...bursts.scaled]) t.equal(injected, pods)
    for (const { refused } of bursts.bursts) t.equal(refused, 0)
    for (const { disturbance, refused } of [...bursts.disturbed, ...bursts.scaled])
      if (disturbance !== 'kills') t.equal(refused, 0)
    for (const { pods } of bursts.scaled) t.equal(pods, 1000)
    for (const { calls, traced } of bursts.bursts) t.equal(traced, calls, 'no call is missing')
  },
)
