import type { SecureVersion } from 'node:tls'
import { address, duration } from '../inject/kinds.ts'
import { file, imageName, listenAt, objectName, url, versionOf, words } from './setting-kinds.ts'

/** One setting of the server: where it can be given, and how it is read. */
export type Setting<T> = {
  /** What the flag takes, in the words of --help. */
  readonly argument: string
  readonly env: string
  readonly default?: string
  /** A change in the operator's file holds from the next review on; others want a restart. */
  readonly live?: true
  readonly doc: string
  readonly allowed: string
  /** Undefined means: not allowed. */
  readonly read: (text: string) => T | undefined
}

const setting = <T>(parts: Setting<T>): Setting<T> => parts

/**
 * Everything that can be set on the command line, by the name of its flag, which is also its key in the operator's file.
 * The only place a setting is declared. Flags beat environment beat file beat the variables of vault-k8s; an empty value
 * takes a setting away.
 */
export const serverSettings = {
  listen: setting({
    argument: 'host:port',
    env: 'PODVAULT_LISTEN',
    default: ':9443',
    doc: 'where the webhook serves HTTPS',
    allowed: 'host:port or :port, as :9443, 127.0.0.1:9443 or [::1]:9443',
    read: listenAt,
  }),
  'metrics-listen': setting({
    argument: 'host:port',
    env: 'PODVAULT_METRICS_LISTEN',
    default: ':9402',
    doc: 'where it serves /metrics over HTTP; "" serves none',
    allowed: 'host:port or :port, as :9402',
    read: listenAt,
  }),
  'traces-endpoint': setting({
    argument: 'url',
    env: 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
    doc: 'where a span of each review is sent by OTLP over HTTP, in full: http://collector:4318/v1/traces; else OTEL_EXPORTER_OTLP_ENDPOINT, with /v1/traces behind it; else nowhere',
    ...url,
  }),
  'tls-cert-file': setting({
    argument: 'file',
    env: 'PODVAULT_TLS_CERT_FILE',
    doc: 'serving certificate in PEM, read again when it changes; without one podvault makes its own: see docs/certificates.md',
    allowed: 'a file',
    read: file,
  }),
  'tls-key-file': setting({
    argument: 'file',
    env: 'PODVAULT_TLS_KEY_FILE',
    doc: 'its key in PEM',
    allowed: 'a file',
    read: file,
  }),
  'tls-min-version': setting<SecureVersion>({
    argument: 'version',
    env: 'PODVAULT_TLS_MIN_VERSION',
    default: '1.3',
    doc: 'lowest version of TLS that is spoken: 1.2 or 1.3',
    allowed: '1.2 or 1.3',
    read: text => (text === '1.2' || text === '1.3' ? `TLSv${text}` : undefined),
  }),
  'ca-secret': setting({
    argument: 'name',
    env: 'PODVAULT_CA_SECRET',
    default: 'podvault-ca',
    doc: 'Secret of its own namespace in which the webhook keeps its authority, in a cluster and without files; also the name of the Lease of the replica that tends it. "" keeps none: each replica has an authority of its own, and adds it to the caBundle',
    ...objectName,
  }),
  'webhook-configuration': setting({
    argument: 'name',
    env: 'PODVAULT_WEBHOOK_CONFIGURATION',
    default: 'podvault',
    doc: 'MutatingWebhookConfiguration and ValidatingWebhookConfiguration that register it: their caBundles are kept',
    ...objectName,
  }),
  'ca-lifetime': setting({
    argument: 'duration',
    env: 'PODVAULT_CA_LIFETIME',
    default: '8760h',
    doc: 'how long the authority lives; replaced after two thirds of that. At least three times --certificate-lifetime',
    ...duration('2m', '87600h'),
  }),
  'certificate-lifetime': setting({
    argument: 'duration',
    env: 'PODVAULT_CERTIFICATE_LIFETIME',
    default: '168h',
    doc: 'how long the certificate of a replica lives; replaced after two thirds of that',
    ...duration('30s', '8760h'),
  }),
  'client-auth': setting<'warn' | 'require'>({
    argument: 'mode',
    env: 'PODVAULT_CLIENT_AUTH',
    doc: 'whether reviews are answered to API servers only that show who they are: warn, require; see docs/certificates.md',
    allowed: 'warn or require',
    read: text => (text === 'warn' || text === 'require' ? text : undefined),
  }),
  'client-names': setting({
    argument: 'names',
    env: 'PODVAULT_CLIENT_NAMES',
    doc: 'who they may be, separated by commas: common names of client certificates, subjects of tokens',
    ...words,
  }),
  'client-ca-file': setting({
    argument: 'file',
    env: 'PODVAULT_CLIENT_CA_FILE',
    doc: 'authorities of client certificates in PEM, read again when it changes',
    allowed: 'a file',
    read: file,
  }),
  'client-audience': setting({
    argument: 'names',
    env: 'PODVAULT_CLIENT_AUDIENCE',
    doc: "audiences of tokens, separated by commas; they are verified with the cluster's own keys",
    ...words,
  }),
  'vault-address': setting({
    argument: 'url',
    env: 'PODVAULT_VAULT_ADDRESS',
    live: true,
    doc: 'address of Vault as pods reach it, for all that name none',
    allowed: address.allowed,
    read: address.read,
  }),
  'vault-ca-file': setting({
    argument: 'file',
    env: 'PODVAULT_VAULT_CA_FILE',
    live: true,
    doc: "certificates in PEM that pods verify Vault's with, where they bring none; read again when it changes",
    allowed: 'a file',
    read: file,
  }),
  image: setting({
    argument: 'image',
    env: 'PODVAULT_IMAGE',
    default: 'localhost/podvault:dev',
    live: true,
    doc: 'image of the injected containers',
    ...imageName,
  }),
  'vault-image': setting({
    argument: 'image',
    env: 'PODVAULT_VAULT_IMAGE',
    default: 'hashicorp/vault:2.0.4',
    live: true,
    doc: 'image of the injected containers of engine vault-agent',
    ...imageName,
  }),
  'kubernetes-version': setting({
    argument: 'version',
    env: 'PODVAULT_KUBERNETES_VERSION',
    doc: 'version of the API server, as 1.36; by default the webhook asks it once at start',
    allowed: 'a version, as 1.36',
    read: versionOf,
  }),
  config: setting({
    argument: 'file',
    // PODVAULT_CONFIG is the agent's.
    env: 'PODVAULT_CONFIG_FILE',
    doc: "the operator's file: these settings, and defaults, profiles, namespaces and allow; read again when it changes",
    allowed: 'a file',
    read: file,
  }),
} as const

export type SettingName = keyof typeof serverSettings
export type SettingValue<N extends SettingName> = Exclude<ReturnType<(typeof serverSettings)[N]['read']>, undefined>
