import { Command as Commander, CommanderError } from 'commander'
import type { Io } from '../command.ts'
import { PodvaultError } from '../errors.ts'
import type { Flags } from './config.ts'
import { serverSettings, type Setting, type SettingName } from './server-settings.ts'

/**
 * A command's flags as commander knows them, writing to the command's own streams and never ending the process.
 * @param example begins with `podvault`, whatever the program is called
 */
export const commandLine = (io: Io, name: string, description: string, example: string): Commander =>
  new Commander(`${io.program ?? 'podvault'} ${name}`)
    .description(description)
    .helpOption('-h, --help', 'show this help')
    .addHelpText('after', `\nExample:\n  ${example.replaceAll(/(?<=^|\| )podvault(?= )/g, io.program ?? 'podvault')}`)
    .allowExcessArguments(false)
    .exitOverride()
    .configureOutput({ writeOut: text => void io.stdout.write(text), writeErr: () => undefined })

/** Adds settings of the server's table as flags. */
export const withSettings = (command: Commander, names: readonly SettingName[]): Commander =>
  names.reduce((built, name) => {
    const { argument, doc, env, default: fallback } = serverSettings[name] as Setting<unknown>
    const from = fallback === undefined ? `env ${env}` : `default ${fallback}, env ${env}`
    return built.option(`--${name} <${argument}>`, `${doc} (${from})`)
  }, command)

/** The one word that makes a command tell its flags as JSON instead of doing its work: completion asks so. */
export const tellFlags = '--tell-flags'

/** A flag as completion needs it. */
export type Flag = {
  readonly long: string
  readonly short?: string
  readonly description: string
  /** Empty where it takes no value; else what the value is called: `file`. */
  readonly argument: string
  readonly choices: readonly string[]
}

const flagsOf = ({ options }: Commander): readonly Flag[] =>
  options.map(({ flags, long, short, description, argChoices = [] }) => ({
    long: String(long),
    ...(short !== undefined && { short }),
    description,
    argument: /<([^.>]*)/.exec(flags)?.[1] ?? '',
    choices: argChoices,
  }))

/**
 * Reads a command line.
 * @returns undefined when help was asked for and has been shown
 * @throws PodvaultError `usage`
 */
export const parseFlags = (command: Commander, args: readonly string[]): Commander | undefined => {
  if (args[0] === tellFlags) {
    command.configureOutput().writeOut?.(JSON.stringify(flagsOf(command)))
    return undefined
  }
  try {
    return command.parse(args, { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode === 0) return undefined
    const message = error.message.replace(/^error: /, '')
    throw new PodvaultError('usage', message, { hint: `\`${command.name()} --help\` lists every flag`, cause: error })
  }
}

/** Values of the settings' flags. */
export const settingFlags = (command: Commander): Flags =>
  textsOf(command, Object.keys(serverSettings) as readonly SettingName[])

/** The texts that were given for some flags, by their names; commander spells them in camel case. */
export const textsOf = <N extends string>(
  command: Commander,
  names: readonly N[],
): Readonly<Partial<Record<N, string>>> => {
  const values: Readonly<Record<string, unknown>> = command.opts()
  const texts = names.flatMap(name => {
    const value = values[name.replaceAll(/-(.)/g, (_dash, letter: string) => letter.toUpperCase())]
    return typeof value === 'string' ? [[name, value] as const] : []
  })
  return Object.fromEntries(texts) as Partial<Record<N, string>>
}
