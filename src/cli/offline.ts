import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Command as Commander } from 'commander'
import type { Io } from '../command.ts'
import type { Settings } from '../inject/settings.ts'
import { assumedVersion } from '../webhook/cluster.ts'
import { type Flags, readConfig, type WebhookConfig } from '../webhook/config.ts'
import { settingFlags, withSettings } from '../webhook/flags.ts'
import type { SettingName } from '../webhook/server-settings.ts'

const settingNames: readonly SettingName[] = ['vault-address', 'kubernetes-version', 'image', 'config']

/** Adds the webhook's settings that decide about a pod, for commands that decide without a webhook. */
export const withOfflineSettings = (command: Commander): Commander => withSettings(command, settingNames)

/** What is known of a cluster that is only looked at, or of one that is to be. */
export type Known = Partial<Pick<Settings, 'configMap' | 'kubernetes'>> & {
  /** Settings of its webhook by the names of their flags, and the text of its operator's file. */
  readonly flags?: Readonly<Record<string, string>>
  readonly file?: string
}

/** What the webhook would decide by; flags beat what is known. @throws PodvaultError `usage` */
export const offlineSettings = (command: Commander, { env }: Io, known: Known = {}): Settings => {
  const own = settingFlags(command)
  const deployed = Object.fromEntries(Object.entries(known.flags ?? {}).filter(([name]) => isOffline(name)))
  const { settings, kubernetesVersion } = readBoth(
    { ...deployed, ...own },
    env,
    own.config === undefined ? known.file : undefined,
  )
  const { kubernetes = assumedVersion, configMap = settings.configMap } = known
  return { ...settings, configMap, kubernetes: kubernetesVersion ?? kubernetes }
}

const isOffline = (name: string): boolean => settingNames.some(each => each === name)

/** The operator's file may stand on no disk here; then it does for a moment. */
const readBoth = (flags: Flags, env: Io['env'], file: string | undefined): WebhookConfig => {
  if (file === undefined) return readConfig(flags, env)
  const folder = mkdtempSync(join(tmpdir(), 'podvault-'))
  try {
    const config = join(folder, 'config.yaml')
    writeFileSync(config, file, { mode: 0o600 })
    return readConfig({ ...flags, config }, env)
  } finally {
    rmSync(folder, { recursive: true })
  }
}
