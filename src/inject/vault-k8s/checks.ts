import { isBelow } from '../checks.ts'
import { type Hooks, hooksOf } from '../hooks.ts'
import type { Pod } from '../pod.ts'
import type { Problem } from '../reasons.ts'
import { prefix, stages } from './annotations.ts'
import type { Wish } from './wish.ts'

/** Whether the sidecar is a native one: where the cluster knows them and the pod does not want the other. */
export const isNativeSidecar = ({ mixed, settings }: Wish): boolean =>
  mixed['native-sidecar'] ?? !isBelow(settings.kubernetes, 29)

const problem = (reason: Problem['reason'], message: string): Problem => ({ reason, message })

/** What the cluster must be able to do. */
export const versionProblems = ({ mixed, settings: { kubernetes } }: Wish): readonly Problem[] => {
  const here = `this cluster is ${kubernetes.major}.${kubernetes.minor}`
  return mixed['native-sidecar'] === true && isBelow(kubernetes, 29)
    ? [problem('kubernetes-too-old', `podvault.dev/native-sidecar needs Kubernetes 1.29, ${here}; remove it`)]
    : []
}

/** What is to be done after a change, and whether it can be done in this pod. @param user of the agent, where it is known */
export const hooks = (wish: Wish, user: number | undefined): Hooks => {
  const { mixed, read, pod, selected, settings } = wish
  const onChange = mixed['on-change'] ?? 'none'
  const idle = onChange !== 'none' && read.values['agent-pre-populate-only']
  // Those that run beside the agent; whom the cluster chooses for a user, nobody knows here.
  const beside = user === undefined ? [] : selected.filter(({ list }) => list === 'containers')
  const wanted = { 'on-change': onChange, renew: true, 'native-sidecar': isNativeSidecar(wish) }
  const stage = { pod, selected: beside.map(each => each.container), user: user ?? 0, kubernetes: settings.kubernetes }
  const found = hooksOf(wanted, [], stage)
  const message = `podvault.dev/on-change needs the sidecar, which ${prefix}agent-pre-populate-only leaves out`
  return idle ? { ...found, problems: [problem('bad-value', message), ...found.problems] } : found
}

/** What becomes of the pod's process namespace; undefined where it stays as it is. */
export const shareProcessNamespace = (
  { read, pod }: Wish,
  isNeeded: boolean,
): { readonly share?: boolean; readonly problems: readonly Problem[] } => {
  const wanted = read.values['agent-share-process-namespace']
  const present = pod.spec?.shareProcessNamespace
  if (wanted === true && present === false) {
    const words = 'shareProcessNamespace explicitly disabled on the pod, refusing to enable it'
    return { problems: [problem('bad-value', `${stages.agent}: ${words} (${prefix}agent-share-process-namespace)`)] }
  }
  if (wanted === false && isNeeded) {
    const message = `podvault.dev/on-change: signal needs ${prefix}agent-share-process-namespace: "true"`
    return { problems: [problem('bad-value', message)] }
  }
  const share = wanted ?? (isNeeded || undefined)
  return share === undefined || share === present ? { problems: [] } : { share, problems: [] }
}

/** What vault-k8s looks at only when a pod exists already. */
export const hasBegun = (pod: Pod): boolean => !['', 'Pending', undefined].includes(pod.status?.phase)
