// PURE: what the sidecar tells Prometheus, in its text format. Paths and counts, never a value or a token.
import type { AgentConfig } from '../contract.ts'
import { version } from '../version.ts'
import type { Moment } from './clock.ts'
import { failureReasons } from './log-events.ts'
import type { FilesThere } from './measure-files.ts'
import { endedOf } from './ready.ts'
import type { Session } from './session.ts'
import { requestResults, type Tally } from './tally.ts'

type Metric = { readonly type: 'counter' | 'gauge'; readonly labels: readonly string[]; readonly help: string }

const counter = (help: string, ...labels: readonly string[]): Metric => ({ type: 'counter', labels, help })
const gauge = (help: string, ...labels: readonly string[]): Metric => ({ type: 'gauge', labels, help })

/** Everything that is measured. The only place a metric is declared: docs/metrics.md is made from it. */
export const agentMetrics = {
  podvault_agent_info: gauge('Always 1; which podvault this is.', 'version'),
  podvault_agent_ready: gauge(
    '1 while no secret that the app has been given has ended, as the readiness file says it.',
  ),
  podvault_agent_token_ttl_seconds: gauge(
    "How long Vault's token still lives; +Inf for one that never ends, 0 for one that is lost.",
  ),
  podvault_agent_lease_ttl_seconds: gauge(
    'How long the lease of a secret still runs; the shortest where a path has several.',
    'path',
  ),
  podvault_agent_secret_failures: gauge(
    'How often in a row a secret could not be renewed or read; 0: all is well.',
    'path',
  ),
  podvault_agent_logins_total: counter('Logins.'),
  podvault_agent_renewals_total: counter('Renewals of the token and of leases.', 'of'),
  podvault_agent_reads_total: counter('Secrets read, for the first time or again.'),
  podvault_agent_hooks_total: counter('Times the app, or each of its containers, was told of a change.'),
  podvault_agent_failures_total: counter('What did not work, by reason.', 'reason'),
  podvault_agent_vault_requests_total: counter('Requests to Vault, by what came of them.', 'result'),
  podvault_agent_events_total: counter(
    'Changes that Vault told of, where the pod asks for podvault.dev/instant-updates.',
  ),
  podvault_agent_last_render_timestamp_seconds: gauge('When files last changed, in seconds since 1970; 0: never.'),
  podvault_agent_files: gauge('Files that the app is given.'),
  podvault_agent_files_bytes: gauge('Their bytes.'),
  process_resident_memory_bytes: gauge('Memory of the sidecar.'),
  process_start_time_seconds: gauge('When the sidecar started, in seconds since 1970.'),
} as const satisfies Readonly<Record<string, Metric>>

type Name = keyof typeof agentMetrics
type Labels = Readonly<Record<string, string>>
type Sample = readonly [value: number, labels?: Labels]

/** What the numbers are made from when somebody asks. */
export type Measured = {
  readonly config: AgentConfig
  /** Undefined before the first login. */
  readonly session: Session | undefined
  readonly tally: Tally
  readonly at: Pick<Moment, 'now' | 'wall'>
  /** Milliseconds since 1970. */
  readonly startedAt: number
  readonly memory: number
  readonly files: FilesThere
}

/** Paths that have a series of their own; the others share one. */
const mostPaths = 100
const otherPaths = '(others)'

/** https://prometheus.io/docs/instrumenting/exposition_formats/ */
export const metricsText = (measured: Measured): string =>
  Object.entries(samplesOf(measured))
    .flatMap(([name, samples]) => {
      const { type, help } = agentMetrics[name as Name]
      return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...samples.map(sample => lineOf(name, sample))]
    })
    .map(line => `${line}\n`)
    .join('')

const samplesOf = ({ config, session, tally, at, ...rest }: Measured): Readonly<Record<Name, readonly Sample[]>> => {
  const { counts, failures, requests } = tally
  const { startedAt, memory, files } = rest
  const isReady = session !== undefined && endedOf(config, session, at).length === 0
  return {
    podvault_agent_info: [[1, { version }]],
    podvault_agent_ready: [[Number(isReady)]],
    ...(session === undefined ? nothing : livesOf(session, at.now)),
    podvault_agent_logins_total: [[counts.get('logins') ?? 0]],
    podvault_agent_renewals_total: [
      [counts.get('token-renewals') ?? 0, { of: 'token' }],
      [counts.get('lease-renewals') ?? 0, { of: 'lease' }],
    ],
    podvault_agent_reads_total: [[counts.get('reads') ?? 0]],
    podvault_agent_hooks_total: [[counts.get('hooks') ?? 0]],
    podvault_agent_failures_total: byLabel('reason', failureReasons, failures),
    podvault_agent_vault_requests_total: byLabel('result', requestResults, requests),
    podvault_agent_events_total: [[counts.get('events') ?? 0]],
    podvault_agent_last_render_timestamp_seconds: [[files.changedAt / 1000]],
    podvault_agent_files: [[files.count]],
    podvault_agent_files_bytes: [[files.bytes]],
    process_resident_memory_bytes: [[memory]],
    process_start_time_seconds: [[startedAt / 1000]],
  }
}

const nothing = {
  podvault_agent_token_ttl_seconds: [],
  podvault_agent_lease_ttl_seconds: [],
  podvault_agent_secret_failures: [],
} as const

const livesOf = (
  { state, wanted }: Session,
  now: number,
): Readonly<Record<keyof typeof nothing, readonly Sample[]>> => {
  const { token, held } = state
  const left = (endsAt: number) => Math.max(0, endsAt - now) / 1000
  const pathOf = (id: string) => wanted.requests.get(id)?.path ?? otherPaths
  return {
    podvault_agent_token_ttl_seconds: [[token.lost ? 0 : token.endsAt === null ? Infinity : left(token.endsAt)]],
    podvault_agent_lease_ttl_seconds: byPath(
      held.flatMap(({ id, lease }) => (lease === null ? [] : [[pathOf(id), left(lease.endsAt)] as const])),
      Math.min,
    ),
    podvault_agent_secret_failures: byPath(
      held.map(({ id, failures }) => [pathOf(id), failures] as const),
      Math.max,
    ),
  }
}

/** In the order of the secrets files, so that the same paths have a series each time. */
const byPath = (
  values: readonly (readonly [path: string, value: number])[],
  most: (one: number, other: number) => number,
): readonly Sample[] => {
  const series = new Map<string, number>()
  for (const [path, value] of values) {
    const name = series.has(path) || series.size < mostPaths ? path : otherPaths
    series.set(name, most(series.get(name) ?? value, value))
  }
  return Array.from(series, ([path, value]) => [value, { path }] as const)
}

/** All of them from the start: a counter that appears with its first 1 hides that one from rate(). */
const byLabel = (label: string, all: Labels, numbers: ReadonlyMap<string, number>): readonly Sample[] =>
  Object.keys(all).map(value => [numbers.get(value) ?? 0, { [label]: value }] as const)

const lineOf = (name: string, [value, labels = {}]: Sample): string => {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`)
  const inBraces = pairs.length === 0 ? '' : `{${pairs.join(',')}}`
  return `${name}${inBraces} ${value === Infinity ? '+Inf' : value}`
}

const escaped = (text: string): string =>
  text
    .replaceAll('\\', String.raw`\\`)
    .replaceAll('"', String.raw`\"`)
    .replaceAll('\n', String.raw`\n`)
