import { isTemplateKey } from '../contract.ts'
import { secretsFileLabel } from '../inject/files.ts'
import { readSecretsFile } from '../inject/read-secrets-file.ts'
import type { Problem } from '../inject/reasons.ts'
import type { FileProblem, ParsedSecretsFile } from '../inject/secrets-file.ts'
import { templateProblems } from '../inject/templates.ts'
import { isRecord, member } from '../shape.ts'

/** What podvault looks at in a ConfigMap. */
export type ConfigMap = {
  readonly namespace: string
  readonly name: string
  readonly resourceVersion: string
  readonly isLabelled: boolean
  readonly isEnding: boolean
  readonly data: Readonly<Record<string, string>>
  /** Names of keys whose values are no text. */
  readonly binary: readonly string[]
}

/** Reads a ConfigMap; undefined where it has not the shape of one. */
export const configMapOf = (value: unknown): ConfigMap | undefined => {
  if (!isRecord(value) || !isRecord(value['metadata'])) return undefined
  const { namespace, name, resourceVersion = '', labels, deletionTimestamp } = value['metadata']
  const data = value['data'] ?? {}
  const binaryData = value['binaryData'] ?? {}
  if (typeof namespace !== 'string' || typeof name !== 'string' || typeof resourceVersion !== 'string') return undefined
  if (!isTexts(data) || !isRecord(binaryData)) return undefined
  return {
    namespace,
    name,
    resourceVersion,
    isLabelled: isRecord(labels) && member(labels, secretsFileLabel) === 'true',
    isEnding: typeof deletionTimestamp === 'string',
    data,
    binary: Object.keys(binaryData),
  }
}

const isTexts = (value: unknown): value is Readonly<Record<string, string>> =>
  isRecord(value) && Object.values(value).every(text => typeof text === 'string')

/** Characters; the annotations of a pod, where such a file can stand as well, hold no more together. */
const longest = 256 * 1024

/** The secrets files of a ConfigMap by key; templates are none. */
export const secretsFilesOf = (
  { data, binary }: ConfigMap,
  read: (text: string) => ParsedSecretsFile = readSecretsFile,
): ReadonlyMap<string, ParsedSecretsFile> =>
  new Map(
    [
      ...Object.entries(data).map(([key, text]) => [key, readBounded(text, read)] as const),
      ...binary.map(key => [key, isBinary] as const),
    ].filter(([key]) => !isTemplateKey(key)),
  )

const whole = (message: string): { readonly problems: readonly FileProblem[] } => ({
  problems: [{ line: 1, column: 1, message }],
})

const isBinary = whole('a secrets file is text in UTF-8, this is something else')

const isTooLong = whole(`a secrets file has at most ${longest} characters, this one more`)
const isUnreadable = whole('podvault itself failed on this file; please report it')

/** One file that breaks the reader must not keep all the others from being read. */
const readBounded = (text: string, read: (text: string) => ParsedSecretsFile): ParsedSecretsFile => {
  if (text.length > longest) return isTooLong
  try {
    return read(text)
  } catch {
    return isUnreadable
  }
}

/** What is wrong with secrets files, in the order of their keys. */
export const fileProblems = (files: ReadonlyMap<string, ParsedSecretsFile>): readonly Problem[] =>
  [...files]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([key, parsed]) =>
      'problems' in parsed
        ? parsed.problems.map(({ line, column, message }): Problem => {
            const what = `key ${key}, line ${line}, column ${column}: ${message}`
            return { reason: 'bad-secrets-file', message: what }
          })
        : templateProblems(parsed.entries).map((words): Problem => ({
            reason: 'bad-secrets-file',
            message: `key ${key}: ${words}`,
          })),
    )
