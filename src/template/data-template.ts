import { dependenciesOf, unsupported } from './inspect.ts'
import { fromVault } from './json-read.ts'
import { execute, parseTemplate, type Template } from './template.ts'

/** What is wrong with a template, and where; without a place where it is wrong as a whole. */
export type DataTemplateProblem = { readonly line?: number; readonly column?: number; readonly message: string }

/** Makes the bytes of a file from the data of one secret. @param now milliseconds since 1970 */
export type Make = (data: Readonly<Record<string, unknown>>, now: number) => Uint8Array | DataTemplateProblem

/**
 * Reads a template over one secret's data: `{{ .password }}`. What it would have to ask Vault for, or to write elsewhere,
 * is a problem; so is a key that does not exist, when it is made.
 */
export const dataTemplate = (text: string): Make | { readonly problems: readonly DataTemplateProblem[] } => {
  const template = parseTemplate(text)
  if ('message' in template) return { problems: [template] }
  const problems = [...unsupported(template).map(refusal), ...ownQuestions(template)]
  return problems.length > 0 ? { problems } : (data, now) => make(template, data, now)
}

const refusal = ({ name, reason }: { readonly name: string; readonly reason: string }): DataTemplateProblem => ({
  message: `${name} is a function that podvault does not have: ${reason}`,
})

const ownQuestions = (template: Template): readonly DataTemplateProblem[] => {
  const { requests, more } = dependenciesOf(template)
  return requests.length > 0 || more
    ? [{ message: 'it asks Vault by itself; give the secret its own path in the secrets file, and write {{ .key }}' }]
    : []
}

const make = (template: Template, data: Readonly<Record<string, unknown>>, now: number): ReturnType<Make> => {
  const sources = { env: {}, now, dot: fromVault(data) }
  const outcome = execute(template, sources, { errorOnMissingKey: true })
  if (outcome.kind === 'failed') return outcome
  if (outcome.kind === 'missing' || outcome.files.length > 0)
    return {
      message: 'it asks Vault by itself, or writes a file of its own; one template makes one file of one secret',
    }
  return outcome.contents
}
