import type { Command as Commander } from 'commander'
import type { Io } from '../command.ts'
import type { Settings } from '../inject/settings.ts'
import { assumedVersion } from '../webhook/cluster.ts'
import { readConfig } from '../webhook/config.ts'
import { settingFlags, withSettings } from '../webhook/flags.ts'

/** Adds the webhook's settings that decide about a pod, for commands that decide without a webhook. */
export const withOfflineSettings = (command: Commander): Commander =>
  withSettings(command, ['vault-address', 'kubernetes-version', 'image', 'config'])

/** What is known of a cluster that is not there, or only looked at. */
export type Known = Partial<Pick<Settings, 'configMap' | 'kubernetes'>>

/** What the webhook would decide by; flags and the like beat what is known. @throws PodvaultError `usage` */
export const offlineSettings = (flags: Commander, { env }: Io, known: Known = {}): Settings => {
  const { settings, kubernetesVersion } = readConfig(settingFlags(flags), env)
  const { kubernetes = assumedVersion, configMap = settings.configMap } = known
  return { ...settings, configMap, kubernetes: kubernetesVersion ?? kubernetes }
}
