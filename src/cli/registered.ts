import type { Pod } from '../inject/pod.ts'
import { listOf, objectWith, text } from '../shape.ts'
import { labels as labelMap, type Labels, selector, unmet } from './selectors.ts'

/** A webhook of the cluster that is asked about pods, and whether it is asked about this one. */
export type Registered = {
  /** Its configuration and its name in it. */
  readonly name: string
  readonly isPodvault: boolean
  /** `perhaps`: it has conditions that only the API server can evaluate. */
  readonly sees: 'yes' | 'no' | 'perhaps'
  /** What keeps it from seeing the pod, or may keep it. */
  readonly because?: string
  readonly conditions: readonly { readonly name: string; readonly expression: string; readonly holds?: boolean }[]
  readonly failurePolicy: string
  /** When its configuration was made, as Kubernetes writes it. */
  readonly created: string
}

const rule = objectWith({ operations: listOf(text), apiGroups: listOf(text), resources: listOf(text) }, {})

const webhook = objectWith(
  { name: text },
  {
    rules: listOf(rule),
    namespaceSelector: selector,
    objectSelector: selector,
    failurePolicy: text,
    matchConditions: listOf(objectWith({ name: text, expression: text }, {})),
    clientConfig: objectWith({}, { service: objectWith({ name: text, namespace: text }, {}) }),
  },
)
type Webhook = ReturnType<typeof webhook>

const configurations = objectWith(
  {
    items: listOf(
      objectWith(
        { metadata: objectWith({ name: text }, { labels: labelMap, creationTimestamp: text }) },
        { webhooks: listOf(webhook) },
      ),
    ),
  },
  {},
)

/**
 * The webhooks that are asked about the creation of pods.
 * @param list the cluster's MutatingWebhookConfigurations @throws ShapeError
 * @param labels of the pod's namespace
 */
export const registeredFor = (list: unknown, pod: Pod, labels: Labels): readonly Registered[] =>
  configurations(list, '').items.flatMap(({ metadata, webhooks = [] }) =>
    webhooks.filter(isAskedAboutPods).map(each => ({
      name: `${metadata.name}/${each.name}`,
      isPodvault:
        each.name.endsWith('podvault.dev') ||
        each.clientConfig?.service?.name === 'podvault' ||
        metadata.labels?.['app.kubernetes.io/name'] === 'podvault',
      ...seeing(each, pod, labels),
      failurePolicy: each.failurePolicy ?? 'Fail',
      created: metadata.creationTimestamp ?? '',
    })),
  )

const isAskedAboutPods = ({ rules = [] }: Webhook): boolean =>
  rules.some(
    ({ operations, apiGroups, resources }) =>
      operations.some(each => each === 'CREATE' || each === '*') &&
      apiGroups.some(each => each === '' || each === '*') &&
      resources.some(each => each === 'pods' || each === '*' || each === '*/*'),
  )

const seeing = (
  { namespaceSelector = {}, objectSelector = {}, matchConditions = [] }: Webhook,
  pod: Pod,
  labels: Labels,
): Pick<Registered, 'sees' | 'because' | 'conditions'> => {
  const conditions = matchConditions.map(({ name, expression }) => {
    const holds = evaluate(expression, pod.metadata?.annotations ?? {})
    return { name, expression, ...(holds !== undefined && { holds }) }
  })
  const place = unmet(namespaceSelector, labels)
  if (place !== undefined) return { sees: 'no', because: `its namespaceSelector wants ${place}`, conditions }
  const object = unmet(objectSelector, pod.metadata?.labels ?? {})
  if (object !== undefined) return { sees: 'no', because: `its objectSelector wants ${object}`, conditions }
  const failed = conditions.find(({ holds }) => holds === false)
  if (failed !== undefined) return { sees: 'no', because: `its condition ${failed.name} does not hold`, conditions }
  const open = conditions.find(({ holds }) => holds === undefined)
  return open === undefined
    ? { sees: 'yes', conditions }
    : { sees: 'perhaps', because: `only the API server can tell whether its condition ${open.name} holds`, conditions }
}

const present = String.raw`'([^'\\]+)' in object\.metadata\.annotations`
const asks = new RegExp(String.raw`^has\(object\.metadata\.annotations\) && \(?(${present}(?: \|\| ${present})*)\)?$`)
const lacks = new RegExp(String.raw`^!has\(object\.metadata\.annotations\) \|\| !\(${present}\)$`)

/** Evaluates the two forms that podvault's own conditions have; undefined for any other. */
const evaluate = (expression: string, annotations: Readonly<Record<string, unknown>>): boolean | undefined => {
  const words = expression.replaceAll(/\s+/g, ' ').trim()
  const without = lacks.exec(words)?.[1]
  if (without !== undefined) return !Object.hasOwn(annotations, without)
  const any = asks.exec(words)?.[1]
  if (any === undefined) return undefined
  return Array.from(any.matchAll(new RegExp(present, 'g')), ([, name = '']) => name).some(name =>
    Object.hasOwn(annotations, name),
  )
}

/**
 * Which rule is why a pod that would be injected today was not.
 * @param created when the pod was, as Kubernetes writes it
 */
export const whyNot = (registered: readonly Registered[], created: string): string => {
  const ours = registered.filter(({ isPodvault }) => isPodvault)
  const other = ours.find(({ sees }) => sees !== 'no')
  if (ours[0] === undefined)
    return 'the cluster has no MutatingWebhookConfiguration of podvault; kubectl apply -k webhook-config registers one'
  if (other === undefined) return `the webhook ${ours[0].name} does not see it: ${ours[0].because}`
  // Both are written in the same form, which sorts by time.
  if (created < other.created)
    return `the pod is older than the webhook ${other.name}, which sees only what is created; create it anew`
  if (other.failurePolicy === 'Ignore')
    return `the webhook ${other.name} may have failed: its failurePolicy is Ignore, which lets pods pass; create it anew`
  return 'the settings or the pod have changed since it was created; create it anew'
}
