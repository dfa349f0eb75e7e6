import type { Layer } from '../layers.ts'
import type { Mount, Pod } from '../pod.ts'
import { quote } from '../quote.ts'
import type { Problem } from '../reasons.ts'
import type { Selected } from '../select.ts'
import type { Settings } from '../settings.ts'
import { prefix, stages } from './annotations.ts'
import { authProblems } from './auth.ts'
import { type Mixed, readMixed } from './mixed.ts'
import { type Read, readVaultK8s } from './read.ts'
import { customFolders, type Secret, secretsOf, strayWarnings } from './secrets.ts'
import { namedTokenVolume, type TokenVolume } from './service-account.ts'

/** Everything a pod asks for in the language of vault-k8s, read and checked; what an engine makes containers of. */
export type Wish = {
  readonly pod: Pod
  readonly settings: Settings
  readonly layers: readonly Layer[]
  readonly read: Read
  readonly mixed: Mixed
  readonly address: string
  /** Each with a file of its own. */
  readonly secrets: readonly Secret[]
  /** Where the app sees the volumes `vault-secrets`, `vault-secrets-custom-0`, … */
  readonly folders: readonly string[]
  /** Where the pod names one to log in with. */
  readonly tokenVolume: TokenVolume | undefined
  /** Containers that get the secrets. */
  readonly selected: readonly Selected[]
  /** Mounts of the container that `agent-copy-volume-mounts` names. */
  readonly copied: readonly Mount[]
}

export type ReadWish = {
  readonly wish: Wish
  readonly problems: readonly Problem[]
  readonly warnings: readonly string[]
}

export const readWish = (pod: Pod, namespace: string, layers: readonly Layer[], settings: Settings): ReadWish => {
  const read = readVaultK8s(layers)
  const { mixed, problems: mixedProblems } = readMixed(layers)
  const declared = secretsOf(read)
  const { secrets, warnings } = oneFileEach(declared)
  const token = namedTokenVolume(pod, read)
  const service = read.values.service
  const wish: Wish = {
    pod,
    settings,
    layers,
    read,
    mixed,
    address: read.originOf('service') === undefined ? (settings.address ?? '') : service,
    secrets,
    folders: [read.values['secret-volume-path'], ...customFolders(read, secrets)],
    tokenVolume: token.volume,
    selected: selectedOf(pod, read),
    copied: copiedMounts(pod, read),
  }
  return {
    wish,
    problems: [...read.problems, ...mixedProblems, ...token.problems, ...missing(wish), ...fileProblems(wish)],
    warnings: [
      ...read.warnings,
      ...strayWarnings(read, declared),
      ...warnings,
      ...nameWarnings(pod, read),
      ...wishWarnings(wish, namespace),
    ],
  }
}

/** In the words of vault-k8s; a ConfigMap of Vault Agent says these things itself. */
const missing = ({ read, address }: Wish): readonly Problem[] => {
  const { values } = read
  const role = values.role || read.named('auth-config').get('role')
  const wants = [
    [values['auth-type'] === '', 'no Vault Auth Type found', 'auth-type'],
    [isJwt(values['auth-type']) && (role ?? '') === '', 'no Vault role found', 'role'],
    [values['auth-path'] === '', 'no Vault Auth Path found', 'auth-path'],
    [address === '', 'no Vault address found', 'service'],
  ] as const
  if (values['agent-configmap'] !== '') return []
  return wants
    .filter(([isMissing]) => isMissing)
    .map(([, words, key]): Problem => ({
      reason: 'missing-setting',
      message: `${stages.valid}: ${words}; set ${prefix}${key}`,
    }))
    .concat(authProblems(read), certificateProblems(read))
}

const certificateProblems = ({ values }: Read): readonly Problem[] =>
  (values['client-cert'] === '') === (values['client-key'] === '')
    ? []
    : [
        {
          reason: 'bad-value',
          message: `${stages.valid}: ${prefix}client-cert and ${prefix}client-key belong together; set both or none`,
        },
      ]

const isJwt = (method: string): boolean => method === 'kubernetes' || method === 'jwt'

const pathOf = ({ folder, file, key }: Secret): string => `${folder}/${file ?? key}`

