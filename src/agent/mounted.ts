import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type AgentConfig,
  type Entry,
  fileStem,
  isTemplateKey,
  type MountedFiles,
  type SecretsFile,
} from '../contract.ts'
import { PodvaultError, sentence } from '../errors.ts'
import { isYaml, type ParsedSecretsFile, parseSecretsFile } from '../inject/secrets-file.ts'
import { withTemplates } from './templates.ts'
import { inlineSource, isFollowed } from './wanted.ts'

/** A secrets file that has been read. */
export type SecretsSource = {
  readonly name: string
  /** How people know it. */
  readonly source: string
  readonly entries: readonly Entry[]
}

/**
 * The secrets files in mounted ConfigMaps, and before them the inline ones whose templates stand in such files.
 * @throws PodvaultError `usage` when one cannot be read, or lacks a variable that the pod refers to
 */
export const readMounted = async ({
  files = [],
  mounted,
}: Pick<AgentConfig, 'mounted'> & Partial<Pick<AgentConfig, 'files'>>): Promise<readonly SecretsSource[]> => [
  ...(await Promise.all(files.filter(isFollowed).map(readInline))),
  ...(await Promise.all(mounted.map(readConfigMap))).flat(),
]

const readInline = async ({ name, entries }: SecretsFile): Promise<SecretsSource> => ({
  name,
  source: inlineSource,
  entries: await withTemplates(entries, inlineSource),
})

const readConfigMap = async (wanted: MountedFiles): Promise<readonly SecretsSource[]> => {
  const { configMap, folder, key, variables = [] } = wanted
  // Kubernetes keeps its own folders and links of a ConfigMap under names that begin so.
  const keys = list(configMap, folder)
    .filter(name => !name.startsWith('..'))
    .sort()
  if (key !== undefined && !keys.includes(key))
    throw new PodvaultError('usage', `the ConfigMap ${configMap} has no key ${key}`, {
      hint: keys.length === 0 ? 'it is empty' : `it has: ${keys.join(', ')}`,
    })
  const meant = keys.filter(name => !isTemplateKey(name) && (key === undefined || name === key))
  const sources = await Promise.all(
    meant.map(name => readSecretsFile(`ConfigMap ${configMap}, key ${name}`, fileStem(name), join(folder, name))),
  )
  const given = new Set(sources.flatMap(({ entries }) => entries.flatMap(({ env }) => env.map(({ name }) => name))))
  const gone = variables.filter(name => !given.has(name))
  if (gone.length > 0)
    throw new PodvaultError(
      'usage',
      `the ConfigMap ${configMap} no longer has ${gone.join(', ')}, which the environment of this pod refers to`,
      { hint: 'put it back, or create the pod anew' },
    )
  return sources
}

const list = (configMap: string, folder: string): readonly string[] => {
  try {
    return readdirSync(folder)
  } catch (cause) {
    throw new PodvaultError('usage', `the ConfigMap ${configMap} cannot be read: ${sentence(cause)}`, { cause })
  }
}

/** @param source how people know it, for errors @throws PodvaultError `usage` with everything that is wrong in it */
export const readSecretsFile = async (source: string, name: string, path: string): Promise<SecretsSource> => {
  const parsed = await parse(readText(source, path))
  if ('problems' in parsed) {
    const problems = parsed.problems.map(({ line, column, message }) => `line ${line}, column ${column}: ${message}`)
    throw new PodvaultError('usage', `${source} is no secrets file: ${problems.join('; ')}`)
  }
  return { name, source, entries: await withTemplates(parsed.entries, source) }
}

/** YAML brings its library along: loaded only where a file is written in it. */
const parse = async (text: string): Promise<ParsedSecretsFile> =>
  isYaml(text) ? (await import('../inject/yaml-secrets-file.ts')).parseYamlSecretsFile(text) : parseSecretsFile(text)

const readText = (source: string, path: string): string => {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new PodvaultError('usage', `${source} cannot be read: ${sentence(cause)}`, { cause })
  }
}
