import { type AgentConfig, type MountedFiles, names, restartExitCode } from '../contract.ts'
import type { Intent } from './annotations.ts'
import { authFiles, authMounts, authOf, authVolumes, usesAccount } from './auth.ts'
import { type Files, inlineFiles } from './files.ts'
import type { Ids } from './ids.ts'
import { podFields } from './pod-fields.ts'
import type { Container, Mount, Resources, Volume } from './pod.ts'
import type { Templates } from './templates.ts'
import { filesMounts, filesVolumes } from './wiring.ts'

/** Folders inside the injected containers; the app sees the secrets where its annotation says. */
const home = '/podvault'
export const folders = {
  secrets: `${home}/secrets`,
  state: `${home}/state`,
  token: `${home}/token`,
  ca: `${home}/ca`,
  vaultToken: `${home}/vault-token`,
} as const
const caFile = 'ca.crt'

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

const hasCa = (intent: Intent): boolean => (intent['ca-configmap'] ?? intent['ca-secret']) !== undefined

/** What has been decided besides the intent. */
export type Settled = {
  readonly address: string
  /** Of the same Vault. */
  readonly otherAddresses: readonly string[]
  readonly files: Files
  readonly templates?: Pick<Templates, 'write'>
  readonly ca: string | undefined
  readonly mode: number
  /** What the pod says itself. */
  readonly given: ReadonlySet<string>
}

/** What the agent is told. */
export const configOf = (intent: Intent, settled: Settled): AgentConfig => ({
  version: 1,
  vault: vaultOf(intent, settled),
  auth: authOf(intent, `${folders.token}/token`),
  files: inlineFiles(settled.files),
  mounted: filesVolumes(intent).flatMap(({ configMap, mountPath, keys }) =>
    (keys.length === 0 ? [undefined] : keys).map(key =>
      mountedOf(intent, settled.files, { configMap, folder: mountPath, key }),
    ),
  ),
  env: intent.env,
  ...(intent['env-duplicates'] !== 'error' && { duplicates: intent['env-duplicates'] }),
  ...(intent.token !== 'none' && { token: intent.token }),
  folders: {
    secrets: folders.secrets,
    state: folders.state,
    ...(intent.token === 'json' && { token: folders.vaultToken }),
  },
  mode: settled.mode,
  refresh: intent.refresh,
  renewAt: intent['renew-at'],
  // Whoever lends a token says so where podvault shall end it.
  revoke: intent.revoke && (intent.auth !== 'token-file' || settled.given.has('revoke')),
  loginTimeout: intent['login-timeout'],
  ...(intent['on-change'] !== 'none' && { onChange: intent['on-change'] }),
  ...(settled.templates?.write === true && { paths: { [intent.path]: folders.secrets } }),
  ...(intent['metrics-port'] !== 'none' && { metricsPort: intent['metrics-port'] }),
  ...(intent['instant-updates'] && { instantUpdates: true }),
})

const vaultOf = (intent: Intent, { address, otherAddresses, ca }: Settled): AgentConfig['vault'] => ({
  address,
  ...(intent.namespace !== undefined && { namespace: intent.namespace }),
  ...(hasCa(intent) ? { caFile: `${folders.ca}/${caFile}` } : ca !== undefined && { ca }),
  ...(intent['tls-server-name'] !== undefined && { tlsServerName: intent['tls-server-name'] }),
  ...(intent['tls-skip-verify'] && { tlsSkipVerify: true }),
  ...(intent.auth === 'cert' && { certFile: authFiles.certificate, keyFile: authFiles.key }),
  ...(otherAddresses.length > 0 && { redirects: otherAddresses }),
  ...(intent['client-timeout'] !== 30 && { timeout: intent['client-timeout'] }),
})

const mountedOf = (
  intent: Intent,
  { known }: Files,
  { key, ...mounted }: { readonly configMap: string; readonly folder: string; readonly key: string | undefined },
): MountedFiles => {
  const meant = known.filter(({ at }) => at?.configMap === mounted.configMap && (key === undefined || at.key === key))
  const variables = meant.flatMap(({ entries }) => entries.flatMap(({ env }) => env.map(({ name }) => name)))
  return {
    ...mounted,
    ...(key !== undefined && { key }),
    ...(intent.env === 'auto' && variables.length > 0 && { variables }),
  }
}

/** One container of the agent: login and renew differ in name and command. */
export type AgentSpec = {
  readonly image: string
  /** Encoded: both containers are told the same. */
  readonly config: string
  /** Whether it needs to know the pod's own fields. */
  readonly fields?: boolean
  /** None where the pod wants no user and group to be set. */
  readonly ids: Ids | undefined
  readonly resources: Resources
  readonly mounts: readonly Mount[]
}

/** The init container that logs in. */
export const loginContainer = (name: string, spec: AgentSpec): Container => ({
  name,
  args: ['login'],
  ...commonOf(spec),
})

type Sidecar = {
  /** Or one among the pod's containers. */
  readonly native: boolean
  /** All containers, by its exit code. */
  readonly restart: boolean
  readonly metricsPort?: number | 'none' | undefined
}

/** The sidecar that renews. */
export const renewContainer = (name: string, spec: AgentSpec, sidecar: Sidecar): Container => ({
  name,
  args: ['renew'],
  ...(typeof sidecar.metricsPort === 'number' && {
    ports: [{ name: names.metricsPort, containerPort: sidecar.metricsPort }],
  }),
  ...(sidecar.native && { restartPolicy: 'Always' }),
  // https://github.com/kubernetes/enhancements/tree/master/keps/sig-node/5532-restart-all-containers-on-container-exits
  ...(sidecar.restart && {
    restartPolicyRules: [{ action: 'RestartAllContainers', exitCodes: { operator: 'In', values: [restartExitCode] } }],
  }),
  ...commonOf(spec),
})

const commonOf = ({ image, config, fields, ids, resources, mounts }: AgentSpec): Omit<Container, 'name'> => ({
  image,
  env: [...(fields === true ? podFields : []), { name: names.configVariable, value: config }],
  ...(Object.keys(resources).length > 0 && { resources }),
  volumeMounts: mounts,
  securityContext: securityContext(ids),
  // The last line of the log is the reason of a failure; this shows it in `kubectl describe pod`.
  terminationMessagePolicy: 'FallbackToLogsOnError',
})

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

/** Fits Pod Security `restricted` whatever the pod says. https://kubernetes.io/docs/concepts/security/pod-security-standards/ */
export const securityContext = (ids: Ids | undefined): NonNullable<Container['securityContext']> => ({
  ...(ids !== undefined && { runAsNonRoot: ids.user !== 0, runAsUser: ids.user, runAsGroup: ids.group }),
  readOnlyRootFilesystem: true,
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  seccompProfile: { type: 'RuntimeDefault' },
})
