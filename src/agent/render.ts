// PURE: from what was read to the files of the pod.
import { type AgentConfig, envFileOf, names, type OnChange, type OutputFile } from '../contract.ts'
import { PodvaultError } from '../errors.ts'
import { member } from '../shape.ts'
import { kubeletLine, shellLine, textOf } from './env-lines.ts'
import { contentsOf, neededKeys } from './formats.ts'
import { keyMissing } from './refusal.ts'
import { templateFiles, Unanswered } from './template-files.ts'
import { isTemplate } from './templates.ts'
import { askersOf, hasVariables, hookOf, tokenFileOf, type Wanted, type WantedEntry } from './wanted.ts'

/** A secret as it was read, or the part of it that is wanted. */
export type Value = {
  readonly data: Readonly<Record<string, unknown>>
  readonly envelope?: Readonly<Record<string, unknown>>
  /** What else the answer has; only for templates. */
  readonly rest?: Readonly<Record<string, unknown>>
}

/** What was read, by request; null: Vault has no such secret. */
export type Values = ReadonlyMap<string, Value | null>

/** `latin1`: the content is bytes that are no text, one in each character. */
export type Content = { readonly content: string; readonly mode: number; readonly encoding?: 'latin1' }

/** By folder and name; the names may have folders of their own. */
export type Rendered = ReadonlyMap<string, ReadonlyMap<string, Content>>

/** What the app sees of everything that one hook stands for. */
export type Shown = { readonly onChange: OnChange; readonly content: string }

/** The token, where the pod wants to have it. */
export type ShownToken = {
  readonly value: string
  readonly accessor: string
  readonly renewable: boolean
  readonly seconds: number
  /** Ids of the leases that the secrets came with, the newest first. */
  readonly leases?: readonly string[]
}

type Variable = { readonly name: string; readonly value: unknown; readonly line: string }
export type Place = { readonly folder: string; readonly name: string }
type Fragment = { readonly variables: readonly Variable[]; readonly files: readonly (Place & Content)[] }

/**
 * What becomes of one entry.
 * @throws PodvaultError naming a variable, key or file that cannot be made, never a value
 */
