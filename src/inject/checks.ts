import { fileStem, names, type SecretsFile, type Variable } from '../contract.ts'
import type { Intent } from './annotations.ts'
import type { Pod } from './pod.ts'
import { quote } from './quote.ts'
import type { Problem, Reason } from './reasons.ts'
import { parseSecretsFile } from './secrets-file.ts'
import { isOurs } from './select.ts'
import type { KubernetesVersion, Settings } from './settings.ts'

const problem = (reason: Reason, message: string): Problem => ({ reason, message })

/** The name of the inline secrets file: its values are in `secrets.json`. */
const inlineName = 'secrets'

/** Parses the inline secrets file, and checks that its names can go where the pod wants them. */
export const inlineFiles = (
  intent: Intent,
): { readonly files: readonly SecretsFile[]; readonly problems: readonly Problem[] } => {
  if (intent.secrets === undefined) return { files: [], problems: [] }
  const parsed = parseSecretsFile(intent.secrets)
  if ('problems' in parsed) {
    const problems = parsed.problems.map(({ line, column, message }) =>
      problem('bad-secrets-file', `podvault.dev/secrets, line ${line}, column ${column}: ${message}`),
    )
    return { files: [], problems }
  }
  const { entries } = parsed
  return {
    files: [{ name: inlineName, entries }],
    problems: entries.flatMap(({ env }) => env).flatMap(variable => nameProblems(intent, variable)),
  }
}

const nameProblems = (intent: Intent, { name }: Variable): readonly Problem[] => {
  const wayOut = 'give it another, as NAME=path#key'
  if (intent.env === 'auto' && !/^[\x21-\x7e]+$/.test(name))
    return [problem('bad-secrets-file', `Kubernetes has no variable named ${quote(name)}, only ASCII names; ${wayOut}`)]
  if (intent.env === 'file' && !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
    return [problem('bad-secrets-file', `no shell can set a variable named ${quote(name)}; ${wayOut}`)]
  return []
}

/** Settings that are missing, contradict each other, or that the operator does not allow. */
export const settingProblems = (intent: Intent, given: ReadonlySet<string>, settings: Settings): readonly Problem[] => {
  const problems: Problem[] = []
  if (intent.role === undefined && !given.has('role'))
    problems.push(
      problem('missing-setting', "podvault.dev/role is missing; set it to the Vault role of the pod's service account"),
    )
  if (
    !given.has('secrets') &&
    intent.secrets === undefined &&
    !given.has('secrets-file') &&
    intent['secrets-file'] === undefined
  )
    problems.push(
      problem('nothing-requested', 'the pod asks for no secret; set podvault.dev/secrets or podvault.dev/secrets-file'),
    )
  if (intent['ca-configmap'] !== undefined && intent['ca-secret'] !== undefined)
    problems.push(
      problem('bad-value', 'podvault.dev/ca-configmap and podvault.dev/ca-secret exclude each other; keep one'),
    )
  return [...problems, ...fileNameProblems(intent), ...policyProblems(intent, given, settings)]
}

/** Two secrets files of one name would write the same JSON file. */
const fileNameProblems = (intent: Intent): readonly Problem[] => {
  const files = intent['secrets-file'] ?? []
  const whole = files.filter(
    ({ name, key }) => key === undefined && files.filter(other => other.name === name).length > 1,
  )
  const stems = files.flatMap(({ key }) => (key === undefined ? [] : [fileStem(key)]))
  const taken = [...(intent.secrets === undefined ? [] : [inlineName]), ...stems]
  const twice = taken.filter((stem, index) => taken.indexOf(stem) !== index)
  return [
    ...[...new Set(whole.map(({ name }) => name))].map(name =>
      problem(
        'bad-value',
        `podvault.dev/secrets-file names the ConfigMap ${name} more than once, and once as a whole; keep that one`,
      ),
    ),
    ...[...new Set(twice)].map(stem =>
      problem('bad-secrets-file', `two secrets files would both write ${stem}.json; rename one`),
    ),
  ]
}

const policyProblems = (intent: Intent, given: ReadonlySet<string>, settings: Settings): readonly Problem[] => {
  const problems: Problem[] = []
  const { allow } = settings
  if (intent.address !== undefined && intent.address !== settings.address && !allow.addresses.includes(intent.address))
    problems.push(
      problem(
        'not-allowed',
        `the operator does not allow podvault.dev/address ${quote(intent.address)} (rule allow.addresses)`,
      ),
    )
  if (intent.address === undefined && settings.address === undefined && !given.has('address'))
    problems.push(problem('missing-setting', 'no Vault address is known; the operator sets it with --vault-address'))
  if (intent['tls-skip-verify'] && !allow.tlsSkipVerify)
    problems.push(
      problem('not-allowed', 'the operator does not allow podvault.dev/tls-skip-verify (rule allow.tls-skip-verify)'),
    )
  return problems
}

/** What the API server must be able to do, and the way out where it cannot. */
export const versionProblems = (
  intent: Intent,
  variables: readonly Variable[],
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
  if (intent.renew && isBelow(kubernetes, 29))
    problems.push(
      problem('kubernetes-too-old', `the sidecar needs Kubernetes 1.29, ${here}; set podvault.dev/renew: "false"`),
    )
  return problems
}

const isBelow = ({ major, minor }: KubernetesVersion, wanted: number): boolean =>
  major < 1 || (major === 1 && minor < wanted)

const ourVolume = (name: string): boolean =>
  name.startsWith(names.filesVolume) ||
  [names.secretsVolume, names.stateVolume, names.tokenVolume, names.caVolume].some(ours => ours === name)

const taken = (what: string, name: string): Problem =>
  problem('name-taken', `the pod already has a ${what} ${quote(name)}, a name that podvault needs; rename it`)

/** Containers, volumes and mounts of our names that the pod brings along without having been injected. */
export const takenNames = (pod: Pod): readonly Problem[] => {
  const containers = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])]
  const volumes = (pod.spec?.volumes ?? []).map(({ name }) => name).filter(ourVolume)
  const mounts = containers.flatMap(({ volumeMounts = [] }) => volumeMounts.map(({ name }) => name)).filter(ourVolume)
  return [
    ...containers.filter(isOurs).map(({ name }) => taken('container', name)),
    ...volumes.map(name => taken('volume', name)),
    ...[...new Set(mounts)].filter(name => !volumes.includes(name)).map(name => taken('mount of a volume', name)),
  ]
}
