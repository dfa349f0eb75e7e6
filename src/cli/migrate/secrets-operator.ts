import type { Container, Pod } from '../../inject/pod.ts'
import type { Texts } from '../../inject/settings.ts'
import type { Finding, Setting, Stage } from './finding.ts'
import { loginOf } from './operator-login.ts'
import { numberOf, type OperatorObject, recordOf, type Synced, syncedOf, textOf, titleOf } from './operator-objects.ts'
import { audienceHand, putThem, suggested, tried, type WantedSecret } from './suggestion.ts'

/** What a pod becomes that reads Secrets of the Vault Secrets Operator; undefined where it reads none. */
export const fromSecretsOperator = (
  stage: Stage,
  name: string,
  objects: readonly OperatorObject[],
): Finding | undefined => {
  const { pod, namespace, settings } = stage
  const used = objects.flatMap(object => {
    const synced = object.namespace === namespace ? syncedOf(object) : undefined
    const uses = synced === undefined ? undefined : usesOf(pod, synced.secret)
    return synced === undefined || uses === undefined ? [] : [{ synced, uses }]
  })
  const [first] = used
  if (first === undefined) return undefined
  const account = pod.spec?.serviceAccountName ?? 'default'
  const logins = used.map(({ synced }) => loginOf(synced.object, objects, account, settings.address))
  const others = logins.filter(({ texts }) => JSON.stringify(texts) !== JSON.stringify(logins[0]?.texts))
  const made = used.map(secretOf)
  const texts = {
    ...logins[0]?.texts,
    ...paceOf(used.map(({ synced }) => synced)),
    ...placeOf(used),
    ...restartOf(used, stage, name),
  } as Texts
  const annotations = suggested(
    texts,
    made.map(({ secret }) => secret),
  )
  const { problems, ...outcome } = tried(rewritten(pod, used), annotations, stage)
  return {
    tool: 'secrets-operator',
    ...outcome,
    better: [],
    byHand: [
      putThem,
      ...audienceHand(texts),
      ...new Set(logins.flatMap(({ byHand }) => byHand)),
      ...(others.length > 0
        ? ['its Secrets come by different logins, and a pod has one: give one Vault role all the policies']
        : []),
      ...used.flatMap(({ synced }) => synced.byHand),
      ...made.flatMap(({ byHand }) => byHand),
      ...problems,
    ],
    settings: used.flatMap(({ synced }) => settingsOf(synced)),
    annotations,
    changes: changesOf(used),
  }
}

type Used = { readonly synced: Synced; readonly uses: Uses }

type Uses = {
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
  readonly mounts: readonly { readonly container: string; readonly path: string; readonly subPath: boolean }[]
}

const containersOf = ({ spec }: Pod): readonly Container[] => [
  ...(spec?.initContainers ?? []),
  ...(spec?.containers ?? []),
]

const usesOf = (pod: Pod, secret: string): Uses | undefined => {
  const containers = containersOf(pod)
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
    const projected = volume.projected?.sources?.find(source => source.secret?.name === secret)?.secret
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
    return [{ name: volume.name, items: found.items, mounts }]
  })
  return env.length + envFrom.length + volumes.length === 0 ? undefined : { env, envFrom, volumes }
}

const secretOf = ({ synced, uses }: Used): { readonly secret: WantedSecret; readonly byHand: readonly string[] } => {
  const { secret: name, request, isCertificate } = synced
  const env = Object.fromEntries(uses.env.map(variable => [variable.name, variable.key]))
  const items = uses.volumes.flatMap(volume => volume.items ?? [])
  const whole = uses.volumes.some(volume => volume.items === undefined)
  const files =
    isCertificate && uses.volumes.length > 0
      ? [{ name: 'tls', format: 'cert' }]
      : [
          ...items.map(({ key, path }) => ({ name: path, format: 'raw', key })),
          ...(whole ? [{ name: `${name}.json`, format: 'json' }] : []),
          ...(uses.envFrom.length > 0 ? [{ name: `${name}.env`, format: 'env' }] : []),
        ]
  const optional = uses.env.length > 0 && uses.env.every(variable => variable.optional) && files.length === 0
  return {
    secret: {
      ...request,
      ...(optional && { optional: true as const }),
      ...(uses.env.length > 0 && { env }),
      ...(files.length > 0 && { files }),
    },
    byHand: [
      ...(whole && !isCertificate
        ? [
            `each key of the Secret ${name} was a file: name those that the app reads, as {name: FILE, format: raw, key: KEY}, in the place of ${name}.json`,
          ]
        : []),
      ...(isCertificate && uses.volumes.length > 0
        ? [`tls.crt has the certificate alone; what signed it is in tls.chain and tls.ca`]
        : []),
      ...uses.envFrom.map(
        container =>
          `the container ${container} takes all keys of the Secret ${name} into its environment: name them as env, or let it source ${name}.env`,
      ),
      ...uses.volumes.flatMap(({ mounts }) =>
        mounts
          .filter(({ subPath }) => subPath)
          .map(
            ({ container, path }) =>
              `the container ${container} mounts a single file at ${path}: podvault mounts folders, so let the app read it below podvault.dev/path`,
          ),
      ),
    ],
  }
}

