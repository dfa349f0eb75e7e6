import { dependenciesOf, functionsIn, unsupported } from './inspect.ts'
import { fromVault } from './json-read.ts'
import { execute, parseTemplate, type Template } from './template.ts'

/** What is wrong with a template, and where; without a place where it is wrong as a whole. */
export type DataTemplateProblem = { readonly line?: number; readonly column?: number; readonly message: string }

/** Makes the bytes of a file from the data of one secret. */
export type Make = (data: Readonly<Record<string, unknown>>) => Uint8Array | DataTemplateProblem

const elsewhere = "the agent's environment is not the app's"
/** Of no use where a template stands for one file, made of one secret, the same whenever it is made. */
const useless: Readonly<Record<string, string>> = {
  env: elsewhere,
  envOrDefault: elsewhere,
  timestamp: 'the file would be another one each time the secret is looked at',
  writeToFile: 'give each file an entry of its own',
}

/**
 * Reads a template over one secret's data: `{{ .password }}`. What it would have to ask Vault for, or to write elsewhere,
 * is a problem; so is a key that does not exist, when it is made.
 */
export const dataTemplate = (text: string): Make | { readonly problems: readonly DataTemplateProblem[] } => {
  const template = parseTemplate(text)
  if ('message' in template) return { problems: [template] }
  const idle = [...functionsIn(template)].filter(name => Object.hasOwn(useless, name))
  const problems = [
    ...unsupported(template).map(({ name, reason }) => refusal(name, reason)),
    ...idle.map(name => refusal(name, String(useless[name]))),
    ...ownQuestions(template),
  ]
  return problems.length > 0 ? { problems } : data => make(template, data)
}

const refusal = (name: string, reason: string): DataTemplateProblem => ({
  message: `${name} is a function that podvault does not have here: ${reason}`,
})

const ownQuestions = (template: Template): readonly DataTemplateProblem[] => {
  const { requests, more } = dependenciesOf(template)
  return requests.length > 0 || more
    ? [{ message: 'it asks Vault by itself; give the secret its own path in the secrets file, and write {{ .key }}' }]
    : []
}

const make = (template: Template, data: Readonly<Record<string, unknown>>): ReturnType<Make> => {
  const sources = { env: {}, now: 0, dot: fromVault(data) }
  const outcome = execute(template, sources, { errorOnMissingKey: true })
  return outcome.kind === 'rendered' ? outcome.contents : { message: 'it asks Vault by itself', ...outcome }
}
