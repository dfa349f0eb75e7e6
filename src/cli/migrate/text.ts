import { stringify } from 'yaml'
import type { Finding, Migration, Outcome } from './finding.ts'
import type { Migrated } from './all.ts'
import { clean } from '../explain-text.ts'

const outcomeWords: Readonly<Record<Outcome, string>> = {
  'as it is': 'as it is',
  better: 'gets better',
  'by hand': 'needs a hand',
}

/** A report as people read it. */
export const migrationText = ({ migrations, counts, others, objects }: Migrated): string => {
  const total = migrations.length
  const besides = others === 0 ? '' : `; ${others} without any of these tools`
  const summary = `${total} ${total === 1 ? 'workload' : 'workloads'}: ${counts['as it is']} as they are, ${counts.better} get better, ${counts['by hand']} need a hand${besides}`
  const parts = [
    ...migrations.map(workloadText),
    ...(objects.length > 0
      ? [['other objects that need a hand', ...objects.map(text => `  ${clean(text)}`)].join('\n')]
      : []),
    ...general(migrations),
    summary,
  ]
  return `${parts.join('\n')}\n`
}

const workloadText = ({ kind, namespace, name, outcome, findings }: Migration): string =>
  findings
    .flatMap(finding => [
      clean(`${kind} ${namespace}/${name === '' ? '(no name)' : name}: ${outcomeWords[outcome]} (${finding.tool})`),
      ...linesOf(finding),
    ])
    .join('\n')

const linesOf = ({ engine, better, notes, byHand, annotations, changes = [] }: Finding): readonly string[] => [
  ...(engine === undefined ? [] : [`  engine    ${engine.name}: ${clean(engine.because)}`]),
  ...better.map(text => `  better    ${clean(text)}`),
  ...notes.map(text => `  note      ${clean(text)}`),
  ...byHand.map(text => `  by hand   ${clean(text)}`),
  ...(annotations === undefined ? [] : ['  annotations', ...block(stringify(annotations, { lineWidth: 0 }))]),
  ...(changes.length === 0 ? [] : ['  changes', ...changes.map(text => `    ${clean(text)}`)]),
]

/** Its lines are YAML, which escapes what would steer a terminal. */
const block = (text: string): readonly string[] =>
  text
    .trimEnd()
    .split('\n')
    .map(line => `    ${line}`.trimEnd())

/** What all pods of vault-k8s get that podvault's own agent serves. */
const general = (migrations: readonly Migration[]): readonly string[] =>
  migrations.some(({ findings }) => findings.some(isServed))
    ? [
        'each of vault-k8s that gets engine podvault: one login instead of two, Pod Security "restricted", a login that ends with its reason',
      ]
    : []

const isServed = ({ tool, engine }: Finding): boolean => tool === 'vault-k8s' && engine?.name === 'podvault'
