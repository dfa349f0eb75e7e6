import { templateVariables } from '../contract.ts'
import type { TemplateProblem } from './errors.ts'
import { foreignVariables, functionsIn, unsupported } from './inspect.ts'
import { type Delimiters, parseTemplate, type Template } from './read.ts'

/** What is wrong with a template, and where; without a place where it is wrong as a whole. */
export type FileTemplateProblem = Partial<TemplateProblem> & Pick<TemplateProblem, 'message'>

/** What is wrong with it whatever the secrets are. */
export const problemsIn = (template: Template): readonly FileTemplateProblem[] => [
  ...unsupported(template).map(({ name, reason }) => ({
    message: `${name} is a function that podvault does not have: ${reason}`,
  })),
  ...foreignVariables(template).map(name => ({
    message: `env shows a template only ${templateVariables.join(', ')}, and not ${name.slice(0, 60)}`,
  })),
]

/** A template as it is known before anything is made of it; nothing of the functions themselves is needed. */
export type Checked = {
  readonly problems: readonly FileTemplateProblem[]
  /** What only Vault Agent has: names of functions and variables. */
  readonly lacking: readonly string[]
  /** Whether it reads its environment, and writes files of its own. */
  readonly readsEnv: boolean
  readonly writes: boolean
}

/** Where it cannot be read at all, that is the only problem, and nothing is lacking. */
export const checkTemplate = (text: string, delimiters: Delimiters = {}): Checked => {
  const template = parseTemplate(text, delimiters)
  if ('message' in template) return { problems: [template], lacking: [], readsEnv: false, writes: false }
  const used = functionsIn(template)
  return {
    problems: problemsIn(template),
    lacking: [
      ...unsupported(template).map(({ name }) => name),
      ...foreignVariables(template).map(name => `env ${name.slice(0, 60)}`),
    ],
    readsEnv: ['env', 'envOrDefault', 'mustEnv'].some(name => used.has(name)),
    writes: used.has('writeToFile'),
  }
}
