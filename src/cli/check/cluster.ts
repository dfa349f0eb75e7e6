// Asks a cluster about the webhook itself. Whatever may not be read is a finding, and nothing more.
import type { Pod } from '../../inject/pod.ts'
import { version } from '../../version.ts'
import { authorityFact } from './authority.ts'
import { bundleFindings, certificateFinding } from './certificates.ts'
import { dryRunFindings, dryRunPod } from './dry-run.ts'
import {
  budgetFindings,
  imageFindings,
  type Installation,
  installationFindings,
  installationIn,
  kubernetesFindings,
} from './installation.ts'
import { isSimple, policyFindings } from './policies.ts'
import type { Cluster } from './probe.ts'
import {
  bundlesIn,
  otherInjectorFindings,
  registrationFindings,
  understood,
  validatingFindings,
} from './registrations.ts'
import { accessReviews, rightsFindings, rightsOf } from './rights.ts'
import { type Finding, found, knowing } from './table.ts'
import { factOf, wordsOf } from '../facts.ts'
import { livePodsIn } from '../live-pods.ts'
import { deploymentsOf, podvaultLabel, versionIn } from '../live.ts'
import { readPod } from '../manifests.ts'
import { registeredFor } from '../registered.ts'
import { labelsOf } from '../selectors.ts'

const policies = ['validatingadmissionpolicies', 'validatingadmissionpolicybindings']

/**
 * @param namespace where a pod is tried
 * @param flags the webhook's settings by their names, as far as they are known
 * @param now milliseconds since 1970
 */
export const clusterFindings = async (
  cluster: Cluster,
  namespace: string,
  flags: Readonly<Record<string, string>>,
  now: number,
): Promise<readonly Finding[]> => {
  const { json } = cluster
  const [kubernetes, installed, mutating, validating, bindings, simple, labels, dryRun] = await Promise.all([
    factOf('its version is not known', json('version').then(versionIn)),
    factOf('its Deployment is not known', deploymentsOf(json).then(installationIn)),
    factOf('who is asked about pods is not known', json('get', 'mutatingwebhookconfigurations').then(understood)),
    factOf(
      'who is asked about ConfigMaps is not known',
      json('get', 'validatingwebhookconfigurations').then(understood),
    ),
    factOf('it is not known', Promise.all(policies.map(async kind => json('get', kind)))),
    json('get', 'mutatingadmissionpolicies')
      .then(isSimple)
      .catch(() => false),
    json('get', 'namespace', namespace)
      .then(object => labelsOf(object, namespace))
      .catch(() => labelsOf(undefined, namespace)),
    factOf('', tried(cluster, namespace)),
  ])
  const asked = { pod: dryRunPod, namespace, labels }
  const registered = 'value' in mutating ? registeredFor(mutating.value, dryRunPod, labels) : []
  return [
    ...knowing('kubernetes', kubernetes, kubernetesFindings),
    ...knowing('installation', installed, each => installationFindings(each, simple)),
    ...knowing('registration', mutating, list => registrationFindings(list, asked, simple)),
    ...knowing('validating-registration', validating, list => validatingFindings(list, simple)),
    ...knowing('other-injector', mutating, list => otherInjectorFindings(list, asked)),
    ...knowing('policy', bindings, ([list, bound]) => policyFindings(list, bound)),
    ...dryRunFindings(dryRun, namespace, registered, version, new Date(now).toISOString()),
    ...('value' in installed && installed.value !== undefined
      ? await aroundFindings(cluster, installed.value, flags, {
          now,
          bundles: [mutating, validating].flatMap(list => ('value' in list ? bundlesIn(list.value) : [])),
        })
      : []),
  ]
}

/** Through the API server and all webhooks, and never kept. */
const tried = async ({ text }: Cluster, namespace: string): Promise<Pod> => {
  const words = ['create', '--dry-run=server', '--filename', '-', '--namespace', namespace, '--output', 'json']
  const read = readPod(JSON.parse(await text(words, JSON.stringify(dryRunPod))))
  if ('problem' in read) throw new Error(read.problem)
  return read.pod
}

type Bundles = Parameters<typeof bundleFindings>[0]

/** What stands around the Deployment, once it is found. */
const aroundFindings = async (
  cluster: Cluster,
  installed: Installation,
  flags: Readonly<Record<string, string>>,
  { now, bundles }: { readonly now: number; readonly bundles: Bundles },
): Promise<readonly Finding[]> => {
  const { json, text } = cluster
  const place = ['--namespace', installed.namespace]
  const rights = rightsOf(installed, flags)
  const allowed = [
    'create',
    '--validate=false',
    '--filename',
    '-',
    '--output',
    String.raw`jsonpath={.status.allowed}{"\n"}`,
  ]
  const [budgets, pods, answers, authority] = await Promise.all([
    factOf('whether there is one is not known', json('get', 'poddisruptionbudgets', ...place)),
    factOf('its pods are not known', json('get', 'pods', '--selector', podvaultLabel, ...place).then(livePodsIn)),
    factOf('what its service account may do is not known', text(allowed, accessReviews(installed, rights))),
    authorityFact(text, installed, flags),
  ])
  const replicas = 'value' in pods ? pods.value.filter(({ ready }) => ready) : []
  return [
    ...knowing('disruption-budget', budgets, list => budgetFindings(installed, list)),
    ...knowing('images', pods, imageFindings),
    ...knowing('rights', answers, each => rightsFindings(rights, each)),
    ...bundleFindings(bundles, installed.namespace, authority, now),
    ...(await Promise.all(replicas.map(async ({ name }) => certificateOf(cluster, installed, name, flags, now)))),
  ]
}

/** As the replica's own metrics tell, through the API server. */
const certificateOf = async (
  { text }: Cluster,
  { namespace }: Installation,
  replica: string,
  flags: Readonly<Record<string, string>>,
  now: number,
): Promise<Finding> => {
  const port = /:(\d+)$/.exec(flags['metrics-listen'] ?? '')?.[1] ?? '9402'
  const path = `/api/v1/namespaces/${namespace}/pods/${replica}:${port}/proxy/metrics`
  return text(['get', '--raw', path]).then(
    metrics => certificateFinding(replica, metrics, now),
    (error: unknown) =>
      found(
        'certificate',
        'unknown',
        `the metrics of ${replica} cannot be read: ${wordsOf(error)}`,
        'ask with the right to get pods/proxy',
      ),
  )
}
