import { type AgentConfig, names } from '../contract.ts'
import { PodvaultError } from '../errors.ts'
import { member } from '../shape.ts'
import type { WantedFile, WantedVariable } from './secrets-files.ts'

/** What was read, by path: the wanted keys of each secret. */
export type Values = ReadonlyMap<string, Readonly<Record<string, unknown>>>

/** Contents by file name. */
export type Rendered = ReadonlyMap<string, string>

/**
 * The files of the pod: one JSON object for each secrets file, and `env` with all variables.
 * @throws PodvaultError `failed` naming a variable that cannot be carried, never its value
 */
export const render = (files: readonly WantedFile[], values: Values, env: AgentConfig['env']): Rendered => {
  const given = files.map(file => ({ ...file, variables: valued(file, values) }))
  const json = given.map(({ name, variables }) => {
    const members = Object.fromEntries(variables.map(variable => [variable.name, variable.value]))
    return [`${name}.json`, `${JSON.stringify(members)}\n`] as const
  })
  if (env === 'none') return new Map(json)
  const ordered = [...given.filter(({ inline }) => inline), ...given.filter(({ inline }) => !inline)]
  const lines = ordered.flatMap(({ name, inline, variables }) =>
    variables.map(variable => {
      const text = textOf(variable.value)
      const line = env === 'auto' && inline ? kubeletLine : shellLine
      return line(variable.name, text, `${name}.json`)
    }),
  )
  return new Map([...json, [names.envFile, lines.join('')]])
}

type Valued = { readonly name: string; readonly value: unknown }

const valued = ({ variables }: WantedFile, values: Values): readonly Valued[] =>
  variables.map(variable => {
    const value = valueOf(variable, values)
    if (value === undefined) throw new PodvaultError('failed', `the variable ${variable.name} has no value yet`)
    return { name: variable.name, value }
  })

/** Undefined when its secret has not been read, or has no such key. */
export const valueOf = ({ path, key }: WantedVariable, values: Values): unknown => member(values.get(path) ?? {}, key)

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

/** The kubelet reads `env` with a scanner that takes lines of up to 64 KiB, newline included. */
const longestLine = 64 * 1024 - 1

/** A line in the grammar of fileKeyRef: nothing can be escaped in it, and an empty value counts as missing. */
const kubeletLine = (name: string, value: string, file: string): string => {
  const line = `${name}='${value}'\n`
  const problem =
    value === ''
      ? 'is empty, which Kubernetes takes for missing'
      : value.includes("'")
        ? 'has a single quote in it'
        : value.includes('\r\n')
          ? 'has CRLF line ends, which would come out as LF'
          : (unwritable(value) ?? (line.split('\n').some(tooLong) ? 'has a line of more than 64 KiB' : undefined))
  if (problem !== undefined) throw uncarried(name, problem, `set podvault.dev/env: file, or read ${file}`)
  return line
}

const tooLong = (line: string): boolean => new TextEncoder().encode(line).length > longestLine

/** A line for `source` in any POSIX shell. */
const shellLine = (name: string, value: string, file: string): string => {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
    throw uncarried(
      name,
      'has a name no shell knows',
      `name it in the secrets file, as NAME=path#key, or set podvault.dev/env: none and read ${file}`,
    )
  const problem = unwritable(value)
  if (problem !== undefined) throw uncarried(name, problem, `set podvault.dev/env: none and read ${file}`)
  return `${name}='${value.replaceAll("'", String.raw`'\''`)}'\n`
}

const unwritable = (value: string): string | undefined => {
  if (value.includes('\0')) return 'has a NUL byte in it'
  return value.isWellFormed() ? undefined : 'is not valid Unicode'
}

const uncarried = (name: string, problem: string, hint: string): PodvaultError =>
  new PodvaultError('failed', `the variable ${name} ${problem}, so the ${names.envFile} file cannot carry it`, { hint })

/**
 * Takes each change that leaves the files writable: one secret that cannot be carried must not hold back the others.
 * @returns the values to go on with, and what is wrong with the changes that were left out
 */
export const accept = (
  files: readonly WantedFile[],
  env: AgentConfig['env'],
  values: Values,
  changes: Values,
): { readonly values: Values; readonly problems: readonly unknown[] } => {
  const problems: unknown[] = []
  let accepted = values
  for (const [path, value] of changes) {
    const tried = new Map([...accepted, [path, value]])
    try {
      render(files, tried, env)
      accepted = tried
    } catch (error) {
      problems.push(error)
    }
  }
  return { values: accepted, problems }
}
