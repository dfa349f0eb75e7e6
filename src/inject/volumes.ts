import { names } from '../contract.ts'
import type { Intent } from './annotations.ts'
import { authMounts, authVolumes, usesAccount } from './auth.ts'
import type { Mount, Volume } from './pod.ts'
import { filesMounts, filesVolumes, serviceAccountPath } from './wiring.ts'

/** Folders inside the injected containers; the app sees the secrets where its annotation says. */
const home = '/podvault'
export const folders = {
  secrets: `${home}/secrets`,
  state: `${home}/state`,
  // In the place of the API server's own token, which is none of the agent's business. Without a mount there, Kubernetes
  // adds one behind the webhook, and asks it about every pod a second time.
  token: serviceAccountPath,
  ca: `${home}/ca`,
  vaultToken: `${home}/vault-token`,
} as const
/** In its volume. */
export const caFile = 'ca.crt'

/** Files that never reach a disk. */
export const memoryVolume = (name: string, sizeLimit: string): Volume => ({
  name,
  emptyDir: { medium: 'Memory', sizeLimit },
})

/** Volumes of the pod: what is secret lives in memory and has a limit. */
export const volumesOf = (intent: Intent): readonly Volume[] => [
  memoryVolume(names.secretsVolume, '8Mi'),
  memoryVolume(names.stateVolume, '1Mi'),
  ...(usesAccount(intent.auth) ? [tokenVolume(intent)] : authVolumes(intent)),
  ...(intent.token === 'json' ? [memoryVolume(names.vaultTokenVolume, '1Mi')] : []),
  ...caVolume(intent),
  ...filesVolumes(intent).map(({ configMap, volume, keys }) => ({
    name: volume,
    configMap: { name: configMap, ...(keys.length > 0 && { items: keys.map(key => ({ key, path: key })) }) },
  })),
]

const tokenVolume = (intent: Intent): Volume => ({
  name: names.tokenVolume,
  projected: {
    sources: [
      { serviceAccountToken: { audience: intent.audience, expirationSeconds: intent['token-ttl'], path: 'token' } },
    ],
  },
})

const caVolume = (intent: Intent): readonly Volume[] => {
  const [configMap, secret] = [intent['ca-configmap'], intent['ca-secret']]
  if (configMap !== undefined)
    return [
      {
        name: names.caVolume,
        configMap: { name: configMap.name, items: [{ key: configMap.key ?? caFile, path: caFile }] },
      },
    ]
  if (secret !== undefined)
    return [
      {
        name: names.caVolume,
        secret: { secretName: secret.name, items: [{ key: secret.key ?? caFile, path: caFile }] },
      },
    ]
  return []
}

/** Whether the pod brings the CA of Vault's certificate. */
export const hasCa = (intent: Intent): boolean => (intent['ca-configmap'] ?? intent['ca-secret']) !== undefined

/** What the agent sees of them. */
export const agentMounts = (intent: Intent): readonly Mount[] => [
  { name: names.secretsVolume, mountPath: folders.secrets },
  { name: names.stateVolume, mountPath: folders.state },
  ...(usesAccount(intent.auth)
    ? [{ name: names.tokenVolume, mountPath: folders.token, readOnly: true }]
    : authMounts(intent)),
  ...(intent.token === 'json' ? [{ name: names.vaultTokenVolume, mountPath: folders.vaultToken }] : []),
  ...(hasCa(intent) ? [{ name: names.caVolume, mountPath: folders.ca, readOnly: true }] : []),
  ...filesMounts(intent),
]
