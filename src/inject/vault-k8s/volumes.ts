import { memoryVolume } from '../volumes.ts'
import { containersIn, type Mount, type Volume } from '../pod.ts'
import { quote } from '../quote.ts'
import type { Problem } from '../reasons.ts'
import { prefix } from './annotations.ts'
import { agentNames, type Wish } from './wish.ts'

/** Memory for what the agent and, as the folders are writable, the app may put there. */
const secretsLimit = '64Mi'

const volumeName = (index: number): string => (index === 0 ? 'vault-secrets' : `vault-secrets-custom-${index - 1}`)

/** `vault-secrets` and `vault-secrets-custom-N`. */
export const secretVolumes = ({ folders }: Wish): readonly Volume[] =>
  folders.map((_, index) => memoryVolume(volumeName(index), secretsLimit))

/** Where the secrets lie: in the app's folders, or elsewhere in the agent. */
export const secretMounts = (folders: readonly string[]): readonly Mount[] =>
  folders.map((mountPath, index) => ({ name: volumeName(index), mountPath }))

type Mounted = { readonly volumes: readonly Volume[]; readonly mounts: readonly Mount[] }

const secretAt = (secretName: string, name: string, mountPath: string): Mounted =>
  secretName === ''
    ? { volumes: [], mounts: [] }
    : { volumes: [{ name, secret: { secretName } }], mounts: [{ name, mountPath, readOnly: true }] }

/** The Secrets that a pod gives to the agent alone. */
export const extraSecret = ({ read }: Wish): Mounted =>
  secretAt(read.values['agent-extra-secret'], 'extra-secrets', '/vault/custom')
export const tlsSecret = ({ read }: Wish): Mounted =>
  secretAt(read.values['tls-secret'], 'vault-tls-secrets', '/vault/tls')

/** The mounts with those of another container behind them; twice the same is once. */
export const withCopied = (mounts: readonly Mount[], { copied }: Wish): readonly Mount[] => [
  ...mounts,
  ...copied.filter(copy => !mounts.some(({ name, mountPath }) => name === copy.name && mountPath === copy.mountPath)),
]

/** What the pod already has where something is to be added, by name. */
export const collisions = (
  wish: Wish,
  volumes: readonly Volume[],
  agentMounts: readonly (readonly Mount[])[],
): readonly Problem[] => {
  const { pod, selected, folders } = wish
  const ours = Object.values(agentNames) as readonly string[]
  const names = new Set(volumes.map(({ name }) => name))
  return [
    ...containersIn(pod)
      .filter(({ name }) => ours.includes(name))
      .map(({ name }) => taken('container', name)),
    ...(pod.spec?.volumes ?? []).filter(({ name }) => names.has(name)).map(({ name }) => taken('volume', name)),
    ...selected.flatMap(({ container }) =>
      (container.volumeMounts ?? [])
        .filter(({ mountPath }) => folders.includes(normal(mountPath)))
        .map(({ mountPath }) =>
          pathTaken(
            `${prefix}secret-volume-path is ${quote(mountPath)}, where container ${quote(container.name)} has another mount`,
          ),
        ),
    ),
    ...[...new Set(agentMounts.flatMap(twice))].map(path =>
      pathTaken(`two volumes would be mounted at ${quote(path)} in the agent; see ${prefix}agent-copy-volume-mounts`),
    ),
  ]
}

const normal = (path: string): string => path.replaceAll(/\/{2,}/g, '/').replace(/(?<=.)\/$/, '')

const twice = (mounts: readonly Mount[]): readonly string[] => {
  const paths = mounts.map(({ mountPath }) => normal(mountPath))
  return paths.filter((path, index) => paths.indexOf(path) !== index)
}

const taken = (what: string, name: string): Problem => ({
  reason: 'name-taken',
  message: `the pod already has a ${what} ${quote(name)}, a name that vault-k8s gives to its own; rename it`,
})

const pathTaken = (words: string): Problem => ({ reason: 'path-taken', message: `${words}; choose another path` })
