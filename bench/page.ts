import { table } from '../test/fixtures/page.ts'
import type { Machine } from './machine.ts'
import { type Line, plot, ticksUpTo } from './plot.ts'
import type { Burst, Bursts, Disturbed, Overloads, Scaled } from './results.ts'

/** What docs/performance.md shows of the results, by the names of its sections. */
export const sectionsOf = (bursts: Bursts, overloads: Overloads): Readonly<Record<string, string>> => ({
  machine: `Taken on ${machineOf(bursts.machine)}, and the overload with a load of ${overloads.machine.load}.`,
  bursts: burstTable(bursts),
  disturbed: disturbedTable(bursts),
  overload: overloadTable(overloads),
})

/** The plots beside the page, by their names. */
export const plotsOf = ({ bursts, scaled }: Bursts, { overloads }: Overloads): Readonly<Record<string, string>> => ({
  latency: plot({
    x: {
      title: 'ms of a call, as the API server sees it',
      ticks: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000],
      isLogarithmic: true,
    },
    y: { title: '% of all calls', ticks: [0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100] },
    lines: bursts.filter(({ kind }) => kind === 'usual').map(latencyLine),
  }),
  deployment: plot({
    x: { title: 'seconds', ticks: ticksUpTo(Math.max(...scaled.map(({ seconds }) => seconds))) },
    y: { title: 'pods', ticks: ticksUpTo(1000) },
    lines: scaled.filter(({ replicas }) => replicas > 1).map(deploymentLine),
  }),
  overload: plot({
    x: { title: 'seconds', ticks: ticksUpTo(20) },
    y: {
      title: 'calls a second, by when they began',
      ticks: ticksUpTo(Math.max(...(overloads[0]?.seconds ?? []).map(({ calls }) => calls))),
    },
    lines: overloadLines(overloads),
  }),
})

const machineOf = ({ date, cpu, cores, gigabytes, node, load }: Machine): string =>
  `${date}, ${cores} virtual cores of an ${cpu}, ${gigabytes} GB, Node ${node}; before it began, ${load} processes of others ran or waited (load average)`

const colours = ['grey', 'orange', 'blue', 'green'] as const

const latencyLine = ({ replicas, connections, curve }: Burst): Line => ({
  name: `${connections} at once, ${replicasOf(replicas)}`,
  points: curve.map(([milliseconds, share]) => [milliseconds, share * 100]),
  colour: colours[replicas] ?? 'grey',
  isDashed: connections > 25,
})

const deploymentLine = ({ replicas, disturbance, curve }: Scaled): Line => ({
  name: `${replicasOf(replicas)}${happening[disturbance]}`,
  points: curve,
  colour: ({ nothing: 'blue', upgrade: 'green', evictions: 'grey', kills: 'orange' } as const)[disturbance],
  isDashed: replicas < 3,
})

const overloadLines = ([first]: Overloads['overloads']): readonly Line[] =>
  (
    [
      ['asked for', 'grey', 'calls'],
      ['answered', 'blue', 'answered'],
      ['held back by the API servers themselves', 'green', 'notSent'],
      ['not within 5 s', 'orange', 'timeouts'],
    ] as const
  ).map(([name, colour, what]) => ({
    name,
    colour,
    points: (first?.seconds ?? []).map((second, index) => [index + 0.5, second[what]] as const),
  }))

const replicasOf = (count: number): string => (count === 1 ? '1 replica' : `${count} replicas`)

const happening = {
  nothing: '',
  upgrade: ', all replaced meanwhile',
  evictions: ', one evicted every 2 s',
  kills: ', one killed every 2 s',
} as const

const kinds = {
  first: ', just started',
  usual: '',
} as const

const burstTable = ({ bursts, plain }: Bursts): string =>
  table(
    [
      'pods created',
      'pods',
      'injected',
      'refused',
      'a second',
      'calls a pod',
      'call p50',
      'p99',
      'p99.9',
      'create p50',
      'p99',
    ],
    [
      ...bursts.map(({ replicas, connections, kind, pods, injected, refused, perSecond, create, calls, webhook }) => [
        `${connections} at once, ${replicasOf(replicas)}${kinds[kind]}`,
        ...[pods, injected, refused, perSecond].map(counted),
        (calls / pods).toFixed(1),
        ...[webhook.p50, webhook.p99, webhook.p999, create.p50, create.p99].map(milliseconds),
      ]),
      ...plain.map(({ connections, perSecond, create }) => [
        `${connections} at once, plain`,
        '',
        '',
        '',
        counted(perSecond),
        '0',
        '',
        '',
        '',
        milliseconds(create.p50),
        milliseconds(create.p99),
      ]),
    ],
  )

const disturbedTable = ({ disturbed, scaled }: Bursts): string =>
  table(
    ['pods created', 'pods', 'injected', 'refused', 'all there after'],
    [
      ...scaled.map(each => [
        `Deployment of 1,000, ${replicasOf(each.replicas)}${happening[each.disturbance]}`,
        ...outcome(each),
        `${each.seconds} s`,
      ]),
      ...disturbed.map(each => [
        `${each.connections} at once, ${replicasOf(each.replicas)}${happening[each.disturbance]}`,
        ...outcome(each),
        '',
      ]),
    ],
  )

const outcome = ({ pods, injected, refused }: Disturbed | Scaled): readonly string[] =>
  [pods, injected, refused].map(counted)

const overloadTable = ({ overloads }: Overloads): string =>
  table(
    [
      'reviews of',
      'capacity',
      'asked for',
      'answered',
      'p50',
      'p99',
      'told to come back',
      'not within 5 s',
      'connection lost',
      'well again after',
      'memory',
    ],
    overloads.map(({ what, capacity, overload, recovered, before, most }) => [
      what,
      `${counted(capacity)}/s`,
      `${counted(Math.round(overload.calls / 10))}/s`,
      `${counted(Math.round(overload.answered / 10))}/s`,
      milliseconds(overload.milliseconds.p50),
      milliseconds(overload.milliseconds.p99),
      ...[overload.shed, overload.timeouts, overload.lost].map(counted),
      milliseconds(recovered),
      `${before} → ${most} MB`,
    ]),
  )

const counted = (value: number): string => value.toLocaleString('en')
const milliseconds = (value: number | null): string => (value === null ? '–' : `${counted(value)} ms`)

/** The tables below a heading of another page, up to the next one: its figures stand there, and are only shown again. */
export const tablesUnder = (page: string, heading: string): string => {
  const [, under = ''] = page.split(`\n### ${heading}\n`)
  const [section = ''] = under.split(/\n##/)
  return [...section.matchAll(/(?:^\|.*\n?)+/gm)].map(([found]) => found.trim()).join('\n\n')
}
