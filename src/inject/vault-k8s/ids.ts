import { fileMode, type Ids } from '../ids.ts'
import { said } from '../layers.ts'
import type { Problem } from '../reasons.ts'
import type { Engine } from '../settings.ts'
import { annotations, prefix, stages } from './annotations.ts'
import type { Wish } from './wish.ts'

/** Who the injected containers run as; undefined where the pod wants that left to the cluster. */
export const identityOf = (
  wish: Wish,
  engine: Engine,
): { readonly ids: Ids | undefined; readonly problems: readonly Problem[] } => {
  const { values } = wish.read
  const { user, problems } = values['agent-run-as-same-user'] ? sameUser(wish) : { user: undefined, problems: [] }
  const app = engine === 'podvault' ? appIds(wish) : {}
  const ids: Ids = {
    user: user ?? chosen(wish, 'agent-run-as-user') ?? app.user ?? Number(annotations['agent-run-as-user'].default),
    group: chosen(wish, 'agent-run-as-group') ?? app.group ?? Number(annotations['agent-run-as-group'].default),
  }
  return { ids: hasSecurityContext(wish) ? ids : undefined, problems }
}

const chosen = ({ read }: Wish, key: 'agent-run-as-user' | 'agent-run-as-group'): number | undefined => {
  const value = read.values[key]
  return read.originOf(key) === undefined || value === 'none' ? undefined : value
}

/** The first app container's, so that the files can be its alone; never root. */
const appIds = ({ pod, selected }: Wish): { readonly user?: number; readonly group?: number } => {
  const first = selected.find(({ list }) => list === 'containers')?.container.securityContext
  const context = pod.spec?.securityContext
  const user = first?.runAsUser ?? context?.runAsUser ?? 0
  const group = first?.runAsGroup ?? context?.runAsGroup ?? 0
  return { ...(user !== 0 && { user }), ...(group !== 0 && { group }) }
}

/** The words are vault-k8s's, which looks at the container alone. */
const sameUser = ({ pod }: Wish): { readonly user?: number; readonly problems: readonly Problem[] } => {
  const [first] = pod.spec?.containers ?? []
  if (first === undefined) return refused('No containers found in Pod Spec')
  const context = pod.spec?.securityContext
  const user = first.securityContext?.runAsUser ?? context?.runAsUser
  if (user === 0) return refused('container not allowed to run as root')
  if (user !== undefined) return { user, problems: [] }
  return first.securityContext === undefined
    ? refused('No SecurityContext found for Container 0')
    : refused("RunAsUser is nil for Container 0's SecurityContext")
}

const refused = (words: string): ReturnType<typeof sameUser> => ({
  problems: [{ reason: 'bad-value', message: `${stages.agent}: ${words} (${prefix}agent-run-as-same-user)` }],
})

const ids = ['agent-run-as-user', 'agent-run-as-same-user', 'agent-run-as-group'] as const

/** A pod that names a user means it, also where the operator's default is to name none. */
const hasSecurityContext = ({ read, layers }: Wish): boolean => {
  const key = 'agent-set-security-context'
  if (read.values[key] || read.originOf(key) === 'pod') return read.values[key]
  return ids.some(each => said(layers.slice(0, 1), prefix + each) !== undefined)
}

/** As few as possible may read the files: see fileMode. Whom the cluster chooses, nobody knows here. */
export const modeOf = ({ pod, selected }: Wish, who: Ids | undefined): number =>
  who === undefined
    ? 0o444
    : fileMode(
        who,
        pod,
        selected.map(({ container }) => container),
      )
