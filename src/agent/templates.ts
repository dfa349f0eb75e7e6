import { readFileSync } from 'node:fs'
import { type Entry, type OutputFile, type Place, templateVariables } from '../contract.ts'
import { PodvaultError, sentence } from '../errors.ts'
import type { FileTemplateProblem } from '../template/check.ts'
import type { Make } from '../template/file-template.ts'
import type { VaultRequest, WrittenFile } from '../template/value.ts'

/** What a template is made of. Values are told apart by being the same object. */
export type Inputs = {
  readonly env: Readonly<Record<string, string>>
  readonly now: number
  /** Its own secret, and the data of it. */
  readonly own: object | null | undefined
  readonly data: Readonly<Record<string, unknown>> | undefined
  /** What was read of it; null: there is no such secret, undefined: it has not been read. */
  readonly value: (question: VaultRequest) => object | null | undefined
  /** A value as Vault answered it. */
  readonly body: (value: object) => unknown
}

/** What an output's template makes of the answers. A function, and so no part of the state, which is JSON. */
type Templated = OutputFile & { readonly make?: (inputs: Inputs) => Made }

/** What has become of a template; `asked`: everything it asks Vault for, as far as it came. */
export type Made = { readonly asked: readonly VaultRequest[] } & (
  | { readonly kind: 'made'; readonly contents: Buffer; readonly files: readonly WrittenFile[] }
  /** It asks for more than is known. */
  | { readonly kind: 'missing' }
  | { readonly kind: 'failed'; readonly error: PodvaultError }
)

/**
 * Entries whose templates have been read; without any the engine is not even loaded.
 * @param source of the entries, for errors
 * @throws PodvaultError `usage` naming file, line and column
 */
export const withTemplates = async (entries: readonly Entry[], source: string): Promise<readonly Entry[]> => {
  if (!entries.some(({ files }) => files.some(isTemplate))) return entries
  const { fileTemplate } = await import('../template/file-template.ts')
  const read = async (output: OutputFile): Promise<Templated> => {
    if (!isTemplate(output)) return output
    const template = output.template ?? readTemplate(output)
    const [left = '', right = ''] = output.delimiters ?? []
    const make = await fileTemplate(template, { left, right, errorOnMissingKey: output.lenient !== true })
    if (typeof make !== 'function') throw unusable(`${source}: `, output.name, make.problems)
    return { ...output, template, make: remembered(inputs => made(output.name, make, inputs)) }
  }
  return Promise.all(entries.map(async entry => ({ ...entry, files: await Promise.all(entry.files.map(read)) })))
}

export const isTemplate = ({ format }: OutputFile): boolean => format === 'template'

const readTemplate = ({ name, templateFile = '' }: OutputFile): string => {
  try {
    return readFileSync(templateFile, 'utf8')
  } catch (cause) {
    throw new PodvaultError('usage', `the template of the file ${name} cannot be read: ${sentence(cause)}`, { cause })
  }
}

/** Never with a value: the engine names places only. */
const unusable = (where: string, name: string, problems: readonly FileTemplateProblem[]): PodvaultError => {
  const words = problems.map(({ line, column, message }) =>
    line === undefined ? message : `line ${line}, column ${column}: ${message}`,
  )
  return new PodvaultError('usage', `${where}the template of the file ${name}, ${words.join('; ')}`)
}

/** What the template of an output makes of what is known. */
export const makeTemplate = ({ name, make }: Templated, inputs: Inputs): Made => {
  if (make !== undefined) return make(inputs)
  const error = new PodvaultError('failed', `the template of the file ${name} was not read`)
  return { kind: 'failed', asked: [], error }
}

const made = (name: string, make: Make, { env, now, data, value, body }: Inputs): Made => {
  const answer = (question: VaultRequest): unknown => {
    const known = value(question)
    return known === undefined || known === null ? known : body(known)
  }
  const outcome = make({ env, now, answer, ...(data !== undefined && { data }) })
  if (outcome.kind === 'missing') return { kind: 'missing', asked: outcome.asked }
  if (outcome.kind === 'failed') return { kind: 'failed', asked: outcome.asked, error: unusable('', name, [outcome]) }
  return { kind: 'made', asked: outcome.requests, contents: bufferOf(outcome.contents), files: outcome.files }
}

const bufferOf = ({ buffer, byteOffset, length }: Uint8Array): Buffer => Buffer.from(buffer, byteOffset, length)

/** The last result again for the same inputs: a file is looked at more often than it changes. */
const remembered = (make: (inputs: Inputs) => Made): ((inputs: Inputs) => Made) => {
  let last:
    | (Pick<Inputs, 'env' | 'now' | 'own'> & { readonly values: readonly unknown[]; readonly made: Made })
    | undefined
  return inputs => {
    const { env, now, own, value } = inputs
    const known = last?.env === env && last.now === now && last.own === own ? last : undefined
    if (known?.made.asked.every((question, index) => value(question) === known.values[index]) === true)
      return known.made
    const result = make(inputs)
    last = { env, now, own, values: result.asked.map(value), made: result }
    return result
  }
}

/** What templates see of where they run. @param owner of this process */
export const placeOf = (
  env: Readonly<Record<string, string | undefined>>,
  { uid, gid }: { readonly uid: number | undefined; readonly gid: number | undefined },
): Place => ({
  env: Object.fromEntries(templateVariables.flatMap(name => (env[name] === undefined ? [] : [[name, env[name]]]))),
  user: String(uid),
  group: String(gid),
})
