import { readFileSync } from 'node:fs'
import type { Entry, OutputFile } from '../contract.ts'
import { PodvaultError, sentence } from '../errors.ts'
import type { DataTemplateProblem, Make } from '../template/data-template.ts'

type Data = Readonly<Record<string, unknown>>

/** What an output's template makes of the data. A function, and so no part of the state, which is JSON. */
type Templated = OutputFile & { readonly make?: (data: Data) => string }

/**
 * Entries whose templates have been read; without any the engine is not even loaded.
 * @param source of the entries, for errors
 * @throws PodvaultError `usage` naming file, line and column
 */
export const withTemplates = async (entries: readonly Entry[], source: string): Promise<readonly Entry[]> => {
  if (!entries.some(({ files }) => files.some(isTemplate))) return entries
  const { dataTemplate } = await import('../template/data-template.ts')
  const read = (output: OutputFile): Templated => {
    if (!isTemplate(output)) return output
    const template = output.template ?? readTemplate(output)
    const made = dataTemplate(template)
    if (typeof made !== 'function') throw unusable(`${source}: `, output.name, made.problems)
    return { ...output, template, make: data => textOf(output.name, made, data) }
  }
  return entries.map(entry => ({ ...entry, files: entry.files.map(read) }))
}

const isTemplate = ({ format }: OutputFile): boolean => format === 'template'

const readTemplate = ({ name, templateFile = '' }: OutputFile): string => {
  try {
    return readFileSync(templateFile, 'utf8')
  } catch (cause) {
    throw new PodvaultError('usage', `the template of the file ${name} cannot be read: ${sentence(cause)}`, { cause })
  }
}

const textOf = (name: string, made: Make, data: Data): string => {
  const contents = made(data)
  if (!(contents instanceof Uint8Array)) throw unusable('', name, [contents])
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(contents)
  } catch (cause) {
    throw unusable('', name, [{ message: 'what it makes is no valid UTF-8' }], cause)
  }
}

/** Never with a value: the engine names places only. */
const unusable = (
  where: string,
  name: string,
  problems: readonly DataTemplateProblem[],
  cause?: unknown,
): PodvaultError => {
  const words = problems.map(({ line, column, message }) =>
    line === undefined ? message : `line ${line}, column ${column}: ${message}`,
  )
  return new PodvaultError('usage', `${where}the template of the file ${name}, ${words.join('; ')}`, { cause })
}

/** What the template of an output makes of a secret's data. @throws PodvaultError naming file, line and column */
export const renderTemplate = (output: Templated, data: Data): string => {
  if (output.make === undefined)
    throw new PodvaultError('failed', `the template of the file ${output.name} was not read`)
  return output.make(data)
}
