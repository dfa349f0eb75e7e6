// Asks a cluster about the pods and workloads that are meant: those that are named, or all of a namespace, or all.
import type { Settings } from '../../inject/settings.ts'
import { isRecord } from '../../shape.ts'
import { understood } from './registrations.ts'
import { type Finding, found, knowing, ok } from './table.ts'
import { workloadFindings } from './workloads.ts'
import { resource } from '../explain-live.ts'
import { type Fact, factOf } from '../facts.ts'
import type { Kubectl } from '../kubectl.ts'
import { type LivePod, livePodsIn } from '../live-pods.ts'
import { type LiveSettings, namespacesIn } from '../live-settings.ts'
import { registeredFor } from '../registered.ts'
import { labelsOf } from '../selectors.ts'
import { knownTemplates, titleOf, type Workload, workloadsOf } from '../workloads.ts'

/** What is meant on the command line. */
export type Meant = {
  /** Undefined: all of them. */
  readonly namespace: string | undefined
  /** As kubectl takes them: `web-0`, `deployment/web`. */
  readonly names: readonly string[]
}

export const placeOf = ({ namespace }: Pick<Meant, 'namespace'>): readonly string[] =>
  namespace === undefined ? ['--all-namespaces'] : ['--namespace', namespace]

/** The workloads that are named, each in the object it stands in. @throws PodvaultError where there is none of a name */
export const namedWorkloads = async (
  kubectl: Kubectl,
  { namespace = 'default', names }: Meant,
): Promise<readonly { readonly workload: Workload; readonly object: unknown }[]> => {
  const asked = names.map(resource)
  const objects = await Promise.all(asked.map(async name => kubectl('get', name, ...placeOf({ namespace }))))
  return objects.flatMap(object =>
    workloadsOf(object, { namespace, templates: knownTemplates }).map(workload => ({ workload, object })),
  )
}

const kinds = 'deployments,statefulsets,daemonsets,jobs,cronjobs'

/** @param named where some are; then only these and their pods are looked at */
export const meantFindings = async (
  kubectl: Kubectl,
  meant: Meant,
  { settings, version }: LiveSettings,
  named: readonly { readonly workload: Workload; readonly object: unknown }[],
): Promise<readonly Finding[]> => {
  const place = placeOf(meant)
  const all = meant.names.length === 0
  const [pods, templates, mutating, namespaces] = await Promise.all([
    factOf('the pods are not known', kubectl('get', 'pods', ...place).then(livePodsIn)),
    all ? factOf('the workloads are not known', kubectl('get', kinds, ...place)) : listOf(named),
    factOf('', kubectl('get', 'mutatingwebhookconfigurations').then(understood)),
    factOf('', kubectl('get', 'namespaces')),
  ])
  const labels = namespacesIn('value' in namespaces ? namespaces.value : undefined)
  const titles = new Set(named.map(({ workload }) => titleOf(workload)))
  const isMeant = ({ workload, namespace, name }: LivePod): boolean =>
    all || titles.has(workload) || titles.has(`Pod ${namespace}/${name}`)
  const registered = ({ pod, namespace }: LivePod) =>
    'value' in mutating ? registeredFor(mutating.value, pod, labelsOf(labels.get(namespace), namespace)) : []
  return [
    ...('lack' in templates ? knowing('refused', templates, () => []) : []),
    ...knowing('not-injected', both(pods, settings), ([live, by]) =>
      workloadFindings({
        pods: live.filter(isMeant),
        templates: 'value' in templates ? templates.value : undefined,
        settings: by,
        registered,
        version,
      }).filter(({ check }) => check !== 'refused' || 'value' in templates),
    ),
  ]
}

const listOf = (named: readonly { readonly object: unknown }[]): Fact<unknown> => ({
  value: { kind: 'List', items: named.map(({ object }) => object) },
})

const both = (
  pods: Fact<readonly LivePod[]>,
  settings: Fact<Settings>,
): Fact<readonly [readonly LivePod[], Settings]> =>
  'lack' in pods ? pods : 'lack' in settings ? settings : { value: [pods.value, settings.value] }

/** Whether the account that a workload's pods run as is there. */
export const accountFindings = async (kubectl: Kubectl, { pod, namespace }: Workload): Promise<readonly Finding[]> => {
  const spec = isRecord(pod) && isRecord(pod['spec']) ? pod['spec'] : {}
  const name = typeof spec['serviceAccountName'] === 'string' ? spec['serviceAccountName'] : 'default'
  const account = await factOf('', kubectl('get', 'serviceaccount', name, '--namespace', namespace))
  if ('value' in account) return [ok('service-account', `${namespace}/${name} is there`)]
  return [
    /not found/.test(account.lack)
      ? found('service-account', 'failure', `there is no service account ${namespace}/${name}`)
      : found('service-account', 'unknown', account.lack, 'ask with the right to read it'),
  ]
}
