import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type AgentConfig, type Entry, fileStem, type MountedFiles, type Variable } from '../contract.ts'
import { PodvaultError, sentence } from '../errors.ts'
import { parseSecretsFile } from '../inject/secrets-file.ts'
import { foldPath } from '../vault/client.ts'

/** A secrets file with all that is known of it. `source` is how people know it; `inline`: it stood in the annotation. */
export type WantedFile = {
  readonly name: string
  readonly source: string
  readonly inline: boolean
  readonly variables: readonly WantedVariable[]
}

export type WantedVariable = Variable & { readonly path: string }

/**
 * All secrets files of the pod, those of the annotation and those in mounted ConfigMaps, with their paths folded.
 * @throws PodvaultError `usage` when one cannot be read, or two of them claim the same name
 */
export const secretsFiles = (config: Pick<AgentConfig, 'files' | 'mounted'>): readonly WantedFile[] => {
  const inline = config.files.map(({ name, entries }) => ({
    name,
    variables: variablesOf(entries),
    source: 'the inline secrets file',
    inline: true,
  }))
  const files = [...inline, ...config.mounted.flatMap(readMounted)].map(foldPaths)
  refuseTwice(files.map(({ name, source }) => ({ name, source, what: `file ${name}.json` })))
  refuseTwice(
    files.flatMap(({ source, variables }) => variables.map(({ name }) => ({ name, source, what: `variable ${name}` }))),
  )
  return files
}

const variablesOf = (entries: readonly Entry[]): readonly WantedVariable[] =>
  entries.flatMap(({ path, env }) => env.map(variable => ({ ...variable, path })))

const foldPaths = (file: WantedFile): WantedFile => ({
  ...file,
  variables: file.variables.map(variable => ({ ...variable, path: foldPath(variable.path) })),
})

const readMounted = ({ configMap, folder, key }: MountedFiles): readonly WantedFile[] => {
  // Kubernetes keeps its own folders and links of a ConfigMap under names that begin so.
  const keys = list(configMap, folder).filter(name => !name.startsWith('..'))
  if (key !== undefined && !keys.includes(key))
    throw new PodvaultError('usage', `the ConfigMap ${configMap} has no key ${key}`, {
      hint: keys.length === 0 ? 'it is empty' : `it has: ${keys.sort().join(', ')}`,
    })
  return keys
    .filter(name => key === undefined || name === key)
    .sort()
    .map(name => readFile(configMap, folder, name))
}

const list = (configMap: string, folder: string): readonly string[] => {
  try {
    return readdirSync(folder)
  } catch (cause) {
    throw new PodvaultError('usage', `the ConfigMap ${configMap} cannot be read: ${sentence(cause)}`, { cause })
  }
}

const readFile = (configMap: string, folder: string, key: string): WantedFile => {
  const source = `ConfigMap ${configMap}, key ${key}`
  const parsed = parseSecretsFile(readText(source, join(folder, key)))
  if ('problems' in parsed) {
    const problems = parsed.problems.map(({ line, column, message }) => `line ${line}, column ${column}: ${message}`)
    throw new PodvaultError('usage', `${source} is no secrets file: ${problems.join('; ')}`)
  }
  return { name: fileStem(key), source, inline: false, variables: variablesOf(parsed.entries) }
}

const readText = (source: string, path: string): string => {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new PodvaultError('usage', `${source} cannot be read: ${sentence(cause)}`, { cause })
  }
}

const refuseTwice = (claims: readonly { readonly name: string; readonly source: string; readonly what: string }[]) => {
  const owners = new Map<string, string>()
  for (const { name, source, what } of claims) {
    const owner = owners.get(name)
    if (owner !== undefined)
      throw new PodvaultError('usage', `the ${what} is given twice, by ${owner} and by ${source}`, {
        hint: 'give one of them another name',
      })
    owners.set(name, source)
  }
}
