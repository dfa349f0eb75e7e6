// Puts together what is asked of a cluster, and of Vault from pods in it.
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Command as Commander } from 'commander'
import type { Io } from '../../command.ts'
import { PodvaultError } from '../../errors.ts'
import { decide } from '../../inject/decide.ts'
import type { Decision } from '../../inject/decision.ts'
import type { Pod } from '../../inject/pod.ts'
import { isRecord, member } from '../../shape.ts'
import { clusterFindings } from './cluster.ts'
import { dryRunPod } from './dry-run.ts'
import { accountFindings, type Meant, meantFindings, namedWorkloads, placeOf } from './meant.ts'
import { type Cluster, probe, type Waiting } from './probe.ts'
import { probePod } from './probe-pod.ts'
import { type Finding, found } from './table.ts'
import { wordsOf } from '../explain-live.ts'
import { explainWorkload } from '../explain-workload.ts'
import { kubectlIn, kubectlTextIn } from '../kubectl.ts'
import { type LiveSettings, liveSettings } from '../live-settings.ts'
import { offlineSettings } from '../offline.ts'
import { titleOf } from '../workloads.ts'

type CheckFlags = {
  readonly namespace?: string
  readonly allNamespaces: boolean
  readonly probe: boolean
  readonly context?: string
  readonly kubeconfig?: string
}

/** `namespace`: whose pods were looked at, where not all. */
export type Looked = { readonly findings: readonly Finding[]; readonly namespace: string | undefined }

/** @throws PodvaultError `usage`, or where a name is of nothing */
export const checkLive = async (flags: Commander, io: Io): Promise<Looked> => {
  const { allNamespaces, context, kubeconfig, ...given } = flags.opts<CheckFlags>()
  if (allNamespaces && (given.namespace !== undefined || flags.args.length > 0))
    throw new PodvaultError('usage', '--all-namespaces and a namespace or a name say different things')
  const words = wordsOf({ context, kubeconfig })
  const to: Cluster = {
    json: kubectlIn(io, words),
    text: kubectlTextIn(io, words),
    farewell: async (...asked) => kubectlTextIn({ env: io.env, stop: AbortSignal.timeout(10_000) }, words)(...asked),
  }
  const namespace = await namespaceMeant(to, given.namespace)
  const meant: Meant = { namespace: allNamespaces ? undefined : namespace, names: flags.args }
  const [live, named] = await Promise.all([
    liveSettings(to.json, placeOf(meant), known => offlineSettings(flags, io, known)),
    namedWorkloads(to.json, meant),
  ])
  if (named.length < flags.args.length)
    throw new PodvaultError('usage', 'one of the names is of a kind without pods', { hint: 'name pods or workloads' })
  const findings = await Promise.all([
    clusterFindings(to, namespace, live.flags, Date.now()),
    meantFindings(to.json, meant, live, named),
    ...named.map(async ({ workload }) => accountFindings(to.json, workload)),
    ...(given.probe ? probes(to, namespace, live, named, io) : [notProbed]),
  ])
  return { findings: findings.flat(), namespace: meant.namespace }
}

const notProbed: readonly Finding[] = [
  found('probe', 'unknown', 'Vault was not asked', '--probe looks at it from a pod'),
]

/** The one that is named, or else the one that kubectl takes. @throws PodvaultError where kubectl reaches no cluster */
const namespaceMeant = async ({ text }: Cluster, named: string | undefined): Promise<string> => {
  const words = ['create', '--dry-run=client', '--validate=false', '--filename', '-', ...wordsOf({ namespace: named })]
  const pod: unknown = JSON.parse(await text([...words, '--output', 'json'], JSON.stringify(dryRunPod)))
  const metadata = isRecord(pod) ? member(pod, 'metadata') : undefined
  const namespace = isRecord(metadata) ? metadata['namespace'] : undefined
  return typeof namespace === 'string' ? namespace : (named ?? 'default')
}

const probes = (
  to: Cluster,
  namespace: string,
  { settings }: LiveSettings,
  named: Awaited<ReturnType<typeof namedWorkloads>>,
  { stop: signal }: Io,
): readonly Promise<readonly Finding[]>[] => {
  if ('lack' in settings)
    return [Promise.resolve([found('probe', 'unknown', settings.lack, 'ask with the right to read its Deployment')])]
  const waiting = { now: Date.now, sleep: async (milliseconds: number) => sleep(milliseconds, undefined, { signal }) }
  const plain = { place: namespace, pod: dryRunPod, decision: decide(dryRunPod, namespace, settings.value) }
  if (named.length === 0) return [probeFor(to, plain, waiting)]
  return named.map(async ({ workload, object }) => {
    const { decision } = explainWorkload(workload, object, settings.value)
    const own = { place: workload.namespace, pod: workload.pod as Pod, decision }
    return (await probeFor(to, own, waiting)).map(each => about(titleOf(workload), each))
  })
}

type Probed = { readonly place: string; readonly pod: Pod; readonly decision: Decision }

const probeFor = async (
  to: Cluster,
  { place, pod, decision }: Probed,
  waiting: Waiting,
): Promise<readonly Finding[]> => {
  const made = probePod(`podvault-check-${randomBytes(4).toString('hex')}`, pod, decision)
  if (made !== undefined) return probe(to, place, made, waiting)
  const why = decision.kind === 'reject' ? decision.message : 'its pods get no agent of podvault'
  return [found('probe', 'unknown', `nothing to probe with: ${why}`, '`podvault explain` says what becomes of it')]
}

const about = (title: string, finding: Finding): Finding => ({
  ...finding,
  message: `${title}: ${finding.message}`,
  objects: [title, ...(finding.objects ?? [])],
})
