import { readFileSync } from 'node:fs'
import type { SecureVersion } from 'node:tls'
import { PodvaultError, sentence } from '../errors.ts'
import { quote } from '../inject/quote.ts'
import { refusalMessage } from '../inject/refusal.ts'
import type { KubernetesVersion, Settings } from '../inject/settings.ts'
import { type AgentInject, agentInjectVariables } from './agent-inject-variables.ts'
import type { CertificateFiles } from './certificate.ts'
import { type ConfigFile, emptyConfigFile, parseConfigFile } from './config-file.ts'
import type { ClientAuth } from './gate.ts'
import { withTracesEndpoint } from './otel-variables.ts'
import { serverSettings, type Setting, type SettingName, type SettingValue } from './server-settings.ts'
import type { Listen } from './setting-kinds.ts'
import type { Lives } from './tend.ts'
import { readVaultCa } from './vault-ca.ts'

/** Values of flags by their names; absent where a flag was not given. */
export type Flags = Readonly<Partial<Record<SettingName, string>>>
export type Environment = Readonly<Record<string, string | undefined>>

/** The text of a file. @throws Error where it cannot be read */
export type ReadFile = (path: string) => string

const fromDisk: ReadFile = path => readFileSync(path, 'utf8')

export type WebhookConfig = {
  readonly listen: Listen
  readonly metricsListen: Listen | undefined
  /** Where spans are sent, in full; undefined where nobody wants any. */
  readonly tracesEndpoint: string | undefined
  readonly certificateFiles: CertificateFiles | undefined
  /** The Secret of our own authority; undefined where there is to be none. */
  readonly caSecret: string | undefined
  /** Both objects that register the webhook are called so. */
  readonly configuration: string
  readonly lives: Lives
  /** Undefined where everybody may ask. */
  readonly clientAuth: ClientAuth | undefined
  readonly minVersion: SecureVersion
  readonly kubernetesVersion: KubernetesVersion | undefined
  /** All of Settings but what only a cluster knows. */
  readonly settings: Omit<Settings, 'kubernetes'>
  /** Settings as they were given that hold until the process ends. */
  readonly fixed: Readonly<Record<string, string>>
  /** To be said once, at start. */
  readonly notes: readonly string[]
}

/**
 * Flags beat environment beat the operator's file beat the variables of vault-k8s beat defaults.
 * @throws PodvaultError `usage` naming the setting, where it was given, its value and what is allowed
 */
export const readConfig = (
  flags: Flags,
  environment: Environment,
  variables: AgentInject = agentInjectVariables(environment),
  read: ReadFile = fromDisk,
): WebhookConfig => {
  const env = withTracesEndpoint(environment)
  if (variables.problems.length > 0)
    throw new PodvaultError(
      'usage',
      refusalMessage(variables.problems.map(message => ({ reason: 'bad-value', message }))),
    )
  const path = given('config', flags, env, emptyConfigFile, variables)?.text
  const operator =
    path === undefined ? emptyConfigFile : parseConfigFile(readNamed("the operator's file", path, read), path)
  const textOf = (name: SettingName): Given | undefined => given(name, flags, env, operator, variables)
  const value = <N extends SettingName>(name: N): SettingValue<N> | undefined => valueOf(name, textOf(name))
  const required = <N extends SettingName>(name: N): SettingValue<N> => {
    const found = value(name)
    if (found === undefined) throw new PodvaultError('usage', `--${name} needs ${serverSettings[name].allowed}`)
    return found
  }
  const address = value('vault-address')
  const ca = vaultCa(value('vault-ca-file'), variables.ca, read)
  const { defaults, profiles, namespaces, allow } = operator
  return {
    listen: required('listen'),
    metricsListen: value('metrics-listen'),
    tracesEndpoint: value('traces-endpoint'),
    certificateFiles: certificateFiles(value('tls-cert-file'), value('tls-key-file')),
    caSecret: value('ca-secret'),
    configuration: required('webhook-configuration'),
    lives: lives(required('ca-lifetime'), required('certificate-lifetime')),
    clientAuth: clientAuth({
      mode: value('client-auth'),
      names: value('client-names') ?? [],
      caFile: value('client-ca-file'),
      audiences: value('client-audience') ?? [],
    }),
    minVersion: required('tls-min-version'),
    kubernetesVersion: value('kubernetes-version'),
    settings: {
      image: required('image'),
      vaultImage: required('vault-image'),
      ...(address !== undefined && { address }),
      ...(ca !== undefined && { ca }),
      defaults,
      profiles,
      namespaces,
      inherited: variables.inherited,
      configMap: () => undefined,
      allow,
    },
    fixed: Object.fromEntries(fixedNames.map(name => [name, textOf(name)?.text ?? ''])),
    notes: variables.notes,
  }
}

