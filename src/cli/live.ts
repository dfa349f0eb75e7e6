import { sentence } from '../errors.ts'
import { secretsFileLabel } from '../inject/files.ts'
import type { Pod } from '../inject/pod.ts'
import type { KubernetesVersion } from '../inject/settings.ts'
import { objectOf, text } from '../shape.ts'
import { serverSettings } from '../webhook/server-settings.ts'
import { deployedIn, keyOf } from './deployed.ts'
import { knownConfigMaps } from './known-config-maps.ts'
import type { Kubectl } from './kubectl.ts'
import type { Known } from './offline.ts'
import { type Registered, registeredFor } from './registered.ts'
import { labelsOf } from './selectors.ts'

/** What a cluster says about the pods of a namespace; what it does not tell is left out, and a note says so. */
export type Live = {
  readonly known: Known
  /** Undefined where the webhooks may not be read. */
  readonly registered: ((pod: Pod) => readonly Registered[]) | undefined
  readonly notes: readonly string[]
}

/** Asks a cluster everything at once; each answer may fail. */
export const lookAt = async (kubectl: Kubectl, namespace: string): Promise<Live> => {
  const notes: string[] = []
  const ask = asking(notes)
  const [around, configMap, labels, webhooks] = await Promise.all([
    lookAround(kubectl, ask),
    ask('no ConfigMap is known', configMaps(kubectl, namespace)),
    ask(
      'the labels of the namespace are unknown',
      kubectl('get', 'namespace', namespace).then(found => labelsOf(found, namespace)),
    ),
    ask('the webhooks of the cluster are unknown', kubectl('get', 'mutatingwebhookconfigurations')),
  ])
  return {
    known: { ...around, ...(configMap !== undefined && { configMap }) },
    registered:
      webhooks === undefined
        ? undefined
        : pod => registeredFor(webhooks, pod, labels ?? labelsOf(undefined, namespace)),
    notes,
  }
}

/** Gives an answer, or undefined; then a note says what is lacking, and why. */
export type Ask = <T>(lack: string, answer: Promise<T>) => Promise<T | undefined>

export const asking =
  (notes: string[]): Ask =>
  async (lack, answer) =>
    answer.catch((error: unknown) => {
      notes.push(`${lack}: ${sentence(error)}`)
      return undefined
    })

/** What holds in all namespaces of a cluster. */
export const lookAround = async (kubectl: Kubectl, ask: Ask): Promise<Omit<Known, 'configMap'>> => {
  const [kubernetes, deployed] = await Promise.all([
    ask('the version of the cluster is assumed', kubectl('version').then(versionIn)),
    ask(
      'the settings of its webhook are unknown; --vault-address, --config and the like give them',
      deploymentsOf(kubectl).then(async list => settingsIn(kubectl, list)),
    ),
  ])
  return { ...(kubernetes !== undefined && { kubernetes }), ...deployed }
}

/** What `kubectl version` says. @throws ShapeError */
export const versionIn = (answer: unknown): KubernetesVersion => {
  const { serverVersion } = objectOf({ serverVersion: objectOf({ major: text, minor: text }) })(answer, '')
  return { major: Number.parseInt(serverVersion.major, 10), minor: Number.parseInt(serverVersion.minor, 10) }
}

const configMaps = async (kubectl: Kubectl, namespace: string): Promise<Known['configMap']> => {
  const found = await kubectl('get', 'configmaps', '--namespace', namespace, '--selector', `${secretsFileLabel}=true`)
  return knownConfigMaps([found], namespace)
}

const variables = Object.fromEntries(Object.entries(serverSettings).map(([name, { env }]) => [name, env]))

/** By which the webhook's Deployment and its pods are found, wherever they are. */
export const podvaultLabel = 'app.kubernetes.io/name=podvault'

/** The Deployments that run the webhook, as kubectl shows them. */
export const deploymentsOf = async (kubectl: Kubectl): Promise<unknown> =>
  kubectl('get', 'deployments', '--all-namespaces', '--selector', podvaultLabel)

/** The webhook's own settings, from one of these Deployments. */
export const settingsIn = async (kubectl: Kubectl, list: unknown): Promise<Pick<Known, 'flags' | 'file'>> => {
  const deployed = deployedIn(list, variables)
  if (deployed === undefined) throw new Error(`no Deployment labelled ${podvaultLabel} runs it`)
  const { flags, file, namespace } = deployed
  if (file === undefined) return { flags }
  const content = keyOf(await kubectl('get', 'configmap', file.configMap, '--namespace', namespace), file.key)
  return { flags, ...(content !== undefined && { file: content }) }
}
