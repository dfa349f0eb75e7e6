// PURE: the pods of a cluster, and what made them.
import type { Pod } from '../inject/pod.ts'
import { listOf, objectOf, objectWith, text } from '../shape.ts'
import { ownerOf } from '../webhook/owner.ts'
import { labels } from './selectors.ts'

export type LivePod = {
  readonly namespace: string
  readonly name: string
  /** What people call what made it: `Deployment shop/web`. */
  readonly workload: string
  /** As Kubernetes writes it. */
  readonly created: string
  readonly ready: boolean
  /** It runs no more, and never will again. */
  readonly ended: boolean
  readonly labels: Readonly<Record<string, string>>
  readonly pod: Pod
}

const pods = objectOf({
  items: listOf(
    objectWith(
      { metadata: objectWith({ name: text, namespace: text }, { creationTimestamp: text, labels }) },
      {
        status: objectWith({}, { phase: text, conditions: listOf(objectOf({ type: text, status: text })) }),
        spec: objectWith({ containers: listOf(objectWith({ name: text }, {})) }, {}),
      },
    ),
  ),
})

/** @param list as kubectl shows it @throws ShapeError */
export const livePodsIn = (list: unknown): readonly LivePod[] => {
  const checked = pods(list, '').items
  const { items } = list as { readonly items: readonly Pod[] }
  return checked.map(({ metadata, status }, index) => {
    const { name, namespace, creationTimestamp = '', labels: own = {} } = metadata
    const pod = items[index] as Pod
    return {
      namespace,
      name,
      workload: workloadOf(pod, namespace, name, own),
      created: creationTimestamp,
      ready: status?.conditions?.some(each => each.type === 'Ready' && each.status === 'True') ?? false,
      ended: status?.phase === 'Succeeded' || status?.phase === 'Failed',
      labels: own,
      pod,
    }
  })
}

/** Whose ReplicaSets are nobody's business but their own: by the label that ends their names. */
const makers = { 'pod-template-hash': 'Deployment', 'rollouts-pod-template-hash': 'Rollout' } as const

const workloadOf = (pod: Pod, namespace: string, own: string, given: LivePod['labels']): string => {
  const { kind, name } = ownerOf(pod) ?? { kind: 'Pod', name: own }
  for (const [label, maker] of Object.entries(makers)) {
    const end = `-${given[label]}`
    if (kind === 'ReplicaSet' && name.endsWith(end)) return `${maker} ${namespace}/${name.slice(0, -end.length)}`
  }
  return `${kind} ${namespace}/${name}`
}
