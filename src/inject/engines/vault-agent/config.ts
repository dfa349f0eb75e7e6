import { templateOf } from '../../vault-k8s/default-template.ts'
import type { Secret } from '../../vault-k8s/secrets.ts'
import type { TokenVolume } from '../../vault-k8s/service-account.ts'
import type { Wish } from '../../vault-k8s/wish.ts'
import { telemetryOf } from './telemetry.ts'

type Json = Readonly<Record<string, unknown>>

/** Where Vault Agent keeps what it needs for itself. */
export const home = '/home/vault'
export const cachePath = '/vault/agent-cache'

/** Whether the cache outlives the init container: only where there are both. */
export const keepsCache = ({ read: { values } }: Wish): boolean =>
  values['agent-cache-enable'] && values['agent-pre-populate'] && !values['agent-pre-populate-only']

/** The configuration of Vault Agent, as vault-k8s generates it. https://developer.hashicorp.com/vault/docs/agent-and-proxy/agent */
export const agentConfig = (wish: Wish, token: TokenVolume, isInit: boolean): Json => {
  const { values } = wish.read
  const { listener, cache } = listening(wish, isInit)
  return given({
    auto_auth: { method: methodOf(wish, token), sink: sinksOf(wish) },
    exit_after_auth: isInit,
    pid_file: `${home}/.pid`,
    vault: vaultOf(wish),
    template: list(wish.secrets.map(secret => templateStanza(secret, values['agent-inject-default-template']))),
    listener,
    cache,
    template_config: templateConfig(wish),
    disable_idle_connections: list(values['agent-disable-idle-connections']),
    disable_keep_alives: list(values['agent-disable-keep-alives']),
    telemetry: telemetryOf(wish.read.named('agent-telemetry')).stanza,
  })
}

/** Without what is not there: Go's omitempty. */
const given = (members: Json): Json =>
  Object.fromEntries(
    Object.entries(members).filter(([, value]) => value !== undefined && value !== '' && value !== 'none'),
  )

const list = <T>(items: readonly T[]): readonly T[] | undefined => (items.length === 0 ? undefined : items)
const set = (value: boolean): true | undefined => value || undefined

const methodOf = ({ read }: Wish, token: TokenVolume): Json => {
  const { values } = read
  return given({
    type: values['auth-type'],
    mount_path: values['auth-path'],
    min_backoff: values['auth-min-backoff'],
    max_backoff: values['auth-max-backoff'],
    namespace: values.namespace,
    config: authConfig(read, token),
    exit_on_err: set(values['agent-auto-auth-exit-on-err']),
  })
}

/** In alphabetical order, as Go writes it. */
const authConfig = (read: Wish['read'], token: TokenVolume): Json => {
  const parameters = [...read.named('auth-config')].map(([name, text]) => [name.replaceAll('-', '_'), text] as const)
  const { role } = read.values
  const all = new Map([
    ['token_path', `${token.mountPath}/${token.path}`.replaceAll(/\/{2,}/g, '/')],
    ...parameters,
    ...(role === '' ? [] : [['role', role] as const]),
  ])
  return Object.fromEntries([...all].toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

const sink = (path: string): Json => ({ type: 'file', config: { path } })

const sinksOf = ({ read: { values } }: Wish): readonly Json[] => {
  const shared = values['agent-inject-token'] ? [sink(`${values['secret-volume-path']}/token`)] : []
  return [sink(`${home}/.vault-token`), ...shared]
}

const vaultOf = ({ address, read: { values } }: Wish): Json =>
  // The address is always there.
  ({
    address,
    ...given({
      ca_cert: values['ca-cert'],
      ca_path: values['ca-key'],
      tls_skip_verify: set(values['tls-skip-verify']),
      client_cert: values['client-cert'],
      client_key: values['client-key'],
      tls_server_name: values['tls-server-name'],
    }),
  })

const templateStanza = (secret: Secret, fallback: 'map' | 'json'): Json => {
  const contents = secret.template === '' ? templateOf(fallback, secret.path) : secret.template
  return given({
    destination: `${secret.folder}/${secret.file}`,
    contents: secret.templateFile === '' ? contents : undefined,
    left_delimiter: secret.leftDelimiter,
    right_delimiter: secret.rightDelimiter,
    command: secret.command,
    source: secret.templateFile,
    perms: secret.perms,
    error_on_missing_key: set(secret.errorOnMissingKey),
  })
}

const templateConfig = ({ read: { values } }: Wish): Json => {
  const interval = values['template-static-secret-render-interval']
  return given({
    exit_on_retry_failure: values['template-config-exit-on-retry-failure'],
    static_secret_render_interval: interval === 'none' ? undefined : interval.text,
    max_connections_per_host: values['template-max-connections-per-host'] || undefined,
    lease_renewal_threshold: values['template-lease-renewal-threshold'] || undefined,
  })
}

/** The listener on the pod's loopback, and the cache behind it. */
const listening = (wish: Wish, isInit: boolean): { readonly listener?: readonly Json[]; readonly cache?: Json } => {
  const { values } = wish.read
  const hasCache = keepsCache(wish) || (values['agent-cache-enable'] && !values['agent-pre-populate-only'] && !isInit)
  if (!hasCache && !values['agent-enable-quit']) return {}
  const listener = {
    type: 'tcp',
    address: `127.0.0.1:${values['agent-cache-listener-port']}`,
    tls_disable: true,
    ...(values['agent-enable-quit'] && { agent_api: { enable_quit: true } }),
  }
  return { listener: [listener], cache: hasCache ? cacheOf(wish) : {} }
}

const cacheOf = (wish: Wish): Json => {
  const { values } = wish.read
  const persist = {
    type: 'kubernetes',
    path: cachePath,
    ...(values['agent-cache-exit-on-err'] && { exit_on_err: true }),
  }
  return given({
    use_auto_auth_token: values['agent-cache-use-auto-auth-token'],
    persist: keepsCache(wish) ? persist : undefined,
  })
}
