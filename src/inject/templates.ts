import type { Entry } from '../contract.ts'
import { type Checked, checkTemplate } from '../template/check.ts'
import { type Intent, prefix } from './annotations.ts'
import type { Files } from './files.ts'
import type { Problem } from './reasons.ts'
import { filesVolumes } from './wiring.ts'

/** What is known at admission of the templates in a pod's secrets files. */
export type Templates = {
  readonly problems: readonly Problem[]
  /** Whether one of them reads its environment, or may: the text is not always known. */
  readonly readEnv: boolean
  /** Whether one of them writes files of its own, or may. */
  readonly write: boolean
}

/** A template's text stands beside its file, or in a mounted ConfigMap; then only the agent sees it. */
export const templatesOf = ({ known, unknown }: Pick<Files, 'known' | 'unknown'>, intent: Intent): Templates => {
  const folders = filesVolumes(intent).map(({ mountPath }) => `${mountPath}/`)
  const files = known.flatMap(({ source, entries }) =>
    entries.flatMap(entry => entry.files.map(file => ({ source, ...file }))),
  )
  const inFiles = files.filter(({ templateFile }) => templateFile !== undefined)
  const checked = known.flatMap(({ entries }) => checkedIn(entries))
  const isUnknown = unknown.length + inFiles.length > 0
  return {
    problems: [
      ...known.flatMap(({ source, entries }) => templateProblems(entries).map(words => `${source}: ${words}`)),
      ...inFiles
        .filter(({ templateFile = '' }) => !folders.some(folder => templateFile.startsWith(folder)))
        .map(
          ({ source, name }) =>
            `${source}: the template-file of ${name} is in no ConfigMap that ${prefix}secrets-file names; name its ConfigMap there`,
        ),
    ].map(message => ({ reason: 'bad-secrets-file', message })),
    readEnv: isUnknown || checked.some(({ readsEnv }) => readsEnv),
    write: isUnknown || checked.some(({ writes }) => writes),
  }
}

/** What is wrong with the templates that stand beside files. */
export const templateProblems = (entries: readonly Entry[]): readonly string[] =>
  checkedIn(entries).flatMap(({ name, problems }) =>
    problems.map(({ line, column, message }) => {
      const place = line === undefined ? '' : `, line ${line}, column ${column}`
      return `the template of ${name}${place}: ${message}`
    }),
  )

const checkedIn = (entries: readonly Entry[]): readonly (Checked & { readonly name: string })[] =>
  entries
    .flatMap(({ files }) => files)
    .flatMap(({ name, template }) => (template === undefined ? [] : [{ name, ...checkTemplate(template) }]))
