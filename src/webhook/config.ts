import { readFileSync } from 'node:fs'
import type { SecureVersion } from 'node:tls'
import { PodvaultError, sentence } from '../errors.ts'
import { quote } from '../inject/quote.ts'
import type { KubernetesVersion, Settings, Texts } from '../inject/settings.ts'
import type { CertificateFiles } from './certificate.ts'
import { type ConfigFile, emptyConfigFile, parseConfigFile } from './config-file.ts'
import { type Listen, serverSettings, type Setting, type SettingName, type SettingValue } from './server-settings.ts'
import { readVaultCa } from './vault-ca.ts'

/** Values of flags by their names; absent where a flag was not given. */
export type Flags = Readonly<Partial<Record<SettingName, string>>>
export type Environment = Readonly<Record<string, string | undefined>>

/** What the variables of vault-k8s say. */
export type AgentInjectVariables = {
  /** Defaults for annotations, by full name. */
  readonly inherited: Texts
  /** Settings of the server, by the names of their flags. */
  readonly server: Readonly<Record<string, string>>
  /** Of those that mean nothing here. */
  readonly notes: readonly string[]
}

const noVariables: AgentInjectVariables = { inherited: {}, server: {}, notes: [] }

/** The text of a file. @throws Error where it cannot be read */
export type ReadFile = (path: string) => string

const fromDisk: ReadFile = path => readFileSync(path, 'utf8')

export type WebhookConfig = {
  readonly listen: Listen
  readonly metricsListen: Listen | undefined
  readonly certificateFiles: CertificateFiles | undefined
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
  env: Environment,
  variables: AgentInjectVariables = noVariables,
  read: ReadFile = fromDisk,
): WebhookConfig => {
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
  const [address, caFile] = [value('vault-address'), value('vault-ca-file')]
  const { defaults, profiles, namespaces, allow } = operator
  return {
    listen: required('listen'),
    metricsListen: value('metrics-listen'),
    certificateFiles: certificateFiles(value('tls-cert-file'), value('tls-key-file')),
    minVersion: required('tls-min-version'),
    kubernetesVersion: value('kubernetes-version'),
    settings: {
      image: required('image'),
      vaultImage: required('vault-image'),
      ...(address !== undefined && { address }),
      ...(caFile !== undefined && { ca: readVaultCa(readNamed('the file of --vault-ca-file', caFile, read), caFile) }),
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

const certificateFiles = (certFile?: string, keyFile?: string): CertificateFiles | undefined => {
  if (certFile === undefined && keyFile === undefined) return undefined
  if (certFile === undefined || keyFile === undefined)
    throw new PodvaultError('usage', '--tls-cert-file and --tls-key-file belong together; set both or none')
  return { certFile, keyFile }
}

type Given = { readonly text: string; readonly from: string }

const given = (
  name: SettingName,
  flags: Flags,
  env: Environment,
  operator: ConfigFile,
  variables: AgentInjectVariables,
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
  throw new PodvaultError('usage', `${name} is ${quote(found.text)} in ${found.from}; allowed: ${allowed}`)
}

const readNamed = (what: string, path: string, read: ReadFile): string => {
  try {
    return read(path)
  } catch (cause) {
    throw new PodvaultError('usage', `${what} cannot be read: ${sentence(cause)}`, { cause })
  }
}
