import { isRecord } from '../shape.ts'

/** A pod, or the template of one, inside a manifest. */
export type Workload = {
  readonly kind: string
  readonly name: string
  readonly namespace: string
  /** Names and indexes that lead to the pod from the top of the document. */
  readonly path: readonly (string | number)[]
  readonly pod: unknown
}

/** Where kinds carry their pod template, by API group and kind; the group's version does not matter. */
const templates: Readonly<Record<string, readonly string[]>> = {
  '/Pod': [],
  '/ReplicationController': ['spec', 'template'],
  'apps/Deployment': ['spec', 'template'],
  'apps/StatefulSet': ['spec', 'template'],
  'apps/DaemonSet': ['spec', 'template'],
  'apps/ReplicaSet': ['spec', 'template'],
  'batch/Job': ['spec', 'template'],
  'batch/CronJob': ['spec', 'jobTemplate', 'spec', 'template'],
}

/** Every pod template of a document, those of a List included; none where the document is of another kind. */
export const workloadsOf = (document: unknown, path: readonly (string | number)[] = []): readonly Workload[] => {
  if (!isRecord(document)) return []
  const { apiVersion, kind, items } = document
  if (kind === 'List' && Array.isArray(items))
    return items.flatMap((item, index) => workloadsOf(item, [...path, 'items', index]))
  const group = typeof apiVersion === 'string' && apiVersion.includes('/') ? apiVersion.split('/')[0] : ''
  const template = templates[`${group}/${String(kind)}`]
  if (template === undefined) return []
  const { name, namespace } = isRecord(document['metadata']) ? document['metadata'] : {}
  return [
    {
      kind: String(kind),
      name: typeof name === 'string' ? name : '',
      namespace: typeof namespace === 'string' ? namespace : 'default',
      path: [...path, ...template],
      pod: template.reduce<unknown>((value, step) => (isRecord(value) ? value[step] : undefined), document),
    },
  ]
}
