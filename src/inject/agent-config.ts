import type { AgentConfig, MountedFiles } from '../contract.ts'
import type { Intent } from './annotations.ts'
import { authFiles, authOf } from './auth.ts'
import { type Files, inlineFiles } from './files.ts'
import type { Templates } from './templates.ts'
import { caFile, folders, hasCa } from './volumes.ts'
import { filesVolumes } from './wiring.ts'

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
