import { type AgentConfig, encodeConfig, names, type SecretsFile } from '../contract.ts'
import type { Intent } from './annotations.ts'
import type { Ids } from './ids.ts'
import type { Container, Volume } from './pod.ts'
import { filesMounts, filesVolumes } from './wiring.ts'

type Mount = NonNullable<Container['volumeMounts']>[number]

/** Folders inside the injected containers; the app sees the secrets where its annotation says. */
const home = '/podvault'
const folders = {
  secrets: `${home}/secrets`,
  state: `${home}/state`,
  token: `${home}/token`,
  ca: `${home}/ca`,
} as const
const caFile = 'ca.crt'

/** Volumes of the pod: what is secret lives in memory and has a limit. */
export const volumesOf = (intent: Intent): readonly Volume[] => [
  { name: names.secretsVolume, emptyDir: { medium: 'Memory', sizeLimit: '8Mi' } },
  { name: names.stateVolume, emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } },
  {
    name: names.tokenVolume,
    projected: {
      sources: [
        { serviceAccountToken: { audience: intent.audience, expirationSeconds: intent['token-ttl'], path: 'token' } },
      ],
    },
  },
  ...caVolume(intent),
  ...filesVolumes(intent).map(({ configMap, volume, keys }) => ({
    name: volume,
    configMap: { name: configMap, ...(keys.length > 0 && { items: keys.map(key => ({ key, path: key })) }) },
  })),
]

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

const hasCa = (intent: Intent): boolean => (intent['ca-configmap'] ?? intent['ca-secret']) !== undefined

/** What the agent is told; `address` and `role` are the checked ones. */
export const configOf = (
  intent: Intent,
  { address, role, files, mode }: { address: string; role: string; files: readonly SecretsFile[]; mode: number },
): AgentConfig => ({
  version: 1,
  vault: {
    address,
    ...(intent.namespace !== undefined && { namespace: intent.namespace }),
    ...(hasCa(intent) && { caFile: `${folders.ca}/${caFile}` }),
    ...(intent['tls-server-name'] !== undefined && { tlsServerName: intent['tls-server-name'] }),
    ...(intent['tls-skip-verify'] && { tlsSkipVerify: true }),
  },
  auth: { method: intent.auth, path: intent['auth-path'] ?? intent.auth, role, tokenFile: `${folders.token}/token` },
  files,
  mounted: filesVolumes(intent).flatMap(({ configMap, mountPath, keys }) =>
    keys.length === 0 ? [{ configMap, folder: mountPath }] : keys.map(key => ({ configMap, folder: mountPath, key })),
  ),
  env: intent.env,
  folders: { secrets: folders.secrets, state: folders.state },
  mode,
  refresh: intent.refresh,
  renewAt: intent['renew-at'],
  revoke: intent.revoke,
  loginTimeout: intent['login-timeout'],
})

/** The login init container and, unless the pod wants none, the renewal sidecar. */
export const containersOf = (
  intent: Intent,
  {
    image,
    config,
    ids,
    resources,
  }: { image: string; config: AgentConfig; ids: Ids; resources: NonNullable<Container['resources']> },
): readonly Container[] => {
  const common = {
    image,
    env: [{ name: names.configVariable, value: encodeConfig(config) }],
    ...(Object.keys(resources).length > 0 && { resources }),
    volumeMounts: mountsOf(intent),
    securityContext: securityContext(ids),
    // The last line of the log is the reason of a failure; this shows it in `kubectl describe pod`.
    terminationMessagePolicy: 'FallbackToLogsOnError',
  }
  const login = { name: names.login, args: ['login'], ...common }
  return intent.renew ? [login, { name: names.renew, args: ['renew'], restartPolicy: 'Always', ...common }] : [login]
}

const mountsOf = (intent: Intent): readonly Mount[] => [
  { name: names.secretsVolume, mountPath: folders.secrets },
  { name: names.stateVolume, mountPath: folders.state },
  { name: names.tokenVolume, mountPath: folders.token, readOnly: true },
  ...(hasCa(intent) ? [{ name: names.caVolume, mountPath: folders.ca, readOnly: true }] : []),
  ...filesMounts(intent),
]

/** Fits Pod Security `restricted` whatever the pod says. https://kubernetes.io/docs/concepts/security/pod-security-standards/ */
const securityContext = ({ user, group }: Ids): NonNullable<Container['securityContext']> => ({
  runAsNonRoot: true,
  runAsUser: user,
  runAsGroup: group,
  readOnlyRootFilesystem: true,
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  seccompProfile: { type: 'RuntimeDefault' },
})
