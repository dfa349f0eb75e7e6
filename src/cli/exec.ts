import process from 'node:process'
import type { Command as Commander } from 'commander'
import type { SecretsSource } from '../agent/mounted.ts'
import { wantedOf } from '../agent/wanted.ts'
import type { Command, Io } from '../command.ts'
import { PodvaultError } from '../errors.ts'
import { commandLine, parseFlags } from '../webhook/flags.ts'
import { environmentOf, type EnvironmentWish, variablesOf } from './environment.ts'
import { execFlags } from './exec-flags.ts'
import { findProgram, type Program } from './find-program.ts'
import { levelsOf, readLevels } from './layered-flags.ts'
import { readAll, tokenOf } from './read-secrets.ts'
import { replaceProcess } from './replace-process.ts'
import { checkRoom, roomHere } from './room.ts'
import { askerOf, configFor, readSecretsFiles, withSecrets } from './secrets-command.ts'

type Variables = Readonly<Record<string, string>>
type Say = (words: string) => void

/** Becomes the program; returns false where the system knows no such thing. */
export type Become = (program: Program, args: readonly string[], env: Variables) => boolean

/** `podvault exec`: a command with the secrets in its environment, in the place of this process. */
export const exec: Command = async (io, args) =>
  execWith(io, args, (program, words, env) => replaceProcess(process, program, words, env))

export const execWith = async (io: Io, args: readonly string[], become: Become): Promise<number> => {
  const command = commandLine(
    io,
    'exec',
    'Runs a command with the variables of secrets files in its environment, in the place of this process. Flags and variables are those of vaultenv.',
    'podvault exec --secrets app.secrets -- ./app --port 8080',
  ).usage('--secrets FILE [flags] -- COMMAND [ARGS…]')
  const flags = parseFlags(withSecrets(command.argument('[command...]').passThroughOptions(), execFlags), args)
  if (flags === undefined) return 0
  const [name, ...words] = flags.args
  if (name === undefined)
    throw new PodvaultError('usage', 'no command is named', { hint: 'podvault exec --secrets FILE -- COMMAND [ARGS…]' })
  const given = readLevels(execFlags, levelsOf(flags, io.env, execFlags))
  const say: Say = text => void (given['log-level'] === 'info' && io.stderr.write(`podvault exec: ${text}\n`))
  const program = findProgram(name, given['use-path'] === false ? undefined : (io.env['PATH'] ?? '/usr/bin:/bin'))
  const env = await variables(flags, io, say, {
    inherit: given['inherit-env'] ?? true,
    blacklist: given['inherit-env-blacklist'] ?? [],
    duplicates: given['duplicate-variable-behavior'] ?? 'error',
  })
  checkRoom(roomHere(), program.file, [...program.words, ...words], env)
  say(`becomes ${program.file}`)
  if (become(program, words, env)) return 0
  throw new PodvaultError('failed', 'this system cannot replace one program by another', {
    hint: 'let podvault render write files instead',
  })
}

const variables = async (flags: Commander, io: Io, say: Say, wish: EnvironmentWish): Promise<Variables> => {
  const sources = (await readSecretsFiles(flags, io, path => path)).map(withoutFiles)
  const { login, ...asker } = askerOf(flags, io)
  const { vault } = asker
  const { duplicates } = wish
  const wanted = wantedOf(configFor(vault.address, duplicates === 'error' ? {} : { duplicates }), sources)
  try {
    const token = await tokenOf(asker, login)
    if (login.kind !== 'token') say(`logged in to ${vault.address}`)
    const values = await readAll(asker, wanted, token.value)
    say(`read ${values.size} secrets`)
    return environmentOf(io.env, variablesOf(wanted, values), login.kind === 'token' ? undefined : token.value, wish)
  } finally {
    vault.rest()
  }
}

/** A file shared with pods may ask for files, too; what only they need is not even read. */
const withoutFiles = (source: SecretsSource): SecretsSource => ({
  ...source,
  entries: source.entries.filter(({ env }) => env.length > 0).map(entry => ({ ...entry, files: [] })),
})
