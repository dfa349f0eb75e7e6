import { names } from '../../contract.ts'
import type { Pod, Volume } from '../pod.ts'
import { quote } from '../quote.ts'
import type { Problem } from '../reasons.ts'
import { prefix, stages } from './annotations.ts'
import type { Read } from './read.ts'

/** The volume that the token to log in with lies in, and where the agent sees it. */
export type TokenVolume = {
  readonly name: string
  readonly mountPath: string
  /** Below the mount. */
  readonly path: string
  /** Where the pod has no such volume and gets it. */
  readonly added?: Volume
}

/** Where vault-k8s mounts a token that the app has not mounted. */
const fallbackPath = '/var/run/secrets/vault.hashicorp.com/serviceaccount'

const key = 'agent-service-account-token-volume-name'

/** The volume that the pod names, as vault-k8s finds it; undefined where it names none. */
export const namedTokenVolume = (
  pod: Pod,
  read: Read,
): { readonly volume?: TokenVolume; readonly problems: readonly Problem[] } => {
  const name = read.values[key]
  if (name === '') return { problems: [] }
  const volume = pod.spec?.volumes?.find(each => each.name === name)
  const mount = appMounts(pod).find(each => each.name === name)
  if (volume === undefined && mount === undefined)
    return refused(`failed to find service account volume ${quote(name)}`)
  if (volume === undefined)
    return refused(`failed to find volume ${quote(name)} in Pod ${quote(pod.metadata?.name ?? '')} volumes`)
  const path = tokenPath(volume)
  if (path === undefined) return refused(`failed to find tokenPath for projected volume ${quote(name)}`)
  return { volume: { name, mountPath: mount?.mountPath ?? fallbackPath, path }, problems: [] }
}

const refused = (words: string): ReturnType<typeof namedTokenVolume> => ({
  problems: [{ reason: 'bad-value', message: `${stages.agent}: ${words} (${prefix}${key})` }],
})

const tokenPath = (volume: Volume): string | undefined =>
  volume.projected?.sources?.map(source => source.serviceAccountToken?.path ?? '').find(path => path !== '')

/** Below it EKS mounts the token of an AWS role. */
export const awsPath = 'eks.amazonaws.com'

const appMounts = (pod: Pod) => (pod.spec?.containers ?? []).flatMap(({ volumeMounts = [] }) => volumeMounts)

/** The token that vault-k8s finds in the app: the first mount that looks like one, but never the one for AWS. */
export const appTokenVolume = (pod: Pod): TokenVolume | undefined => {
  const mount = appMounts(pod).find(
    ({ mountPath }) => mountPath.includes('serviceaccount') && !mountPath.includes(awsPath),
  )
  return mount === undefined ? undefined : { name: mount.name, mountPath: mount.mountPath, path: 'token' }
}

/** Made by the API server for every pod: a token of the API server's own audience, like the one that podvault adds. */
export const isOrdinary = ({ name }: TokenVolume): boolean => name.startsWith('kube-api-access-')

/** A token for podvault alone; without an audience, because Vault roles made for vault-k8s expect none. */
export const ownTokenVolume = (mountPath: string): TokenVolume => ({
  name: names.tokenVolume,
  mountPath,
  path: 'token',
  added: {
    name: names.tokenVolume,
    projected: { sources: [{ serviceAccountToken: { expirationSeconds: 3600, path: 'token' } }] },
  },
})

/** For Vault Agent, as vault-k8s has it; a pod without any token gets one all the same. */
export const agentTokenVolume = (pod: Pod, named: TokenVolume | undefined): TokenVolume =>
  named ?? appTokenVolume(pod) ?? ownTokenVolume(fallbackPath)