const fixedNames = (Object.keys(serverSettings) as readonly SettingName[]).filter(
  name => (serverSettings[name] as Setting<unknown>).live === undefined,
)

const vaultCa = (file: string | undefined, inherited: string | undefined, read: ReadFile): string | undefined => {
  if (file !== undefined) return readVaultCa(readNamed('the file of --vault-ca-file', file, read), file)
  return inherited === undefined ? undefined : readVaultCa(inherited, 'AGENT_INJECT_VAULT_CACERT_BYTES')
}

const certificateFiles = (certFile?: string, keyFile?: string): CertificateFiles | undefined => {
  if (certFile === undefined && keyFile === undefined) return undefined
  if (certFile === undefined || keyFile === undefined)
    throw new PodvaultError('usage', '--tls-cert-file and --tls-key-file belong together; set both or none')
  return { certFile, keyFile }
}

type AnyClientAuth = Omit<ClientAuth, 'mode'> & { readonly mode: ClientAuth['mode'] | undefined }

const clientAuth = ({ mode, names, caFile, audiences }: AnyClientAuth): ClientAuth | undefined => {
  const hasMeans = caFile !== undefined || audiences.length > 0
  if (mode === undefined && names.length === 0 && !hasMeans) return undefined
  if (mode !== undefined && names.length > 0 && hasMeans) return { mode, names, caFile, audiences }
  throw new PodvaultError(
    'usage',
    'callers are authenticated with --client-auth, --client-names and at least one of --client-ca-file and --client-audience together; set all of these, or none',
  )
}

/** @param authority and leaf in seconds */
const lives = (authority: number, leaf: number): Lives => {
  // The last leaf of an authority is made when a third of its life is left.
  if (authority < 3 * leaf)
    throw new PodvaultError(
      'usage',
      '--ca-lifetime is too short: it must be at least three times --certificate-lifetime',
    )
  return { authority: authority * 1000, leaf: leaf * 1000 }
}

type Given = { readonly text: string; readonly from: string }

const given = (
  name: SettingName,
  flags: Flags,
  env: Environment,
  operator: ConfigFile,
  variables: AgentInject,
): Given | undefined => {
  const { env: variable, default: fallback } = serverSettings[name] as Setting<unknown>
  const layers: readonly (readonly [string | undefined, string])[] = [
    [flags[name], `--${name}`],
    [env[variable], variable],
    [operator.server[name], "the operator's file"],
    [variables.server[name], 'the AGENT_INJECT_* variables'],
    [fallback, 'the default'],
  ]
  const [text, from = ''] = layers.find(([candidate]) => candidate !== undefined) ?? []
  return text === undefined || text === '' ? undefined : { text, from }
}

const valueOf = <N extends SettingName>(name: N, found: Given | undefined): SettingValue<N> | undefined => {
  if (found === undefined) return undefined
  const { read, allowed } = serverSettings[name] as unknown as Setting<SettingValue<N>>
  const value = read(found.text)
  if (value !== undefined) return value
  // What stands before an @ may be a password.
  const shown = quote(found.text.replace(/\/\/[^/]*@/, '//…@'))
  throw new PodvaultError('usage', `${name} is ${shown} in ${found.from}; allowed: ${allowed}`)
}

const readNamed = (what: string, path: string, read: ReadFile): string => {
  try {
    return read(path)
  } catch (cause) {
    throw new PodvaultError('usage', `${what} cannot be read: ${sentence(cause)}`, { cause })
  }
}
