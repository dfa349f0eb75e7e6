import type { Command as Commander } from 'commander'
import type { Io } from '../command.ts'
import { PodvaultError } from '../errors.ts'
import type { Explained } from '../inject/explain.ts'
import type { Pod } from '../inject/pod.ts'
import { isRecord } from '../shape.ts'
import { type Report, reportOn } from './explain-report.ts'
import { explainWorkload } from './explain-workload.ts'
import { type Kubectl, kubectlIn } from './kubectl.ts'
import { type Live, lookAt } from './live.ts'
import { finderOf } from './manifest-flags.ts'
import { readPod } from './manifests.ts'
import { offlineSettings } from './offline.ts'
import { type Registered, whyNot } from './registered.ts'
import { type Workload, workloadsOf } from './workloads.ts'

type LiveFlags = { readonly namespace?: string; readonly context?: string; readonly kubeconfig?: string }

/** Adds the flags that say which cluster is meant. */
export const withCluster = (command: Commander): Commander =>
  command
    .argument('[pod...]', 'live pods or workloads, as web-0 or deployment/web')
    .option('--context <name>', 'context of the kubeconfig, for live ones')
    .option('--kubeconfig <file>', 'kubeconfig, for live ones')

/** Explains the pods and workloads that are named on the command line. */
export const explainLive = async (flags: Commander, io: Io): Promise<readonly Report[]> => {
  const { namespace, ...cluster } = flags.opts<LiveFlags>()
  const place = wordsOf({ context: cluster.context, kubeconfig: cluster.kubeconfig })
  const anywhere = kubectlIn(io, place)
  const objects = await Promise.all(
    flags.args.map(async name => anywhere('get', resource(name), ...wordsOf({ namespace }))),
  )
  const seen = new Map<string, Promise<Live>>()
  return (await Promise.all(objects.map(object => explainObject(object, flags, io, lookOnce(anywhere, seen))))).flat()
}

/** As kubectl takes them. */
export const wordsOf = (flags: Readonly<Record<string, string | undefined>>): readonly string[] =>
  Object.entries(flags).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}=${value}`]))

/** `web-0` is a pod; `deployment/web` says what it is. */
export const resource = (name: string): string => {
  if (!/^[A-Za-z0-9][A-Za-z0-9.-]*(?:\/[a-z0-9][a-z0-9.-]*)?$/.test(name))
    throw new PodvaultError('usage', `${JSON.stringify(name)} names no pod`, { hint: 'write POD or KIND/NAME' })
  return name.includes('/') ? name : `pod/${name}`
}

const lookOnce =
  (kubectl: Kubectl, seen: Map<string, Promise<Live>>) =>
  async (namespace: string): Promise<Live> => {
    const live = seen.get(namespace) ?? lookAt(kubectl, namespace)
    seen.set(namespace, live)
    return live
  }

const explainObject = async (
  object: unknown,
  flags: Commander,
  io: Io,
  look: (namespace: string) => Promise<Live>,
): Promise<readonly Report[]> => {
  const workloads = workloadsOf(object, finderOf(flags))
  if (workloads.length === 0) {
    const kind = isRecord(object) ? String(object['kind']) : 'it'
    throw new PodvaultError('usage', `podvault knows no pod template in ${kind}`, {
      hint: '--pod-path says where one is',
    })
  }
  return Promise.all(
    workloads.map(async workload => {
      const live = await look(workload.namespace)
      const explained = explainWorkload(workload, object, offlineSettings(flags, io, live.known))
      const read = readPod(workload.pod)
      const webhooks = live.registered?.('pod' in read ? read.pod : {})
      const nextStep = webhooks === undefined ? undefined : passedBy(workload, explained, webhooks)
      return reportOn(
        workload,
        { ...explained, ...(nextStep !== undefined && { nextStep }) },
        {
          notes: live.notes,
          webhooks,
        },
      )
    }),
  )
}

/** A pod that is there, and was not injected though such a pod would be. */
const passedBy = (
  { kind, pod }: Workload,
  { decision, status }: Explained,
  webhooks: readonly Registered[],
): string | undefined => {
  if (kind !== 'Pod' || status !== undefined || decision.kind !== 'inject') return undefined
  return `this one was not injected: ${whyNot(webhooks, String((pod as Pod).metadata?.creationTimestamp))}`
}
