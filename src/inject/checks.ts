import { names } from '../contract.ts'
import type { Intent } from './annotations.ts'
import { containersIn, type Pod } from './pod.ts'
import { quote } from './quote.ts'
import type { Problem, Reason } from './reasons.ts'
import { isOurs } from './select.ts'
import type { KubernetesVersion, Settings } from './settings.ts'
import { prefix as vaultK8sPrefix } from './vault-k8s/annotations.ts'

const problem = (reason: Reason, message: string): Problem => ({ reason, message })

/** Settings that are missing, or contradict each other. */
export const settingProblems = (
  intent: Intent,
  given: ReadonlySet<string>,
  { address }: Pick<Settings, 'address'>,
): readonly Problem[] => {
  const problems: Problem[] = []
  const asks = ['secrets', 'secrets-file', 'token'].some(key => given.has(key))
  if (!asks && intent.secrets === undefined && intent['secrets-file'] === undefined && intent.token === 'none')
    problems.push(
      problem('nothing-requested', 'the pod asks for no secret; set podvault.dev/secrets or podvault.dev/secrets-file'),
    )
  if (intent.token === 'env' && intent.env === 'none')
    problems.push(problem('bad-value', 'podvault.dev/token: env needs podvault.dev/env: auto or file; set one of them'))
  if (intent.engine === 'vault-agent')
    problems.push(
      problem(
        'bad-value',
        'podvault.dev/engine: vault-agent serves the annotations of vault-k8s, vault.hashicorp.com/*; remove it here',
      ),
    )
  if (given.has('metrics-port') && intent['metrics-port'] !== 'none' && !intent.renew)
    problems.push(
      problem(
        'bad-value',
        'podvault.dev/metrics-port needs the sidecar, which podvault.dev/renew: "false" leaves out; drop one of them',
      ),
    )
  if (intent['ca-configmap'] !== undefined && intent['ca-secret'] !== undefined)
    problems.push(
      problem('bad-value', 'podvault.dev/ca-configmap and podvault.dev/ca-secret exclude each other; keep one'),
    )
  if (intent.address === undefined && address === undefined && !given.has('address'))
    problems.push(problem('missing-setting', 'no Vault address is known; the operator sets it with --vault-address'))
  return [...problems, ...mountProblems(intent)]
}

/** One pod speaks one language: what it says in the other would be ignored. Opting out of it says nothing else. */
export const foreignAnnotations = (pod: Pod): readonly Problem[] => {
  const foreign = Object.entries(pod.metadata?.annotations ?? {})
    .filter(([name]) => name.startsWith(vaultK8sPrefix) && name !== `${vaultK8sPrefix}agent-inject`)
    .map(([name]) => name)
    .toSorted()
  return foreign.length === 0
    ? []
    : [
        problem(
          'both-prefixes',
          `the pod carries podvault.dev/inject, and also ${quote(foreign.join(', '), 200)}; it can ask in one language only, so remove either`,
        ),
      ]
}

/** A ConfigMap's keys are mounted once: all of them, or the ones that are named. */
const mountProblems = (intent: Intent): readonly Problem[] => {
  const files = intent['secrets-file'] ?? []
  const whole = files.filter(
    ({ name, key }) => key === undefined && files.filter(other => other.name === name).length > 1,
  )
  return [...new Set(whole.map(({ name }) => name))].map(name =>
    problem(
      'bad-value',
      `podvault.dev/secrets-file names the ConfigMap ${name} more than once, and once as a whole; keep that one`,
    ),
  )
}

/** What the API server must be able to do, and the way out where it cannot. */
export const versionProblems = (
  intent: Intent,
  variables: readonly unknown[],
  kubernetes: KubernetesVersion,
): readonly Problem[] => {
  const problems: Problem[] = []
  const here = `this cluster is ${kubernetes.major}.${kubernetes.minor}`
  if (intent.env === 'auto' && variables.length > 0 && isBelow(kubernetes, 35))
    problems.push(
      problem(
        'kubernetes-too-old',
        `secrets in the environment need Kubernetes 1.35, ${here}; set podvault.dev/env: file`,
      ),
    )
  if (intent.renew && intent['native-sidecar'] && isBelow(kubernetes, 29))
    problems.push(
      problem(
        'kubernetes-too-old',
        `native sidecars need Kubernetes 1.29, ${here}; set podvault.dev/native-sidecar: "false"`,
      ),
    )
  return problems
}

export const isBelow = ({ major, minor }: KubernetesVersion, wanted: number): boolean =>
  major < 1 || (major === 1 && minor < wanted)

const ourVolumes = [
  names.secretsVolume,
  names.stateVolume,
  names.tokenVolume,
  names.authVolume,
  names.caVolume,
  names.vaultTokenVolume,
]

const ourVolume = (name: string): boolean =>
  name.startsWith(names.filesVolume) || ourVolumes.some(ours => ours === name)

const taken = (what: string, name: string): Problem =>
  problem('name-taken', `the pod already has a ${what} ${quote(name)}, a name that podvault needs; rename it`)

/** Containers, volumes and mounts of our names that the pod brings along without having been injected. */
export const takenNames = (pod: Pod): readonly Problem[] => {
  const containers = containersIn(pod)
  const volumes = (pod.spec?.volumes ?? []).map(({ name }) => name).filter(ourVolume)
  const mounts = containers.flatMap(({ volumeMounts = [] }) => volumeMounts.map(({ name }) => name)).filter(ourVolume)
  return [
    ...containers.filter(isOurs).map(({ name }) => taken('container', name)),
    ...volumes.map(name => taken('volume', name)),
    ...[...new Set(mounts)].filter(name => !volumes.includes(name)).map(name => taken('mount of a volume', name)),
  ]
}

/** The containers of a pod share their ports; which of them would get this one is chance. */
export const takenPorts = (pod: Pod, port: number | 'none' | undefined): readonly Problem[] =>
  (typeof port === 'number' ? containersIn(pod) : [])
    .filter(({ ports = [] }) => ports.some(({ containerPort }) => containerPort === port))
    .map(({ name }) =>
      problem(
        'port-taken',
        `podvault.dev/metrics-port is ${port}, which container ${quote(name)} uses; choose another one`,
      ),
    )