/** How soon changes are seen, and leases renewed: the quickest of all. */
const paceOf = (all: readonly Synced[]): Texts => {
  const specs = all.map(({ object }) => object.spec)
  const refreshes = specs.flatMap(spec => textOf(spec, 'refreshAfter') ?? [])
  const shares = specs.flatMap(spec => numberOf(spec, 'renewalPercent') ?? [])
  const instant = specs.some(spec => recordOf(spec, 'syncConfig')['instantUpdates'] === true)
  const [refresh] = refreshes.toSorted((a, b) => seconds(a) - seconds(b))
  return {
    ...(refresh !== undefined && { refresh }),
    ...(shares.length > 0 && { 'renew-at': String(Math.min(Math.max(Math.min(...shares) / 100, 0.1), 0.9)) }),
    ...(instant && { 'instant-updates': 'true' }),
  }
}

const unit = { h: 3600, m: 60, s: 1, ms: 0.001 } as const

const seconds = (duration: string): number =>
  Array.from(
    duration.matchAll(/(\d+(?:\.\d+)?)(ms|h|m|s)/g),
    ([, number, of]) => Number(number) * unit[of as 's'],
  ).reduce((a, b) => a + b, 0)

/** One folder of files, where the app has looked for them. */
const placeOf = (used: readonly Used[]): Texts => {
  const paths = new Set(
    used.flatMap(({ uses }) =>
      uses.volumes.flatMap(({ mounts }) => mounts.filter(({ subPath }) => !subPath).map(({ path }) => path)),
    ),
  )
  const [path] = paths
  return path !== undefined && paths.size === 1 ? { path } : {}
}

/** The operator's rollout becomes a restart in place. */
const restartOf = (used: readonly Used[], { kind }: Stage, name: string): Texts =>
  used.some(({ synced }) => synced.restarts.some(target => target.kind === kind && target.name === name))
    ? { 'on-change': 'restart' }
    : {}

/** The pod without the Secrets, for the webhook to judge. */
const rewritten = (pod: Pod, used: readonly Used[]): Pod => {
  const secrets = new Set(used.map(({ synced }) => synced.secret))
  const volumes = new Set(used.flatMap(({ uses }) => uses.volumes.map(({ name }) => name)))
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

const changesOf = (used: readonly Used[]): readonly string[] =>
  used.flatMap(({ synced, uses }) => [
    ...uses.env.map(({ container, name }) => `container ${container}, variable ${name}: remove`),
    ...uses.envFrom.map(container => `container ${container}, envFrom ${synced.secret}: remove`),
    ...uses.volumes.map(({ name }) => `volume ${name}, and its mounts: remove`),
    `${titleOf(synced.object)}: remove, when nobody else reads the Secret ${synced.secret}`,
  ])

const words: Readonly<Record<string, string>> = {
  mount: 'path',
  path: 'path',
  role: 'path',
  type: 'kv',
  version: 'version',
  refreshAfter: 'podvault.dev/refresh',
  renewalPercent: 'podvault.dev/renew-at',
  vaultAuthRef: 'podvault.dev/role, auth-path, audience',
  destination: 'env and files of the pod: there is no Secret',
  rolloutRestartTargets: 'podvault.dev/on-change: restart',
  syncConfig: 'podvault.dev/instant-updates',
  namespace: 'podvault.dev/namespace',
  requestHTTPMethod: 'method',
  params: 'params',
  revoke: 'the default: revoked when the pod ends',
  allowStaticCreds: 'not needed: podvault knows static roles by their answer',
  hmacSecretData: 'not needed: nothing lies in the cluster that could be changed',
  expiryOffset: 'podvault.dev/renew-at',
  clear: 'not needed: the files end with the pod',
}

const settingsOf = ({ object }: Synced): readonly Setting[] =>
  Object.keys(object.spec).map(field => ({
    setting: `${titleOf(object)}: ${field}`,
    becomes: Object.hasOwn(words, field)
      ? String(words[field])
      : object.kind === 'VaultPKISecret'
        ? 'params'
        : 'unknown',
  }))

/** The operator's objects that make a Secret which none of these pods reads, and those that podvault has nothing for. */
export const idleObjects = (
  objects: readonly OperatorObject[],
  pods: readonly Pick<Stage, 'pod' | 'namespace'>[],
): readonly string[] =>
  objects.flatMap(object => {
    if (['VaultAuth', 'VaultConnection', 'VaultAuthGlobal', 'SecretTransformation'].includes(object.kind)) return []
    const synced = syncedOf(object)
    if (synced === undefined) return [`${titleOf(object)}: podvault has nothing in its place`]
    const isRead = pods.some(
      ({ pod, namespace }) => namespace === object.namespace && usesOf(pod, synced.secret) !== undefined,
    )
    return isRead
      ? []
      : [
          `${titleOf(object)}: no workload here reads its Secret ${synced.secret}; keep the operator for it where an Ingress or a chart needs a Secret`,
        ]
  })
