import { readFileSync } from 'node:fs'
import type { SecureVersion } from 'node:tls'
import { PodvaultError, sentence } from '../errors.ts'
import type { KubernetesVersion, Settings } from '../inject/settings.ts'
import type { CertificateFiles } from './certificate.ts'
import { type ConfigFile, emptyConfigFile, parseConfigFile } from './config-file.ts'
import { type Listen, serverSettings, type Setting, type SettingName, type SettingValue } from './server-settings.ts'

/** Values of flags by their names; absent where a flag was not given. */
export type Flags = Readonly<Partial<Record<SettingName, string>>>
export type Environment = Readonly<Record<string, string | undefined>>

export type WebhookConfig = {
  readonly listen: Listen
  readonly metricsListen: Listen | undefined
  readonly certificateFiles: CertificateFiles | undefined
  readonly minVersion: SecureVersion
  readonly kubernetesVersion: KubernetesVersion | undefined
  /** All of Settings but the version, which is asked for where it is not set. */
  readonly settings: Omit<Settings, 'kubernetes'>
}

/** @throws PodvaultError `usage` naming the setting, where it was given, its value and what is allowed */
export const readConfig = (flags: Flags, env: Environment): WebhookConfig => {
  const path = given('config', flags, env, emptyConfigFile)?.text
  const operator = path === undefined ? emptyConfigFile : readConfigFile(path)
  const value = <N extends SettingName>(name: N): SettingValue<N> | undefined =>
    valueOf(name, given(name, flags, env, operator))
  const required = <N extends SettingName>(name: N): SettingValue<N> => {
    const found = value(name)
    if (found === undefined) throw new PodvaultError('usage', `--${name} needs ${serverSettings[name].allowed}`)
    return found
  }
  const vaultAddress = value('vault-address')
  return {
    listen: required('listen'),
    metricsListen: value('metrics-listen'),
    certificateFiles: certificateFiles(value('tls-cert-file'), value('tls-key-file')),
    minVersion: required('tls-min-version'),
    kubernetesVersion: value('kubernetes-version'),
    settings: {
      image: required('image'),
      ...(vaultAddress !== undefined && { address: vaultAddress }),
      vaultImage: 'hashicorp/vault:2.0.4',
      defaults: operator.defaults,
      profiles: {},
      namespaces: {},
      inherited: {},
      configMap: () => undefined,
      allow: operator.allow,
    },
  }
}

const certificateFiles = (certFile?: string, keyFile?: string): CertificateFiles | undefined => {
  if (certFile === undefined && keyFile === undefined) return undefined
  if (certFile === undefined || keyFile === undefined)
    throw new PodvaultError('usage', '--tls-cert-file and --tls-key-file belong together; set both or none')
  return { certFile, keyFile }
}

type Given = { readonly text: string; readonly from: string }

const given = (name: SettingName, flags: Flags, env: Environment, operator: ConfigFile): Given | undefined => {
  const { env: variable, default: fallback } = serverSettings[name] as Setting<unknown>
  const layers: readonly (readonly [string | undefined, string])[] = [
    [flags[name], `--${name}`],
    [env[variable], variable],
    [operator.server[name]?.text, operator.server[name]?.place ?? ''],
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
  throw new PodvaultError('usage', `${name} is ${JSON.stringify(found.text)} in ${found.from}; allowed: ${allowed}`)
}

const readConfigFile = (path: string): ConfigFile => {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    throw new PodvaultError('usage', `the operator's file cannot be read: ${sentence(cause)}`, { cause })
  }
  return parseConfigFile(
    text,
    path,
    Object.keys(serverSettings).filter(name => name !== 'config'),
  )
}
