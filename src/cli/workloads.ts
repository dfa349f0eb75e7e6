import { PodvaultError } from '../errors.ts'
import { isRecord, member } from '../shape.ts'

/** Names and indexes from the top of a document. */
type Steps = readonly (string | number)[]

/** A pod, or the template of one, inside a manifest. */
export type Workload = {
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
  readonly namespace: string
  /** Leads to the object from the top of the document: a List holds several. */
  readonly object: Steps
  /** Leads from there to the pod. */
  readonly template: Steps
  readonly pod: unknown
}

/** Where pods stand, and where they are when nobody says. */
export type Finder = {
  readonly templates: Templates
  /** Of objects that name none. */
  readonly namespace: string
}

/** Where kinds carry their pod template, by API group and kind; the group's version does not matter. */
export type Templates = Readonly<Record<string, readonly string[]>>

export const knownTemplates: Templates = {
  '/Pod': [],
  '/PodTemplate': ['template'],
  '/ReplicationController': ['spec', 'template'],
  'apps/Deployment': ['spec', 'template'],
  'apps/StatefulSet': ['spec', 'template'],
  'apps/DaemonSet': ['spec', 'template'],
  'apps/ReplicaSet': ['spec', 'template'],
  'batch/Job': ['spec', 'template'],
  'batch/CronJob': ['spec', 'jobTemplate', 'spec', 'template'],
  'argoproj.io/Rollout': ['spec', 'template'],
  'serving.knative.dev/Service': ['spec', 'template'],
  'serving.knative.dev/Configuration': ['spec', 'template'],
}

/**
 * Reads what `--pod-path` says of further kinds: `example.com/Database=.spec.podTemplate`.
 * @throws PodvaultError `usage`
 */
export const templatesFrom = (podPaths: readonly string[]): Templates =>
  Object.fromEntries(
    podPaths.map(text => {
      const [, kind, path] = /^((?:[a-z0-9.-]+)?\/[A-Z][A-Za-z0-9]*)=((?:\.[A-Za-z0-9_-]+)+)$/.exec(text) ?? []
      if (kind === undefined || path === undefined)
        throw new PodvaultError('usage', `--pod-path is ${JSON.stringify(text)}`, {
          hint: 'allowed: group/Kind=.path, as example.com/Database=.spec.podTemplate',
        })
      return [kind, path.slice(1).split('.')]
    }),
  )

/** Every pod template of a document, those of a List included; none where the document is of another kind. */
export const workloadsOf = (document: unknown, finder: Finder, object: Steps = []): readonly Workload[] => {
  if (!isRecord(document)) return []
  const { apiVersion, kind, items } = document
  if (typeof kind !== 'string') return []
  if (kind.endsWith('List') && Array.isArray(items))
    return items.flatMap((item, index) => workloadsOf(item, finder, [...object, 'items', index]))
  const template = member(finder.templates, `${groupOf(apiVersion)}/${kind}`)
  if (!isPath(template) || isReference(document)) return []
  const { name, generateName, namespace } = isRecord(document['metadata']) ? document['metadata'] : {}
  return [
    {
      apiVersion: String(apiVersion),
      kind,
      name: typeof name === 'string' ? name : typeof generateName === 'string' ? `${generateName}*` : '',
      namespace: typeof namespace === 'string' ? namespace : finder.namespace,
      object,
      template,
      pod: template.reduce<unknown>((value, step) => (isRecord(value) ? member(value, step) : undefined), document),
    },
  ]
}

const isPath = (value: unknown): value is readonly string[] => Array.isArray(value)

const groupOf = (apiVersion: unknown): string =>
  typeof apiVersion === 'string' && apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : ''

/** A Rollout may leave the pods to a Deployment. */
const isReference = ({ spec }: Readonly<Record<string, unknown>>): boolean =>
  isRecord(spec) && member(spec, 'workloadRef') !== undefined && member(spec, 'template') === undefined

/** What people call it: `Deployment shop/web`. */
export const titleOf = ({ kind, namespace, name }: Workload): string =>
  `${kind} ${namespace}/${name === '' ? '(no name)' : name}`
