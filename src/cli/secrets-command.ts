// What exec and render have in common: their secrets files, and the way to Vault.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Command as Commander, Option } from 'commander'
import { readSecretsFile, type SecretsSource } from '../agent/mounted.ts'
import type { Io } from '../command.ts'
import type { AgentConfig } from '../contract.ts'
import { PodvaultError } from '../errors.ts'
import { vaultAt } from '../vault/client.ts'
import { patienceFlags } from './exec-flags.ts'
import { type FlagTable, levelsOf, readLevels, withFlags } from './layered-flags.ts'
import type { Asker } from './read-secrets.ts'
import { accessOf, type Login, vaultFlags } from './vault-flags.ts'

const flagNames = ['secrets', 'secrets-file', 'secret-file'] as const
const filesVariable = 'VAULTENV_SECRETS_FILE'

const several = (path: string, before: readonly string[] = []): readonly string[] => [...before, path]

/** @param own flags of the command itself */
export const withSecrets = (command: Commander, own: FlagTable): Commander => {
  for (const name of flagNames) {
    const doc = `a secrets file, of vaultenv or in YAML; may be given more than once (env ${filesVariable})`
    const option = new Option(`--${name} <file>`, doc).argParser(several)
    command.addOption(name === 'secrets' ? option : option.hideHelp())
  }
  return [own, vaultFlags, patienceFlags].reduce(withFlags, command)
}

/** The name a person reads is that of the file. @throws PodvaultError `usage` where none is named, or one is not right */
export const readSecretsFiles = async (
  flags: Commander,
  { env }: Pick<Io, 'env'>,
  nameOf: (path: string) => string,
): Promise<readonly SecretsSource[]> => {
  const { secrets = [], secretsFile = [], secretFile = [] } = flags.opts<Readonly<Record<string, readonly string[]>>>()
  const given = [...secrets, ...secretsFile, ...secretFile]
  const paths = given.length > 0 ? given : [env[filesVariable] ?? ''].filter(Boolean)
  if (paths.length === 0)
    throw new PodvaultError('usage', 'no secrets file is named', {
      hint: `name one with --secrets, or in ${filesVariable}`,
    })
  return Promise.all(paths.map(path => readSecretsFile(path, nameOf(path), path)))
}

/** @throws PodvaultError `usage` with everything that is wrong with flags and variables */
export const askerOf = (
  flags: Commander,
  { env, stop }: Pick<Io, 'env' | 'stop'>,
): Asker & { readonly login: Login } => {
  const { connection, login } = accessOf(levelsOf(flags, env, vaultFlags), tokenOfHome(env['HOME']))
  const patience = readLevels(patienceFlags, levelsOf(flags, env, patienceFlags))
  const { 'max-concurrent-requests': width = 8 } = patience
  return {
    vault: vaultAt(connection),
    patience: {
      retries: patience['retry-attempts'] ?? 9,
      delay: patience['retry-base-delay-milliseconds'] ?? 40,
      random: Math.random,
      sleep: milliseconds => sleep(milliseconds, undefined, { signal: stop }),
    },
    width: width === 0 ? Infinity : width,
    signal: stop,
    login,
  }
}

/** Where `vault login` leaves its token. */
const tokenOfHome = (home: string | undefined): string | undefined => {
  try {
    return home === undefined ? undefined : readFileSync(join(home, '.vault-token'), 'utf8').trim() || undefined
  } catch {
    return undefined
  }
}

/** What a webhook would say to an agent of these secrets files, as far as it matters without a pod. */
export const configFor = (address: string, change: Partial<AgentConfig>): AgentConfig => ({
  version: 1,
  vault: { address },
  auth: { method: 'kubernetes', path: 'kubernetes', role: '', tokenFile: '' },
  files: [],
  mounted: [],
  env: 'none',
  folders: { secrets: '', state: '' },
  mode: 0o400,
  refresh: 0,
  renewAt: 0.67,
  revoke: false,
  loginTimeout: 0,
  ...change,
})
