// Settings that are flags and variables of the environment alike: one table says everything about them.
import { type Command as Commander, Option } from 'commander'
import type { Io } from '../command.ts'
import { PodvaultError } from '../errors.ts'
import type { Kind } from '../inject/kinds.ts'
import { quote } from '../inject/quote.ts'

export type FlagSetting<T> = Kind<T> & {
  /** What the flag takes, in the words of --help; absent: it is --NAME or --no-NAME. */
  readonly argument?: string
  /** Other names of the flag. */
  readonly aliases?: readonly string[]
  /** The variables that give it, the first one that is set. */
  readonly env: readonly string[]
  readonly doc: string
  /** Never shown. */
  readonly secret?: true
}

export type FlagTable = Readonly<Record<string, FlagSetting<unknown>>>

/** What was given in one place, as it stands there. */
export type Level = Readonly<Record<string, { readonly text: string; readonly from: string }>>

export const withFlags = (command: Commander, table: FlagTable): Commander =>
  Object.entries(table).reduce((built, [name, { argument, aliases = [], env, doc }]) => {
    if (argument === undefined)
      return built.option(`--${name}`, `${doc} (env ${env.join(', ')})`).option(`--no-${name}`, 'the opposite')
    built.option(`--${name} <${argument}>`, `${doc} (env ${env.join(', ')})`)
    return aliases.reduce((all, alias) => all.addOption(new Option(`--${alias} <${argument}>`).hideHelp()), built)
  }, command)

/** From what beats to what is beaten: the command line, the environment. An empty variable is none. */
export const levelsOf = (command: Commander, env: Io['env'], table: FlagTable): readonly Level[] => {
  const given = command.opts<Readonly<Record<string, string | boolean | undefined>>>()
  const flags = Object.entries(table).flatMap(([name, { aliases = [] }]) =>
    [name, ...aliases].flatMap(flag => {
      const value = given[camelCase(flag)]
      return value === undefined ? [] : [[name, { text: String(value), from: `--${flag}` }] as const]
    }),
  )
  const variables = Object.entries(table).flatMap(([name, setting]) => {
    const set = setting.env.map(from => ({ text: env[from] ?? '', from })).find(({ text }) => text !== '')
    return set === undefined ? [] : [[name, set] as const]
  })
  return [Object.fromEntries(flags), Object.fromEntries(variables)]
}

/** As commander spells it. */
const camelCase = (name: string): string => name.replaceAll(/-(.)/g, (_dash, letter: string) => letter.toUpperCase())

type Values<T extends FlagTable> = { readonly [N in keyof T]?: Exclude<ReturnType<T[N]['read']>, undefined> }

/** One level, read. @throws PodvaultError `usage` with everything that is wrong, and never the value of a secret one */
export const readLevel = <const T extends FlagTable>(table: T, level: Level): Values<T> => {
  const problems: string[] = []
  const entries = Object.entries(level).flatMap(([name, { text, from }]) => {
    const setting = table[name]
    const value = setting?.read(text)
    if (value !== undefined) return [[name, value]]
    if (setting !== undefined)
      problems.push(`${from} ${setting.secret === true ? '' : `is ${quote(text)}: it `}must be ${setting.allowed}`)
    return []
  })
  if (problems.length > 0) throw new PodvaultError('usage', problems.join('; '))
  return Object.fromEntries(entries) as Values<T>
}

/** Each value from the first level that gives it. @throws PodvaultError as readLevel */
export const readLevels = <const T extends FlagTable>(table: T, levels: readonly Level[]): Values<T> =>
  readLevel(table, Object.assign({}, ...levels.toReversed()) as Level)
