import type { Pod } from '../pod.ts'
import type { Problem } from '../reasons.ts'
import type { Engine, KubernetesVersion } from '../settings.ts'
import { prefix, stages } from './annotations.ts'
import type { Wish } from './wish.ts'

/** Whether the sidecar is a native one: where the cluster knows them and the pod does not want the other. */
export const isNativeSidecar = ({ mixed, settings }: Wish): boolean =>
  mixed['native-sidecar'] ?? !isBelow(settings.kubernetes, 29)

const isBelow = ({ major, minor }: KubernetesVersion, wanted: number): boolean =>
  major < 1 || (major === 1 && minor < wanted)

const problem = (reason: Problem['reason'], message: string): Problem => ({ reason, message })

/** What the cluster must be able to do. */
export const versionProblems = ({ mixed, settings }: Wish): readonly Problem[] => {
  const { kubernetes } = settings
  const here = `this cluster is ${kubernetes.major}.${kubernetes.minor}`
  return [
    ...(mixed['native-sidecar'] === true && isBelow(kubernetes, 29)
      ? [problem('kubernetes-too-old', `podvault.dev/native-sidecar needs Kubernetes 1.29, ${here}; remove it`)]
      : []),
    ...(kindOfHook(mixed) === 'restart' && isBelow(kubernetes, 36)
      ? [problem('kubernetes-too-old', `podvault.dev/on-change: restart needs Kubernetes 1.36, ${here}`)]
      : []),
  ]
}

const kindOfHook = (mixed: Wish['mixed']): string | undefined => {
  const onChange = mixed['on-change']
  return onChange === undefined || onChange === 'none' ? undefined : onChange.kind
}

/** A hook that cannot do its work in this pod. */
export const hookProblems = (wish: Wish): readonly Problem[] => {
  const { mixed, read, pod } = wish
  const kind = kindOfHook(mixed)
  if (kind === undefined) return []
  if (read.values['agent-pre-populate-only'])
    return [problem('bad-value', `podvault.dev/on-change needs the sidecar; remove ${prefix}agent-pre-populate-only`)]
  if (kind === 'restart' && !isNativeSidecar(wish))
    return [
      problem(
        'bad-value',
        'podvault.dev/on-change: restart needs a native sidecar; remove podvault.dev/native-sidecar',
      ),
    ]
  const isShared = read.values['agent-share-process-namespace'] ?? pod.spec?.shareProcessNamespace
  return kind === 'signal' && isShared === false
    ? [
        problem(
          'bad-value',
          'podvault.dev/on-change: signal needs a shared process namespace, which the pod explicitly disables',
        ),
      ]
    : []
}

/** What becomes of the pod's process namespace; undefined where it stays as it is. */
export const shareProcessNamespace = (
  { mixed, read, pod }: Wish,
  engine: Engine,
): { readonly share?: boolean; readonly problems: readonly Problem[] } => {
  const wanted = read.values['agent-share-process-namespace']
  const present = pod.spec?.shareProcessNamespace
  if (wanted === true && present === false) {
    const words = 'shareProcessNamespace explicitly disabled on the pod, refusing to enable it'
    return { problems: [problem('bad-value', `${stages.agent}: ${words} (${prefix}agent-share-process-namespace)`)] }
  }
  const share = wanted ?? (engine === 'podvault' && kindOfHook(mixed) === 'signal' ? true : undefined)
  return share === undefined || share === present ? { problems: [] } : { share, problems: [] }
}

/** What vault-k8s looks at only when a pod exists already. */
export const hasBegun = (pod: Pod): boolean => !['', 'Pending', undefined].includes(pod.status?.phase)
