import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { structuredPatch } from 'diff'
import { stringify } from 'yaml'
import { names } from '../../contract.ts'
import type { Pod } from '../../inject/pod.ts'

export const indent = (text: string): string => text.trimEnd().replaceAll(/^/gm, '    ')

const yaml = (pod: Pod): string => stringify(pod, { lineWidth: 0, aliasDuplicateObjects: false })

/** What admission changed, as a unified diff of YAML. */
export const difference = (before: Pod, after: Pod): string => {
  const { hunks } = structuredPatch('', '', yaml(before), yaml(after), '', '', { context: 2 })
  return hunks.flatMap(({ lines }) => ['...', ...lines]).join('\n')
}

/** The files of the app, with their content: they hold nothing but the demo's own secret. */
export const filesIn = (folder: string): string =>
  readdirSync(folder)
    .filter(name => !name.startsWith('..'))
    .map(name => `${name}:\n${indent(readFileSync(join(folder, name), 'utf8'))}`)
    .join('\n')

/** As the kubelet builds it: the file's values behind the names, and $(NAME) in what follows. */
export const environmentOf = (pod: Pod, secrets: string): string => {
  const lines = readFileSync(join(secrets, names.envFile), 'utf8').matchAll(/^([^=\n]+)='([^']*)'$/gm)
  const values = new Map(Array.from(lines, ([, name = '', value = '']) => [name, value]))
  const known = new Map<string, string>()
  for (const { name, value, valueFrom } of pod.spec?.containers[0]?.env ?? []) {
    const literal = (value ?? '').replaceAll(/\$\(([^)]+)\)/g, (text, other: string) => known.get(other) ?? text)
    known.set(name, valueFrom === undefined ? literal : (values.get(name) ?? ''))
  }
  return Array.from(known, ([name, value]) => `${name}=${value}`).join('\n')
}
