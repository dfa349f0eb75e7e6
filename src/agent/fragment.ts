// PURE: from one secret to its variables and files.
import type { AgentConfig, OutputFile } from '../contract.ts'
import { PodvaultError } from '../errors.ts'
import { member } from '../shape.ts'
import { kubeletLine, shellLine, textOf } from './env-lines.ts'
import { contentsOf, neededKeys } from './formats.ts'
import { keyMissing } from './refusal.ts'
import { templateFiles } from './template-files.ts'
import { isTemplate } from './templates.ts'
import type { Content, Place, Values } from './values.ts'
import type { Wanted, WantedEntry } from './wanted.ts'

type Variable = { readonly name: string; readonly value: unknown; readonly line: string }
type Fragment = { readonly variables: readonly Variable[]; readonly files: readonly (Place & Content)[] }

/**
 * What becomes of one entry.
 * @throws PodvaultError naming a variable, key or file that cannot be made, never a value
 */
export const fragmentOf = (config: AgentConfig, wanted: Wanted, entry: WantedEntry, values: Values): Fragment => {
  const { folders, mode } = config
  const made = (output: OutputFile) => templateFiles(config, wanted, { entry, output }, values)
  if (entry.request === undefined) return { variables: [], files: entry.files.flatMap(made) }
  const { path, id } = entry.request
  const value = values.get(id)
  if (value === undefined) throw new PodvaultError('failed', `the secret ${path} has not been read yet`)
  if (value === null && entry.default === undefined) {
    if (entry.optional !== true) throw new PodvaultError('vault-refused', `the secret ${path} does not exist`)
    return { variables: [], files: [] }
  }
  const data = { ...entry.default, ...value?.data }
  const has = (key: string): boolean => {
    if (member(data, key) !== undefined) return true
    if (entry.optional !== true) throw keyMissing(path, key, Object.keys(data))
    return false
  }
  return {
    variables: entry.env
      .filter(({ key }) => has(key))
      .map(({ name, key }) => lineOf(config, wanted, entry.file, name, data[key])),
    files: entry.files
      .filter(output => neededKeys(output).every(has))
      .flatMap(output =>
        isTemplate(output)
          ? made(output)
          : contentsOf(output, path, data, value?.envelope).map(([name, content, encoding]) => ({
              folder: output.folder ?? folders.secrets,
              name,
              content,
              ...(encoding !== undefined && { encoding }),
              mode: output.mode ?? mode,
            })),
      ),
  }
}

const lineOf = ({ env }: AgentConfig, { referred }: Wanted, file: string, name: string, value: unknown): Variable => {
  const line = referred.has(name) ? kubeletLine : shellLine
  return { name, value, line: env === 'none' ? '' : line(name, textOf(value), `${file}.json`) }
}
