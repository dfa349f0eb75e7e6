import { address as addressKind } from '../inject/kinds.ts'
import { quote } from '../inject/quote.ts'
import { annotations, type FixedKey, prefix } from '../inject/vault-k8s/annotations.ts'
import { bool } from '../inject/vault-k8s/go-values.ts'
import type { Kind } from '../inject/kinds.ts'
import type { Texts } from '../inject/settings.ts'
import type { SettingName } from './server-settings.ts'
import { objectName } from './setting-kinds.ts'

/** What becomes of a variable: the default of an annotation, a setting of the server, or nothing, for a reason. */
type Variable =
  | { readonly kind: 'annotation'; readonly annotation: FixedKey }
  | {
      readonly kind: 'server'
      /** A flag of the webhook. */
      readonly flag: SettingName
      readonly allowed: string
      /** The flag's text for the variable's; undefined where it is not allowed. */
      readonly read: (text: string) => string | undefined
    }
  | { readonly kind: 'ca' }
  | { readonly kind: 'none'; readonly why: string; readonly value?: Kind<unknown> }

const annotation = (key: FixedKey): Variable => ({ kind: 'annotation', annotation: key })
const none = (why: string, value?: Kind<unknown>): Variable => ({ kind: 'none', why, ...(value && { value }) })
const server = (
  flag: Extract<Variable, { kind: 'server' }>['flag'],
  allowed: string,
  read: (text: string) => string | undefined,
): Variable => ({ kind: 'server', flag, allowed, read })

const file = (text: string): string => text

const versions: Readonly<Record<string, string>> = { tls10: '1.2', tls11: '1.2', tls12: '1.2', tls13: '1.3' }

const certificates = 'podvault makes its own certificates, or reads those it is given'
const log = 'podvault logs lines of JSON'

/**
 * Every variable that vault-k8s reads, in its order. The only place one is declared: docs/vault-k8s.md is made of it. As
 * there, an empty one is as good as none.
 */
export const agentInjectTable = {
  AGENT_INJECT_LISTEN: server('listen', 'host:port or :port', text => text),
  AGENT_INJECT_LOG_LEVEL: none(log),
  AGENT_INJECT_LOG_FORMAT: none(log),
  AGENT_INJECT_VAULT_ADDR: server('vault-address', addressKind.allowed, text => addressKind.read(text)),
  AGENT_INJECT_VAULT_CACERT_BYTES: { kind: 'ca' },
  AGENT_INJECT_VAULT_IMAGE: server('vault-image', 'the name of an image', text => text),
  AGENT_INJECT_VAULT_AUTH_TYPE: annotation('auth-type'),
  AGENT_INJECT_VAULT_AUTH_PATH: annotation('auth-path'),
  AGENT_INJECT_VAULT_NAMESPACE: annotation('namespace'),
  AGENT_INJECT_PROXY_ADDR: annotation('proxy-address'),
  AGENT_INJECT_TLS_AUTO: server('webhook-configuration', objectName.allowed, objectName.read),
  AGENT_INJECT_TLS_AUTO_HOSTS: none('the names are those that the webhook configuration calls'),
  AGENT_INJECT_TLS_CA_CERT_FILE: none('whoever makes the files sets the caBundle, too'),
  AGENT_INJECT_TLS_CERT_FILE: server('tls-cert-file', 'a file', file),
  AGENT_INJECT_TLS_KEY_FILE: server('tls-key-file', 'a file', file),
  AGENT_INJECT_TLS_MIN_VERSION: server('tls-min-version', Object.keys(versions).join(', '), text =>
    Object.hasOwn(versions, text) ? versions[text] : undefined,
  ),
  AGENT_INJECT_TLS_CIPHER_SUITES: none('only suites with forward secrecy are spoken'),
  AGENT_INJECT_TELEMETRY_PATH: none('metrics are at /metrics on a port of their own: --metrics-listen'),
  AGENT_INJECT_USE_LEADER_ELECTOR: none(certificates, bool),
  AGENT_INJECT_REVOKE_ON_SHUTDOWN: annotation('agent-revoke-on-shutdown'),
  AGENT_INJECT_RUN_AS_USER: annotation('agent-run-as-user'),
  AGENT_INJECT_RUN_AS_GROUP: annotation('agent-run-as-group'),
  AGENT_INJECT_RUN_AS_SAME_USER: annotation('agent-run-as-same-user'),
  AGENT_INJECT_SET_SECURITY_CONTEXT: annotation('agent-set-security-context'),
  AGENT_INJECT_DEFAULT_TEMPLATE: annotation('agent-inject-default-template'),
  AGENT_INJECT_CPU_REQUEST: annotation('agent-requests-cpu'),
  AGENT_INJECT_MEM_REQUEST: annotation('agent-requests-mem'),
  AGENT_INJECT_EPHEMERAL_REQUEST: annotation('agent-requests-ephemeral'),
  AGENT_INJECT_CPU_LIMIT: annotation('agent-limits-cpu'),
  AGENT_INJECT_MEM_LIMIT: annotation('agent-limits-mem'),
  AGENT_INJECT_EPHEMERAL_LIMIT: annotation('agent-limits-ephemeral'),
  AGENT_INJECT_TEMPLATE_CONFIG_EXIT_ON_RETRY_FAILURE: annotation('template-config-exit-on-retry-failure'),
  AGENT_INJECT_TEMPLATE_STATIC_SECRET_RENDER_INTERVAL: annotation('template-static-secret-render-interval'),
  AGENT_INJECT_TEMPLATE_MAX_CONNECTIONS_PER_HOST: annotation('template-max-connections-per-host'),
  AGENT_INJECT_TEMPLATE_LEASE_RENEWAL_THRESHOLD: annotation('template-lease-renewal-threshold'),
  AGENT_INJECT_AUTH_MIN_BACKOFF: annotation('auth-min-backoff'),
  AGENT_INJECT_AUTH_MAX_BACKOFF: annotation('auth-max-backoff'),
  AGENT_INJECT_DISABLE_IDLE_CONNECTIONS: annotation('agent-disable-idle-connections'),
  AGENT_INJECT_DISABLE_KEEP_ALIVES: annotation('agent-disable-keep-alives'),
} as const satisfies Readonly<Record<string, Variable>>

