import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { PassThrough } from 'node:stream'
import t from 'tap'
import { parse } from 'yaml'
import { inWords } from '../src/cli/migrate/vault-k8s.ts'
import { failureReasons } from '../src/agent/log-events.ts'
import { agentMetrics } from '../src/agent/metrics.ts'
import { requestResults } from '../src/agent/tally.ts'
import { readChart, renderChart } from '../src/cli/chart.ts'
import { annotations, type Entry } from '../src/inject/vault-k8s/annotations.ts'
import { agentInjectTable } from '../src/webhook/agent-inject-variables.ts'
import { reasons } from '../src/inject/reasons.ts'
import { createLog } from '../src/log.ts'
import { createObserver } from '../src/webhook/observe.ts'
import { createMetrics } from '../src/webhook/metrics.ts'
import { alertsOf, ruleGroups } from './cluster/rules.ts'
import { gauges } from './fixtures/gauges.ts'
import { sectionIs, table } from './fixtures/page.ts'

const suffixes = { pod: '', secret: '-NAME', both: '[-NAME]', parameter: '-PARAM' } as const

const annotationTable = (): string =>
  table(
    ['annotation', 'default', 'meaning', 'here'],
    Object.entries(annotations as Readonly<Record<string, Entry<unknown>>>).map(([key, entry]) => [
      `\`${key}${suffixes[entry.per]}\``,
      entry.default === undefined || entry.default === '' ? '–' : `\`${entry.default}\``,
      entry.doc,
      inWords(entry.answer),
    ]),
  )

const variableTable = (): string =>
  table(
    ['variable', 'becomes'],
    Object.entries(agentInjectTable).map(([name, variable]) => {
      switch (variable.kind) {
        case 'annotation':
          return [`\`${name}\``, `default of \`${variable.annotation}\``]
        case 'server':
          return [`\`${name}\``, `\`--${variable.flag}\``]
        case 'ca':
          return [`\`${name}\``, '`--vault-ca-file`, as its content']
        case 'none':
          return [`\`${name}\``, `nothing: ${variable.why}`]
      }
    }),
  )

type Measure = {
  readonly name: string
  readonly type: string
  readonly labels: readonly string[]
  readonly help: string
}

const metricTable = (metrics: readonly Measure[]): string =>
  table(
    ['metric', 'labels', 'type', 'meaning'],
    metrics.map(({ name, labels, type, help }) => [
      `\`${name}\``,
      labels.length === 0 ? '–' : labels.map(label => `\`${label}\``).join(', '),
      type,
      help,
    ]),
  )

const agentTable = (): string =>
  metricTable(Object.entries(agentMetrics).map(([name, metric]) => ({ name, ...metric })))

/** What the library knows of a metric, and does not tell in its types. */
type Declared = Measure & { readonly labelNames: readonly string[] }

const webhookTable = (): string => {
  const declared = createMetrics(gauges).registry.getMetricsAsArray() as unknown as readonly Declared[]
  return metricTable(declared.map(({ labelNames, ...metric }) => ({ ...metric, labels: labelNames })))
}

const words = (what: string, all: Readonly<Record<string, string>>): string =>
  table(
    [what, 'meaning'],
    Object.entries(all).map(([word, meaning]) => [`\`${word}\``, meaning]),
  )

const sections: readonly (readonly [page: string, name: string, made: () => string])[] = [
  ['docs/vault-k8s.md', 'annotations', annotationTable],
  ['docs/vault-k8s.md', 'variables', variableTable],
  ['docs/metrics.md', 'agent', agentTable],
  ['docs/metrics.md', 'failures', () => words('reason', failureReasons)],
  ['docs/metrics.md', 'results', () => words('result', requestResults)],
  ['docs/metrics.md', 'webhook', webhookTable],
  ['docs/metrics.md', 'reasons', () => words('reason', reasons)],
]

for (const [path, name, made] of sections)
  t.test(`the ${name} of ${path} are those of the code`, async t => {
    sectionIs(t, path, name, made())
  })

const blocks = (language: string): readonly string[] =>
  [...readFileSync('docs/operations.md', 'utf8').matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map(
    ([, text = '']) => text,
  )

t.test('the log line of docs/operations.md is one that podvault writes', async t => {
  const [shown = ''] = blocks('json')
  const { level, time, ms, msg, trace_id: traceId, ...facts } = JSON.parse(shown)
  const stream = new PassThrough()
  const observe = createObserver({ log: createLog(stream), metrics: { reviewed: () => undefined } })
  observe({ facts, route: '/mutate', status: 200, ms, traceparent: `00-${traceId}-${'1'.repeat(16)}-01` })
  t.equal(String(stream.read()).replace(/"time":"[^"]+"/, `"time":"${time}"`), shown)
  t.same([level, msg], ['warn', 'review'])
})

t.test('with the values of docs/operations.md spans leave the namespace', async t => {
  const [values = ''] = blocks('yaml')
  const rendered = renderChart(readChart('webhook-config/chart'), 'podvault', parse(values))
  const textOf = (name: string): string => rendered.find(file => file.name === name)?.text ?? ''
  t.match(textOf('networkpolicy.yaml'), /- port: 4318$/m)
  t.match(textOf('configmap.yaml'), 'traces-endpoint: http://collector.monitoring.svc:4318/v1/traces')
})

t.test('every alert leads to a section of docs/operations.md, and every section there is one of an alert', async t => {
  const [, alerts = ''] = readFileSync('docs/operations.md', 'utf8').split(/^## Alerts$/m)
  const sections = [...alerts.matchAll(/^### (\w+)$/gm)].map(([, name]) => name)
  const rules = alertsOf(ruleGroups())
  t.same(
    sections,
    rules.map(({ alert }) => alert),
  )
  // As GitHub and most others make anchors from headings.
  for (const { alert, annotations } of rules)
    t.equal(annotations['runbook_url'], `docs/operations.md#${alert.toLowerCase()}`, alert)
})

t.test('every anchor of a link is a heading of the page it leads to', async t => {
  const anchorsOf = (page: string): readonly string[] =>
    [...readFileSync(page, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    )
  let seen = 0
  for (const page of ['README.md', ...globSync('docs/**/*.md')])
    for (const [, target = '', anchor = ''] of readFileSync(page, 'utf8').matchAll(
      /\]\((?!https?:)([^)#\s]*)#([^)\s]+)\)/g,
    )) {
      const there = target === '' ? page : join(dirname(page), target)
      t.ok(anchorsOf(there).includes(anchor), `${page}: ${target}#${anchor}`)
      seen += 1
    }
  t.ok(seen > 5)
})

t.test('every link between the pages leads somewhere', async t => {
  const pages = ['README.md', ...globSync('docs/**/*.md')]
  t.ok(pages.length >= 8)
  for (const page of pages)
    for (const [, target = ''] of readFileSync(page, 'utf8').matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g))
      t.ok(existsSync(join(dirname(page), target)), `${page}: ${target}`)
})

t.test('there are 74 annotations', async t => {
  t.equal(Object.keys(annotations).length, 74)
})
