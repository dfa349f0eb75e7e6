// PURE: the Deployment of the webhook, and what stands around it.
import { isBelow } from '../../inject/checks.ts'
import type { KubernetesVersion } from '../../inject/settings.ts'
import { listOf, numberFrom, objectOf, objectWith, text } from '../../shape.ts'
import { found, type Finding, ok } from './table.ts'
import type { LivePod } from '../live-pods.ts'
import { labels, selector, unmet } from '../selectors.ts'

export type Installation = {
  readonly namespace: string
  readonly name: string
  readonly account: string
  readonly wanted: number
  readonly ready: number
  /** Of its pods. */
  readonly labels: Readonly<Record<string, string>>
  /** Where certificates come from that it does not make itself. */
  readonly tlsSecret?: string
}

const deployments = objectOf({
  items: listOf(
    objectWith(
      {
        metadata: objectOf({ name: text, namespace: text }),
        spec: objectWith(
          {
            template: objectOf({
              metadata: objectWith({}, { labels }),
              spec: objectWith(
                { containers: listOf(objectWith({}, { args: listOf(text) })) },
                {
                  serviceAccountName: text,
                  volumes: listOf(
                    objectWith(
                      {},
                      {
                        secret: objectWith({}, { secretName: text }),
                        projected: objectWith(
                          {},
                          {
                            sources: listOf(objectWith({}, { secret: objectWith({}, { name: text }) })),
                          },
                        ),
                      },
                    ),
                  ),
                },
              ),
            }),
          },
          { replicas: numberFrom(0) },
        ),
      },
      { status: objectWith({}, { readyReplicas: numberFrom(0) }) },
    ),
  ),
})

/** @param list Deployments with podvault's label @throws ShapeError */
export const installationIn = (list: unknown): Installation | undefined => {
  for (const { metadata, spec, status } of deployments(list, '').items) {
    const pod = spec.template.spec
    if (!pod.containers.some(({ args = [] }) => args[0] === 'webhook')) continue
    const volumes = pod.volumes ?? []
    const [tlsSecret] = volumes.flatMap(({ secret, projected }) => [
      ...(secret?.secretName === undefined ? [] : [secret.secretName]),
      ...(projected?.sources ?? []).flatMap(source => source.secret?.name ?? []),
    ])
    return {
      ...metadata,
      account: pod.serviceAccountName ?? 'default',
      wanted: spec.replicas ?? 1,
      ready: status?.readyReplicas ?? 0,
      labels: spec.template.metadata.labels ?? {},
      ...(tlsSecret !== undefined && { tlsSecret }),
    }
  }
  return undefined
}

const features = [
  [29, 'native sidecars'],
  [35, 'secrets in the environment'],
  [36, 'restarts of all containers'],
] as const

export const kubernetesFindings = (version: KubernetesVersion): readonly Finding[] => {
  const name = `Kubernetes ${version.major}.${version.minor}`
  const lacking = features.filter(([minor]) => isBelow(version, minor)).map(([, feature]) => feature)
  if (lacking.length === 0) return [ok('kubernetes', `${name} has everything that podvault uses`)]
  return [found('kubernetes', isBelow(version, 29) ? 'failure' : 'warning', `${name} has no ${lacking.join(', no ')}`)]
}

/** @param simple whether the policies of the simple profile are there: they need no webhook */
export const installationFindings = (installed: Installation | undefined, simple: boolean): readonly Finding[] => {
  if (installed === undefined)
    return simple
      ? [ok('installation', 'the simple profile: policies of the API server inject, and there is no webhook')]
      : [found('installation', 'failure', 'no Deployment labelled app.kubernetes.io/name=podvault runs the webhook')]
  const { namespace, name, wanted, ready } = installed
  const counted = `${ready} of ${wanted} replicas are ready`
  const see = `kubectl -n ${namespace} describe deployment ${name}, and the log of its pods`
  return [
    ok('installation', `Deployment ${namespace}/${name} runs the webhook`),
    wanted === 0 || ready === 0
      ? found('replicas', 'failure', counted, see)
      : ready < wanted
        ? found('replicas', 'warning', counted, see)
        : wanted === 1
          ? found('replicas', 'warning', 'one replica: while it is away no annotated pod is created', 'run two')
          : ok('replicas', counted),
  ]
}

const budgets = objectOf({
  items: listOf(objectOf({ metadata: objectOf({ name: text }), spec: objectWith({}, { selector }) })),
})

/** @param list PodDisruptionBudgets of the webhook's namespace @throws ShapeError */
export const budgetFindings = (installed: Installation, list: unknown): readonly Finding[] => {
  const budget = budgets(list, '').items.find(
    ({ spec }) => spec.selector !== undefined && unmet(spec.selector, installed.labels) === undefined,
  )
  if (budget !== undefined) return [ok('disruption-budget', `PodDisruptionBudget ${budget.metadata.name} covers it`)]
  // A single replica goes whenever its node does; a budget would only keep the node.
  return installed.wanted < 2
    ? [ok('disruption-budget', 'a single replica needs none')]
    : [found('disruption-budget', 'warning', 'no PodDisruptionBudget covers the webhook')]
}

/** @param replicas the webhook's pods */
export const imageFindings = (replicas: readonly LivePod[]): readonly Finding[] => {
  const images = [...new Set(replicas.map(({ pod }) => String(pod.spec?.containers[0]?.image)))]
  if (images.length === 0) return []
  return images.length === 1
    ? [ok('images', `all replicas run ${images[0]}`)]
    : [found('images', 'warning', `replicas run ${images.join(' and ')}`)]
}
