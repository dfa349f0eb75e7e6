// PURE: the environment of a command, from what it would inherit and what its secrets files say.
import { textOf } from '../agent/env-lines.ts'
import type { Values } from '../agent/values.ts'
import type { Wanted } from '../agent/wanted.ts'
import { names } from '../contract.ts'
import { PodvaultError } from '../errors.ts'
import { member } from '../shape.ts'

export type Env = Readonly<Record<string, string | undefined>>

/** Of several values of one variable: none may be · that of the environment holds · that of the secret holds. */
export const duplicateBehaviours = ['error', 'keep', 'overwrite'] as const

export type EnvironmentWish = {
  readonly inherit: boolean
  /** Variables that are not inherited; a secret may still give one of them. */
  readonly blacklist: readonly string[]
  readonly duplicates: (typeof duplicateBehaviours)[number]
}

type Variable = { readonly name: string; readonly value: string; readonly from: string }

/**
 * @param token of a login of our own, which the command gets as well
 * @throws PodvaultError naming every variable that is given twice, or that no environment can carry
 */
export const environmentOf = (
  inherited: Env,
  secrets: readonly Variable[],
  token: string | undefined,
  { inherit, blacklist, duplicates }: EnvironmentWish,
): Readonly<Record<string, string>> => {
  // Whoever logs in has chosen not to use a token that lies around.
  const left = new Set([...blacklist, ...(token === undefined ? [] : [names.tokenVariable])])
  const kept = Object.entries(inherit ? inherited : {}).flatMap(([name, value]) =>
    value === undefined || left.has(name) ? [] : [{ name, value, from: 'the environment' }],
  )
  const own = token === undefined ? [] : [{ name: names.tokenVariable, value: token, from: 'the login' }]
  const all = [...own, ...secrets, ...kept]
  const byName = Map.groupBy(all, ({ name }) => name)
  const repeated = [...byName.values()].filter(({ length }) => length > 1)
  if (duplicates === 'error' && repeated.length > 0) throw duplicate(repeated)
  const problems = secrets.flatMap(problemOf)
  if (problems.length > 0)
    throw new PodvaultError('failed', problems.join('; '), { hint: 'let podvault render write it to a file' })
  const ordered = duplicates === 'keep' ? all : all.toReversed()
  return Object.fromEntries(ordered.map(({ name, value }) => [name, value]))
}

const duplicate = (repeated: readonly (readonly Variable[])[]): PodvaultError => {
  const said = repeated.map(variables => {
    const places = variables.map(({ from }) => from)
    return `the variable ${variables[0]?.name} is given by ${places.join(' and by ')}`
  })
  return new PodvaultError('usage', said.join('; '), {
    hint: 'give one of them another name, leave one out with --inherit-env-blacklist, or choose with --duplicate-variable-behavior',
  })
}

/** The kernel takes `NAME=value` and a NUL of up to 128 KiB. */
const longest = 128 * 1024 - 1

const problemOf = ({ name, value }: Variable): readonly string[] => {
  if (value.includes('\0')) return [`the variable ${name} has a NUL byte in it, which no environment can carry`]
  if (!value.isWellFormed()) return [`the variable ${name} is not valid Unicode`]
  const bytes = Buffer.byteLength(`${name}=${value}`)
  return bytes > longest ? [`the variable ${name} has more than the 128 KiB that Linux hands over`] : []
}

/** Every variable of the secrets files; what is optional and missing is left out. */
export const variablesOf = (wanted: Wanted, values: Values): readonly Variable[] =>
  wanted.files.flatMap(({ name: file, entries }) =>
    entries.flatMap(({ env, default: given, request }) => {
      const data = { ...given, ...(request && values.get(request.id)?.data) }
      return env.flatMap(({ name, key }) => {
        const value = member(data, key)
        return value === undefined ? [] : [{ name, value: textOf(value), from: `the secrets file ${file}` }]
      })
    }),
  )
