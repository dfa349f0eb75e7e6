// PURE: the injected workloads of a cluster, from its pods.
import { names } from '../contract.ts'
import { explain } from '../inject/explain.ts'
import { containersIn } from '../inject/pod.ts'
import type { Engine, Settings } from '../inject/settings.ts'
import { injectedStatus, type Status } from '../inject/status.ts'
import { type Drift, driftOf } from './check/workloads.ts'
import type { Fact } from './facts.ts'
import type { LivePod } from './live-pods.ts'

/** The pods of a workload that were injected; the shape of `--output json`. */
export type StatusRow = {
  readonly namespace: string
  /** `Deployment/web`. */
  readonly workload: string
  readonly pods: number
  readonly ready: number
  readonly engines: readonly Engine[]
  /** Of podvault, by which they were injected. */
  readonly versions: readonly string[]
  /** Of their settings. */
  readonly hashes: readonly string[]
  /** When the oldest and the newest of them were created, and injected with that; as Kubernetes writes times. */
  readonly created: string
  readonly injected: string
  /** How many of them differ from what would be created today, by how; `unknown`: the webhook's settings are not known. */
  readonly drift: Readonly<Partial<Record<Drift | 'unknown', number>>>
}

/** @param today version by which a pod would be injected */
export const statusRows = (pods: readonly LivePod[], settings: Fact<Settings>, today: string): readonly StatusRow[] => {
  const running = pods.flatMap(live => {
    const status = live.ended ? undefined : injectedStatus(live.pod)
    return status === undefined ? [] : [{ ...live, status }]
  })
  const groups = Map.groupBy(running, ({ workload }) => workload)
  return [...groups.keys()].sort().map(name => rowOf(groups.get(name) as readonly Injected[], settings, today))
}

type Injected = LivePod & { readonly status: Status }

const rowOf = (group: readonly Injected[], settings: Fact<Settings>, today: string): StatusRow => {
  const [{ namespace, workload }] = group as readonly [Injected]
  const created = group.map(each => each.created).sort()
  const drifts = Object.groupBy(group, live => driftIn(live, settings, today))
  return {
    namespace,
    workload: workload.replace(`${namespace}/`, '').replace(' ', '/'),
    pods: group.length,
    ready: group.filter(({ ready }) => ready).length,
    engines: unique(group.map(engineOf)),
    versions: unique(group.map(({ status }) => status.version)),
    hashes: unique(group.map(({ status }) => status.hash)),
    created: String(created[0]),
    injected: String(created.at(-1)),
    drift: Object.fromEntries(Object.entries(drifts).map(([drift, each]) => [drift, each.length])),
  }
}

const driftIn = ({ pod, namespace }: LivePod, settings: Fact<Settings>, today: string): Drift | 'unknown' =>
  'lack' in settings ? 'unknown' : driftOf(explain(pod, namespace, settings.value), today)

/** Only podvault's own agent is told what to do by that variable. */
const engineOf = ({ pod }: LivePod): Engine =>
  containersIn(pod).some(({ env = [] }) => env.some(({ name }) => name === names.configVariable))
    ? 'podvault'
    : 'vault-agent'

const unique = <T extends string>(values: readonly T[]): readonly T[] => [...new Set(values)].sort()
