// Where a pod reads a Secret of the Vault Secrets Operator, and what it is without.
import { type Container, containersIn, type Pod } from '../../inject/pod.ts'
import { type Synced, titleOf } from './operator-objects.ts'

/** A Secret that the operator makes, and where a pod reads it. */
export type Used = { readonly synced: Synced; readonly uses: Uses }

export type Uses = {
  readonly env: readonly {
    readonly container: string
    readonly name: string
    readonly key: string
    readonly optional: boolean
  }[]
  /** Containers that take all keys. */
  readonly envFrom: readonly string[]
  readonly volumes: readonly UsedVolume[]
}

type UsedVolume = {
  readonly name: string
  /** The keys and the names of their files; undefined where all keys are files. */
  readonly items: readonly { readonly key: string; readonly path: string }[] | undefined
  /** A projected one, which has files of somebody else, too. */
  readonly isShared: boolean
  readonly mounts: readonly { readonly container: string; readonly path: string; readonly subPath: boolean }[]
}

/** Undefined where the pod does not read it. @param made the Secrets that the operator makes */
export const usesOf = (pod: Pod, secret: string, made: ReadonlySet<string> = new Set([secret])): Uses | undefined => {
  const containers = containersIn(pod)
  const env = containers.flatMap(({ name: container, env: variables = [] }) =>
    variables.flatMap(({ name, valueFrom }) => {
      const ref = valueFrom?.secretKeyRef
      return ref?.name === secret ? [{ container, name, key: ref.key, optional: ref.optional === true }] : []
    }),
  )
  const envFrom = containers.flatMap(({ name, envFrom: sources = [] }) =>
    sources.some(({ secretRef }) => secretRef?.name === secret) ? [name] : [],
  )
  const volumes = (pod.spec?.volumes ?? []).flatMap((volume): readonly UsedVolume[] => {
    const sources = volume.projected?.sources ?? []
    const projected = sources.find(source => source.secret?.name === secret)?.secret
    const found = volume.secret?.secretName === secret ? volume.secret : projected
    if (found === undefined) return []
    const mounts = containers.flatMap(({ name: container, volumeMounts = [] }) =>
      volumeMounts.flatMap(mount =>
        mount.name === volume.name
          ? [
              {
                container,
                path: mount.mountPath,
                subPath: mount.subPath !== undefined || mount.subPathExpr !== undefined,
              },
            ]
          : [],
      ),
    )
    const isShared = sources.some(source => !made.has(source.secret?.name ?? ''))
    return [{ name: volume.name, items: found.items, isShared, mounts }]
  })
  return env.length + envFrom.length + volumes.length === 0 ? undefined : { env, envFrom, volumes }
}

/** Those that have nothing but Secrets of the operator. */
export const ownVolumes = ({ volumes }: Uses): readonly UsedVolume[] => volumes.filter(({ isShared }) => !isShared)

/** The pod without the Secrets, for the webhook to judge. */
export const rewritten = (pod: Pod, used: readonly Used[]): Pod => {
  const secrets = new Set(used.map(({ synced }) => synced.secret))
  const volumes = new Set(used.flatMap(({ uses }) => ownVolumes(uses).map(({ name }) => name)))
  const change = (containers: readonly Container[]): readonly Container[] =>
    containers.map(container => ({
      ...container,
      env: (container.env ?? []).filter(({ valueFrom }) => !secrets.has(valueFrom?.secretKeyRef?.name ?? '')),
      volumeMounts: (container.volumeMounts ?? []).filter(({ name }) => !volumes.has(name)),
    }))
  // A pod that uses a Secret has containers.
  const { initContainers = [], containers, volumes: all = [] } = pod.spec as NonNullable<Pod['spec']>
  const spec = {
    ...pod.spec,
    initContainers: change(initContainers),
    containers: change(containers),
    volumes: all.filter(({ name }) => !volumes.has(name)),
  }
  return { ...pod, spec }
}

/** What is to be taken out of the manifests. */
export const changesOf = (used: readonly Used[]): readonly string[] => {
  const changes = used.flatMap(({ synced, uses }) => [
    ...uses.env.map(({ container, name }) => `container ${container}, variable ${name}: remove`),
    ...uses.envFrom.map(container => `container ${container}, envFrom ${synced.secret}: remove`),
    ...uses.volumes.map(({ name, isShared }) =>
      isShared ? `volume ${name}, its source ${synced.secret}: remove` : `volume ${name}, and its mounts: remove`,
    ),
    `${titleOf(synced.object)}: remove, when nobody else reads the Secret ${synced.secret}`,
  ])
  return [...new Set(changes)]
}
