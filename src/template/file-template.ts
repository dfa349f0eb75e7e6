import { type FileTemplateProblem, problemsIn } from './check.ts'
import { functionsIn } from './inspect.ts'
import { fromVault } from './json-read.ts'
import { type Delimiters, parseTemplate } from './read.ts'
import { execute, type Outcome, type Sources } from './template.ts'

/** What a file is made of; `data` is what `.` is at the top, where there is a secret that the file belongs to. */
export type FileSources = Omit<Sources, 'dot' | 'digest'> & { readonly data?: Readonly<Record<string, unknown>> }

/** Makes a file, as far as Vault has answered. Touches nothing. */
export type Make = (sources: FileSources) => Outcome

export type FileOptions = Delimiters & { readonly errorOnMissingKey: boolean }

/** Reads the template of a file; a function that is not supported is a problem before it is ever called. */
export const fileTemplate = async (
  text: string,
  options: FileOptions,
): Promise<Make | { readonly problems: readonly FileTemplateProblem[] }> => {
  const template = parseTemplate(text, options)
  if ('message' in template) return { problems: [template] }
  const problems = problemsIn(template)
  if (problems.length > 0) return { problems }
  const hashes = [...functionsIn(template)].some(name => /^(?:sprig_)?(?:md5|sha\d+|hmacSHA)/.test(name))
  const digest = hashes ? await import('./digest.ts') : {}
  return ({ data, ...sources }) =>
    execute(template, { ...sources, ...digest, ...(data !== undefined && { dot: fromVault(data) }) }, options)
}
