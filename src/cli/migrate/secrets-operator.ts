import type { Texts } from '../../inject/settings.ts'
import type { Finding, Stage } from './finding.ts'
import { paceOf, settingsOf } from './operator-fields.ts'
import { loginOf } from './operator-login.ts'
import { type OperatorObject, syncedOf, titleOf } from './operator-objects.ts'
import { secretOf } from './operator-secret.ts'
import { changesOf, ownVolumes, rewritten, type Used, usesOf } from './operator-uses.ts'
import { audienceHand, putThem, suggested, tried } from './suggestion.ts'

/** What a pod becomes that reads Secrets of the Vault Secrets Operator; undefined where it reads none. */
export const fromSecretsOperator = (
  stage: Stage,
  name: string,
  objects: readonly OperatorObject[],
): Finding | undefined => {
  const { pod, namespace, settings } = stage
  const all = objects.flatMap(object => (object.namespace === namespace ? (syncedOf(object) ?? []) : []))
  const secrets = new Set(all.map(({ secret }) => secret))
  const used = all.flatMap(synced => {
    const uses = usesOf(pod, synced.secret, secrets)
    return uses === undefined ? [] : [{ synced, uses }]
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

/** One folder of files, where the app has looked for them. */
const placeOf = (used: readonly Used[]): Texts => {
  const paths = new Set(
    used.flatMap(({ uses }) =>
      ownVolumes(uses).flatMap(({ mounts }) => mounts.filter(({ subPath }) => !subPath).map(({ path }) => path)),
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