const fragmentOf = (config: AgentConfig, wanted: Wanted, entry: WantedEntry, values: Values): Fragment => {
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

/** All folders that files may be in, each once. */
export const foldersOf = (config: AgentConfig, wanted: Pick<Wanted, 'files'>): readonly string[] => {
  const outputs = wanted.files.flatMap(({ entries }) => entries.flatMap(({ files }) => files))
  const places = [
    config.folders.secrets,
    ...(config.token === 'json' ? [tokenFileOf(config).folder] : []),
    ...outputs.flatMap(({ folder }) => folder ?? []),
  ]
  return [...new Set(places)]
}

/** All files of the pod; their folders are there also when they are empty. @throws PodvaultError as fragmentOf */
export const render = (config: AgentConfig, wanted: Wanted, values: Values, token: ShownToken): Rendered => {
  const { folders, env, mode, duplicates } = config
  const rendered = new Map(foldersOf(config, wanted).map(folder => [folder, new Map<string, Content>()]))
  const put = ({ folder, name, ...content }: Place & Content): void => {
    const files = rendered.get(folder)
    const known = files?.get(name)
    // What a secrets file names is unique; what a template writes shows only now.
    if (duplicates === undefined && known !== undefined && !isSame(known, content))
      throw new PodvaultError('usage', `the file ${name} is made twice, by writeToFile in a template and otherwise`, {
        hint: 'give one of them another name',
      })
    if (duplicates !== 'overwrite' || files?.has(name) === false) files?.set(name, content)
  }
  const lines = new Map<string, string>()
  for (const file of wanted.files) {
    const fragments = file.entries.map(entry => fragmentOf(config, wanted, entry, values))
    const variables = fragments.flatMap(fragment => fragment.variables)
    for (const { name, line } of variables) if (duplicates !== 'overwrite' || !lines.has(name)) lines.set(name, line)
    const members = Object.fromEntries(variables.map(({ name, value }) => [name, value]))
    const content = `${JSON.stringify(members)}\n`
    if (hasVariables(file)) put({ folder: folders.secrets, name: `${file.name}.json`, content, mode })
    for (const each of fragments.flatMap(({ files }) => files)) put(each)
  }
  for (const each of tokenOf(config, token)) put(each)
  // Both grammars read it alike: a token has no quotes.
  if (config.token === 'env' && (duplicates !== 'overwrite' || !lines.has(names.tokenVariable)))
    lines.set(names.tokenVariable, kubeletLine(names.tokenVariable, token.value, 'the token as a file'))
  if (env === 'variables')
    lines.set(names.leasesVariable, shellLine(names.leasesVariable, token.leases?.join() ?? '', ''))
  const content = inOrder(lines, wanted, env === 'variables' ? 'export ' : '')
  if (env !== 'none' || config.token === 'env') put({ folder: folders.secrets, name: envFileOf(config), content, mode })
  return rendered
}

const isSame = (one: Content, other: Content): boolean =>
  one.content === other.content && one.encoding === other.encoding && one.mode === other.mode

/** What fileKeyRef reads comes first: the kubelet stops at what it cannot read. */
const inOrder = (lines: ReadonlyMap<string, string>, { referred }: Wanted, before: string): string => {
  const all = [...lines]
  const those = (ours: boolean) => all.filter(([name]) => referred.has(name) === ours).map(([, line]) => line)
  return [...those(true), ...those(false)].map(line => before + line).join('')
}

const tokenOf = (config: AgentConfig, token: ShownToken): readonly (Place & Content)[] => {
  if (config.token !== 'file' && config.token !== 'json') return []
  const content = config.token === 'file' ? token.value : kubernetesVaultToken(config, token)
  return [{ ...tokenFileOf(config), content, mode: config.mode }]
}

/** The file of kubernetes-vault: these five keys in this order, compact, and no newline. */
const kubernetesVaultToken = ({ vault }: AgentConfig, { value, accessor, seconds, renewable }: ShownToken): string =>
  JSON.stringify({ clientToken: value, accessor, leaseDuration: seconds, renewable, vaultAddr: vault.address })

/** Everything that hooks stand for, one content for each: it differs when what the app sees of it does. @throws as render */
export const shownOf = (config: AgentConfig, wanted: Wanted, values: Values, token: ShownToken): readonly Shown[] => {
  const shown = new Map<string, { readonly onChange: OnChange; readonly parts: unknown[] }>()
  const add = (onChange: OnChange | undefined, part: unknown): void => {
    if (onChange === undefined) return
    const key = JSON.stringify(onChange)
    const known = shown.get(key) ?? { onChange, parts: [] }
    known.parts.push(part)
    shown.set(key, known)
  }
  if (config.token !== undefined) add(config.onChange, token.value)
  for (const file of wanted.files)
    for (const entry of file.entries) {
      const onChange = hookOf(entry, config)
      if (onChange !== undefined) add(onChange, fragmentOf(config, wanted, entry, values))
    }
  return Array.from(shown.values(), ({ onChange, parts }) => ({ onChange, content: JSON.stringify(parts) }))
}

/** @throws as fragmentOf, but not where a template only asks for more */
const tryOut = (config: AgentConfig, wanted: Wanted, entry: WantedEntry, values: Values): void => {
  try {
    fragmentOf(config, wanted, entry, values)
  } catch (error) {
    if (!(error instanceof Unanswered)) throw error
  }
}

/**
 * Takes each change that leaves the files writable: one secret that cannot be carried must not hold back the others.
 * @returns the values to go on with, and what is wrong with the changes that were left out
 */
export const accept = (
  config: AgentConfig,
  wanted: Wanted,
  values: Values,
  changes: Values,
): { readonly values: Values; readonly problems: ReadonlyMap<string, unknown> } => {
  const accepted = new Map(values)
  const problems = new Map<string, unknown>()
  for (const [id, value] of changes) {
    const before = accepted.get(id)
    accepted.set(id, value)
    try {
      for (const entry of askersOf(wanted, id)) tryOut(config, wanted, entry.maker ?? entry, accepted)
    } catch (error) {
      problems.set(id, error)
      if (before === undefined) accepted.delete(id)
      else accepted.set(id, before)
    }
  }
  return { values: accepted, problems }
}
