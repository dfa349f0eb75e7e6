import { type Entry, fileStem, isTemplateKey, type SecretsFile } from '../contract.ts'
import { type Intent, prefix } from './annotations.ts'
import type { ObjectKey } from './kinds.ts'
import { quote } from './quote.ts'
import { readSecretsFile } from './read-secrets-file.ts'
import type { Problem, Reason } from './reasons.ts'
import type { ParsedSecretsFile } from './secrets-file.ts'
import type { Settings } from './settings.ts'

/** A secrets file whose entries are known at admission. `source` is how people know it. */
export type KnownFile = {
  readonly name: string
  readonly source: string
  readonly entries: readonly Entry[]
  /** The ConfigMap and key it stands in; undefined when it is inline. */
  readonly at?: { readonly configMap: string; readonly key: string }
}

export type Files = {
  readonly known: readonly KnownFile[]
  /** What nobody here knows; the agent will read it. */
  readonly unknown: readonly ObjectKey[]
  readonly problems: readonly Problem[]
}

/** The label that makes a ConfigMap known to the webhook. */
export const secretsFileLabel = `${prefix}secrets-file`

/** The name of the inline secrets file: its variables are in `secrets.json`. */
export const inlineName = 'secrets'

const problem = (reason: Reason, message: string): Problem => ({ reason, message })

/** All secrets files of a pod, as far as they can be known. */
export const filesOf = (intent: Intent, namespace: string, settings: Pick<Settings, 'configMap'>): Files => {
  const inline = intent.secrets === undefined ? [] : [inlineFile(intent.secrets)]
  const mounted = mountedOnce(intent['secrets-file'] ?? []).map(each => mountedFiles(each, namespace, settings))
  const all = [...inline, ...mounted]
  return {
    known: all.flatMap(({ known }) => known),
    unknown: all.flatMap(({ unknown }) => unknown),
    problems: all.flatMap(({ problems }) => problems),
  }
}

/** The inline files as the agent is told them. */
export const inlineFiles = ({ known }: Files): readonly SecretsFile[] =>
  known.flatMap(({ name, entries, at }) => (at === undefined ? [{ name, entries }] : []))

const inlineFile = (text: string): Files => fileOf(inlineName, `${prefix}secrets`, readSecretsFile(text))

const fileOf = (name: string, source: string, parsed: ParsedSecretsFile, at?: KnownFile['at']): Files => {
  if ('entries' in parsed)
    return { known: [{ name, source, entries: parsed.entries, ...(at && { at }) }], unknown: [], problems: [] }
  const problems = parsed.problems.map(({ line, column, message }) =>
    problem('bad-secrets-file', `${source}, line ${line}, column ${column}: ${message}`),
  )
  return { known: [], unknown: [], problems }
}

/** A ConfigMap that is named as a whole needs no keys of its own besides; `checks` refuses that. */
const mountedOnce = (files: readonly ObjectKey[]): readonly ObjectKey[] =>
  files.filter(({ name, key }) => key === undefined || !files.some(other => other.name === name && !other.key))

const mountedFiles = (
  { name, key }: ObjectKey,
  namespace: string,
  { configMap }: Pick<Settings, 'configMap'>,
): Files => {
  const data = configMap(namespace, name)
  if (data === undefined) return { known: [], unknown: [{ name, ...(key !== undefined && { key }) }], problems: [] }
  const file = (at: string, parsed: ParsedSecretsFile): Files =>
    fileOf(fileStem(at), `ConfigMap ${name}, key ${at}`, parsed, { configMap: name, key: at })
  if (key === undefined) return merged([...data].map(([at, parsed]) => file(at, parsed)))
  const parsed = data.get(key)
  if (parsed !== undefined) return file(key, parsed)
  if (isTemplateKey(key)) return merged([])
  const keys = [...data.keys()].toSorted().join(', ')
  const message = `${prefix}secrets-file names key ${quote(key)} of ConfigMap ${name}, which has ${keys === '' ? 'no secrets file' : quote(keys, 200)}`
  return { known: [], unknown: [], problems: [problem('bad-secrets-file', message)] }
}

const merged = (files: readonly Files[]): Files => ({
  known: files.flatMap(({ known }) => known),
  unknown: [],
  problems: files.flatMap(({ problems }) => problems),
})