export type AgentInject = {
  /** Defaults of annotations, by full name. */
  readonly inherited: Texts
  /** Values of settings, by the names of their flags. */
  readonly server: Readonly<Record<string, string>>
  /** Certificates of Vault, in PEM. */
  readonly ca?: string
  /** To be said once, at start. */
  readonly notes: readonly string[]
  readonly problems: readonly string[]
}

/** What the variables of vault-k8s mean to podvault. */
export const agentInjectVariables = (env: Readonly<Record<string, string | undefined>>): AgentInject => {
  const [inherited, settings]: [Record<string, string>, Record<string, string>] = [{}, {}]
  const [notes, problems]: [string[], string[]] = [[], []]
  let ca: string | undefined
  for (const [name, variable] of Object.entries<Variable>(agentInjectTable)) {
    const text = env[name]
    if (text === undefined || text === '') continue
    const bad = (allowed: string): unknown => problems.push(`${name} is ${quote(text)}; allowed: ${allowed}`)
    if (variable.kind === 'annotation') {
      const kind: Kind<unknown> = annotations[variable.annotation].kind
      if (kind.read(text) === undefined) bad(kind.allowed)
      else inherited[prefix + variable.annotation] = text
    } else if (variable.kind === 'server') {
      const read = variable.read(text)
      if (read === undefined) bad(variable.allowed)
      else settings[variable.flag] = read
    } else if (variable.kind === 'ca') {
      ca = pemIn(text)
      if (ca === undefined) problems.push(`${name} holds no certificate; allowed: PEM, or PEM in base64`)
    } else if (variable.value !== undefined && variable.value.read(text) === undefined) bad(variable.value.allowed)
    else notes.push(`${name} has no effect: ${variable.why}`)
  }
  // vault-k8s's account may keep no Secret, and needs none for one replica.
  if (settings['webhook-configuration'] !== undefined) settings['ca-secret'] = ''
  notes.push(...unknown(env))
  return { inherited, server: settings, ...(ca !== undefined && { ca }), notes, problems }
}

const pemIn = (text: string): string | undefined =>
  [text, Buffer.from(text, 'base64').toString()].find(each => each.includes('-----BEGIN CERTIFICATE-----'))

const unknown = (env: Readonly<Record<string, string | undefined>>): readonly string[] =>
  Object.keys(env)
    .filter(name => name.startsWith('AGENT_INJECT_') && !Object.hasOwn(agentInjectTable, name))
    .sort()
    .map(name => `${quote(name)} has no effect: vault-k8s has no such variable`)
