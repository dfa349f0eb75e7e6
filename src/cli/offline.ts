import type { Command as Commander } from 'commander'
import type { Io } from '../command.ts'
import type { Settings } from '../inject/settings.ts'
import { assumedVersion } from '../webhook/cluster.ts'
import { readConfig } from '../webhook/config.ts'
import { settingFlags, withSettings } from '../webhook/flags.ts'

/** Adds the webhook's settings that decide about a pod, for commands that decide without a webhook. */
export const withOfflineSettings = (command: Commander): Commander =>
  withSettings(command, ['vault-address', 'vault-ca-file', 'kubernetes-version', 'image', 'vault-image', 'config'])

/** What the webhook would decide by; no cluster is asked for its version. @throws PodvaultError `usage` */
export const offlineSettings = (flags: Commander, { env }: Io): Settings => {
  const { settings, kubernetesVersion = assumedVersion } = readConfig(settingFlags(flags), env)
  return { ...settings, kubernetes: kubernetesVersion }
}
