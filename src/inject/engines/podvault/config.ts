import type { AgentConfig } from '../../../contract.ts'
import { annotations as native } from '../../annotations.ts'
import { otherAddresses } from '../../policy.ts'
import { authOf, certificatesOf } from '../../vault-k8s/auth.ts'
import type { Values } from '../../vault-k8s/annotations.ts'
import type { Interval } from '../../vault-k8s/go-values.ts'
import type { TokenVolume } from '../../vault-k8s/service-account.ts'
import type { Wish } from '../../vault-k8s/wish.ts'
import { folders } from '../../volumes.ts'
import { agentFolder, entriesOf, usesOf } from './entries.ts'

/** What podvault's agent is told of a pod that asks in the language of vault-k8s. */
export const configOf = (wish: Wish, token: TokenVolume | undefined, mode: number): AgentConfig => {
  const { read, mixed } = wish
  const { values } = read
  const onChange = mixed['on-change']
  return {
    version: 1,
    vault: vaultOf(wish),
    auth: authOf(read, token === undefined ? '' : `${token.mountPath}/${token.path}`),
    files: [{ name: 'secrets', entries: entriesOf(wish) }],
    mounted: [],
    env: 'none',
    ...(values['agent-inject-token'] && { token: 'file' as const }),
    folders: { secrets: folders.secrets, state: folders.state },
    mode,
    refresh: refreshOf(values['template-static-secret-render-interval']),
    renewAt: mixed['renew-at'] ?? (threshold(values) || Number(native['renew-at'].usual)),
    revoke: values['agent-revoke-on-shutdown'],
    loginTimeout: mixed['login-timeout'] ?? Number(native['login-timeout'].usual),
    ...(onChange !== undefined && onChange !== 'none' && { onChange }),
    ...(usesOf(wish).writes && {
      paths: Object.fromEntries(wish.folders.map((path, index) => [path, agentFolder(index)])),
    }),
    ...(typeof mixed['metrics-port'] === 'number' && { metricsPort: mixed['metrics-port'] }),
    ...(mixed['instant-updates'] === true && { instantUpdates: true }),
  }
}

const vaultOf = ({ address, settings, read }: Wish): AgentConfig['vault'] => {
  const { values } = read
  const certificates = certificatesOf(read)
  const redirects = otherAddresses(address, settings)
  const timeout = values['client-timeout']
  return {
    address,
    ...(values.namespace !== '' && { namespace: values.namespace }),
    ...(certificates.caFile === undefined && settings.ca !== undefined && { ca: settings.ca }),
    ...certificates,
    ...(values['tls-server-name'] !== '' && { tlsServerName: values['tls-server-name'] }),
    ...(values['tls-skip-verify'] && { tlsSkipVerify: true }),
    ...(redirects.length > 0 && { redirects }),
    ...(timeout !== 'none' && timeout.seconds > 0 && { timeout: Math.max(1, timeout.seconds) }),
  }
}

/** Vault Agent's own, which is also what it takes 0 for. */
const usualRefresh = 300

const refreshOf = (interval: Interval | 'none'): number =>
  interval === 'none' || interval.seconds === 0 ? usualRefresh : Math.max(1, Math.round(interval.seconds))

const threshold = (values: Values): number => {
  const share = values['template-lease-renewal-threshold']
  return share === 0 ? 0 : Math.max(0.01, share)
}
