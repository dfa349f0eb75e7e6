import { names } from '../contract.ts'
import type { Intent } from './annotations.ts'
import type { WantedVariable } from './outputs.ts'
import type { Container, EnvVar, Mount } from './pod.ts'
import type { Problem } from './reasons.ts'
import { quote } from './quote.ts'
import type { Selected } from './select.ts'

/** What a selected container gets. */
export type Wiring = Selected & {
  readonly mounts: readonly Mount[]
  /** In front of the container's own variables, which may then refer to them. */
  readonly env: readonly EnvVar[]
  /** Behind them, in the place of those of the same name. */
  readonly lateEnv: readonly EnvVar[]
}

/** Where the kubelet puts a pod's own token; a mount over or under it would hide the one or the other. */
export const serviceAccountPath = '/var/run/secrets/kubernetes.io/serviceaccount'

const filesPath = '/etc/secrets.d'

/** The ConfigMaps of `secrets-file`, each once: one volume, and the keys that are meant, or all of them. */
export type FilesVolume = {
  readonly configMap: string
  readonly volume: string
  readonly mountPath: string
  readonly keys: readonly string[]
}

/** Several ConfigMaps cannot share one mount point, so only a single one is the folder itself. */
export const filesVolumes = (intent: Intent): readonly FilesVolume[] => {
  const files = intent['secrets-file']
  if (files === undefined) return []
  const groups = Map.groupBy(files, ({ name }) => name)
  return Array.from(groups, ([configMap, entries], index) => ({
    configMap,
    volume: `${names.filesVolume}${index}`,
    mountPath: groups.size === 1 ? filesPath : `${filesPath}/${configMap}`,
    keys: entries.flatMap(({ key }) => key ?? []),
  }))
}

export const filesMounts = (intent: Intent): readonly Mount[] =>
  filesVolumes(intent).map(({ volume, mountPath }) => ({ name: volume, mountPath, readOnly: true }))

/** Where kubernetes-vault wrote its token file. */
const tokenPath = '/var/run/secrets/boostport.com'

export const wire = (selected: Selected, intent: Intent, variables: readonly WantedVariable[]): Wiring => {
  const own = new Set((selected.container.env ?? []).map(({ name }) => name))
  const taken = ({ name }: WantedVariable): boolean => own.has(name)
  const duplicates = intent['env-duplicates']
  const wanted = intent.env === 'auto' ? variables : []
  const [late, front] = [
    wanted.filter(each => duplicates === 'overwrite' && taken(each)),
    wanted.filter(each => duplicates === 'error' || !taken(each)),
  ]
  return {
    ...selected,
    mounts: [
      { name: names.secretsVolume, mountPath: intent.path, readOnly: true },
      ...(intent.token === 'json' ? [{ name: names.vaultTokenVolume, mountPath: tokenPath, readOnly: true }] : []),
      ...filesMounts(intent),
    ],
    env: front.map(variableOf),
    lateEnv: late.map(variableOf),
  }
}

/** Read by the kubelet at every start of the container: no shell, no wrapper, nothing in the pod's spec but the name. */
const variableOf = ({ name, optional }: WantedVariable): EnvVar => ({
  name,
  valueFrom: {
    fileKeyRef: { volumeName: names.secretsVolume, path: names.envFile, key: name, ...(optional && { optional }) },
  },
})

/** A container counts as wired once it has our volume; a review after that leaves it alone. */
export const isWired = ({ volumeMounts = [] }: Container): boolean =>
  volumeMounts.some(({ name }) => name === names.secretsVolume)

/** What the container already has where we would put something. */
export const collisions = (wiring: Wiring, intent: Intent): readonly Problem[] => [
  ...pathCollisions(wiring),
  ...(intent['env-duplicates'] === 'error' ? variableCollisions(wiring) : []),
]

const pathCollisions = ({ container, mounts }: Wiring): readonly Problem[] => {
  const taken = [
    ...(container.volumeMounts ?? []).map(mount => mount.mountPath),
    ...(container.volumeDevices ?? []).map(device => device.devicePath),
    serviceAccountPath,
  ]
  const own = mounts.flatMap(({ mountPath, name }) =>
    [...new Set(taken)]
      .filter(other => overlap(mountPath, other))
      .map((other): Problem => {
        const wayOut = name === names.secretsVolume ? 'set podvault.dev/path to another one' : 'mount yours elsewhere'
        const message = `podvault mounts ${quote(mountPath)} in container ${quote(container.name)}, where ${quote(other)} is mounted; ${wayOut}`
        return { reason: 'path-taken', message }
      }),
  )
  const [secrets, ...files] = mounts
  const between = files.filter(({ mountPath }) => secrets !== undefined && overlap(secrets.mountPath, mountPath))
  return [
    ...own,
    ...between.map(({ mountPath }): Problem => {
      const message = `podvault.dev/path collides with ${quote(mountPath)}, where podvault mounts more of the pod's files; choose another path`
      return { reason: 'path-taken', message }
    }),
  ]
}

/** The same path, or one inside the other. */
const overlap = (a: string, b: string): boolean => {
  const [left, right] = [folder(a), folder(b)]
  return left.startsWith(right) || right.startsWith(left)
}

const folder = (path: string): string => {
  const ended = `${path}/`
  return ended.includes('//') ? ended.replaceAll(/\/{2,}/g, '/') : ended
}

const variableCollisions = ({ container, env }: Wiring): readonly Problem[] => {
  const taken = new Set((container.env ?? []).map(({ name }) => name))
  return env
    .filter(({ name }) => taken.has(name))
    .map(({ name }) => {
      const message = `container ${quote(container.name)} already has a variable ${name}; remove it there, rename the secret's, or let podvault.dev/env-duplicates decide`
      return { reason: 'variable-taken', message }
    })
}
