import { readFileSync } from 'node:fs'
import type { Command as Commander } from 'commander'
import type { Io } from '../command.ts'
import type { Settings } from '../inject/settings.ts'
import { assumedVersion } from '../webhook/cluster.ts'
import { readConfig, type WebhookConfig } from '../webhook/config.ts'
import { settingFlags, withSettings } from '../webhook/flags.ts'
import type { SettingName } from '../webhook/server-settings.ts'

/** The webhook's settings that decide about a pod and mean the same anywhere. */
const portable: readonly SettingName[] = ['vault-address', 'kubernetes-version', 'image', 'vault-image']

/** Adds the webhook's settings that decide about a pod, for commands that decide without a webhook. */
export const withOfflineSettings = (command: Commander): Commander =>
  withSettings(command, [...portable, 'vault-ca-file', 'config'])

/** What is known of a cluster that is only looked at, or of one that is to be. */
export type Known = Partial<Pick<Settings, 'configMap' | 'kubernetes'>> & {
  /** Settings of its webhook by the names of their flags, and the text of its operator's file. */
  readonly flags?: Readonly<Record<string, string>>
  readonly file?: string
}

/** What the webhook would decide by; flags beat what is known. @throws PodvaultError `usage` */
export const offlineSettings = (command: Commander, { env }: Io, known: Known = {}): Settings => {
  const { settings, kubernetesVersion } = configOf(command, env, known)
  const { kubernetes = assumedVersion, configMap = settings.configMap } = known
  return { ...settings, configMap, kubernetes: kubernetesVersion ?? kubernetes }
}

/** What the operator's file of a cluster is called here, where it stands on no disk. */
const deployedFile = "the cluster's config.yaml"

const configOf = (command: Commander, env: Io['env'], { flags = {}, file }: Known): WebhookConfig => {
  const own = settingFlags(command)
  const deployed = Object.fromEntries(Object.entries(flags).filter(([name]) => portable.some(each => each === name)))
  if (file === undefined || own.config !== undefined) return readConfig({ ...deployed, ...own }, env)
  // Files that a cluster's file names are not here either.
  const all = { ...deployed, 'vault-ca-file': '', ...own, config: deployedFile }
  return readConfig(all, env, undefined, path => (path === deployedFile ? file : readFileSync(path, 'utf8')))
}
