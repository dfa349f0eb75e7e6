import { checkTemplate } from '../template/check.ts'
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
  const problems: Problem[] = []
  const bad = (message: string): void => void problems.push({ reason: 'bad-secrets-file', message })
  let [readEnv, write] = [unknown.length > 0, unknown.length > 0]
  for (const { source, entries } of known)
    for (const { name, template, templateFile } of entries.flatMap(({ files }) => files)) {
      readEnv ||= templateFile !== undefined
      write ||= templateFile !== undefined
      if (templateFile !== undefined && !folders.some(folder => templateFile.startsWith(folder)))
        bad(
          `${source}: the template-file of ${name} is in no ConfigMap that ${prefix}secrets-file names; name its ConfigMap there`,
        )
      if (template === undefined) continue
      const checked = checkTemplate(template)
      readEnv ||= checked.readsEnv
      write ||= checked.writes
      for (const { line, column, message } of checked.problems) {
        const place = line === undefined ? '' : `, line ${line}, column ${column}`
        bad(`${source}: the template of ${name}${place}: ${message}`)
      }
    }
  return { problems, readEnv, write }
}