/** Two secrets of one file are written one after the other by vault-k8s, too. */
const oneFileEach = (
  declared: readonly Secret[],
): { readonly secrets: readonly Secret[]; readonly warnings: readonly string[] } => {
  const last = new Map(declared.map(secret => [pathOf(secret), secret]))
  const warnings = declared
    .filter(secret => last.get(pathOf(secret)) !== secret)
    .map(
      secret =>
        `${secret.annotation.slice(prefix.length, 70)} has no effect: ${last.get(pathOf(secret))?.key.slice(0, 30)} has the same file`,
    )
  return { secrets: [...last.values()], warnings }
}

const fileProblems = ({ secrets, read }: Wish): readonly Problem[] => {
  const folders = foldersOf(secrets)
  return secrets.flatMap((secret): readonly Problem[] => {
    const { annotation, file, folder } = secret
    const problem = (words: string): readonly Problem[] => [
      { reason: 'bad-value', message: `${stages.agent}: the file of ${annotation} ${words}` },
    ]
    if (file === undefined) return problem('would leave its folder; give it a name below it')
    if (folders.has(pathOf(secret)))
      return problem(`is ${quote(file)}, which is a folder for another secret; rename one`)
    const isToken = read.values['agent-inject-token'] && file === 'token'
    return isToken && folder === read.values['secret-volume-path']
      ? problem('is "token", the file of the token itself; rename it')
      : []
  })
}

/** Folders that files below them need: as many as there are slashes in their paths. */
const foldersOf = (secrets: readonly Secret[]): ReadonlySet<string> => {
  const paths = secrets.filter(({ file }) => file !== undefined).map(pathOf)
  const files = new Set(paths)
  // Most slashes of a long path are behind nobody's file, and need not be looked up.
  const lengths = new Set(paths.map(path => path.length))
  const folders = new Set<string>()
  for (const path of paths)
    for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) {
      if (lengths.has(at) && files.has(path.slice(0, at))) folders.add(path.slice(0, at))
    }
  return folders
}

/** Names of the containers that the agents get; also left alone where a pod brings them along. */
export const agentNames = { init: 'vault-agent-init', sidecar: 'vault-agent' } as const

const selectedOf = (pod: Pod, read: Read): readonly Selected[] => {
  const wanted = read.values['agent-inject-containers']
  const all = (list: Selected['list']): readonly Selected[] =>
    (pod.spec?.[list] ?? []).map((container, index) => ({ list, index, container }))
  const app = all('containers').filter(({ container }) => wanted === undefined || wanted.includes(container.name))
  return [...app, ...(read.values['agent-pre-populate'] ? all('initContainers') : [])]
}

const copiedMounts = (pod: Pod, read: Read): readonly Mount[] => {
  const name = read.values['agent-copy-volume-mounts']
  const mounts = namedContainer(pod, name)?.volumeMounts ?? []
  return mounts.filter(({ mountPath }) => !mountPath.toLowerCase().includes('serviceaccount'))
}

const namedContainer = (pod: Pod, name: string) =>
  [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])].find(container => container.name === name)

const nameWarnings = (pod: Pod, read: Read): readonly string[] => {
  const wanted = read.values['agent-inject-containers'] ?? []
  const unknown = wanted.filter(name => !pod.spec?.containers.some(container => container.name === name))
  const source = read.values['agent-copy-volume-mounts']
  return [
    ...unknown.map(name => `agent-inject-containers names ${quote(name, 40)}; the pod has no such container`),
    ...(source !== '' && namedContainer(pod, source) === undefined
      ? [`agent-copy-volume-mounts names ${quote(source, 40)}; the pod has no such container`]
      : []),
  ]
}

const wishWarnings = ({ read, secrets }: Wish, namespace: string): readonly string[] => {
  const { values } = read
  const nobody = !values['agent-pre-populate'] && values['agent-pre-populate-only']
  const nothing = secrets.length === 0 && !values['agent-inject-token'] && values['agent-configmap'] === ''
  const other = values['agent-request-namespace']
  return [
    ...(nobody ? ['agent-pre-populate "false" and agent-pre-populate-only: nobody will write the secrets'] : []),
    ...(nothing ? ['the pod asks for no secret: set vault.hashicorp.com/agent-inject-secret-NAME'] : []),
    ...(other !== '' && other !== namespace
      ? ['agent-request-namespace has no effect: the pod is in another one']
      : []),
    ...(values['agent-configmap'] !== '' && values.namespace !== '' && read.originOf('namespace') === 'pod'
      ? ['namespace has no effect with agent-configmap: write it into the ConfigMap']
      : []),
    ...(values['tls-skip-verify'] ? ["vault.hashicorp.com/tls-skip-verify: Vault's certificate is not verified"] : []),
  ]
}
