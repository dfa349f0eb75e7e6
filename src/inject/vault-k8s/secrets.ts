import { annotations, prefix } from './annotations.ts'
import type { Read } from './read.ts'

/** One file that a pod asks for. */
export type Secret = {
  /** What joins its annotations, as they spell it. */
  readonly key: string
  /** The annotation that declares it, by full name. */
  readonly annotation: string
  readonly path: string
  /** Empty where there is none. */
  readonly template: string
  readonly templateFile: string
  readonly command: string
  readonly leftDelimiter: string
  readonly rightDelimiter: string
  readonly errorOnMissingKey: boolean
  /** As it is written; empty where there is none. */
  readonly perms: string
  /** Folder in the app's containers. */
  readonly folder: string
  /** Below the folder; cleaned of `.` and `..`, undefined where they lead out of it. */
  readonly file: string | undefined
}

const declaring = ['agent-inject-secret', 'agent-inject-template', 'agent-inject-template-file'] as const

/** The files that a pod asks for, in the order of their names: two reviews of one pod agree. */
export const secretsOf = (read: Read): readonly Secret[] => {
  const declared = declaring.flatMap(family =>
    [...read.named(family)].filter(([, text]) => text.trim() !== '').map(([key]) => ({ family, key })),
  )
  const first = new Map(declared.toReversed().map(({ family, key }) => [key, family]))
  return [...first]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, family]) => secretOf(read, key, `${prefix}${family}-${key}`))
}

const secretOf = (read: Read, key: string, annotation: string): Secret => {
  const text = (family: Parameters<Read['named']>[0]): string => read.named(family).get(key) ?? ''
  const template = text('agent-inject-template')
  const custom = text('agent-inject-file')
  const name = keepsCase(read, key) ? key : key.toLowerCase()
  return {
    key,
    annotation,
    path: text('agent-inject-secret'),
    template,
    templateFile: template === '' ? text('agent-inject-template-file') : '',
    command: text('agent-inject-command'),
    leftDelimiter: text('agent-template-left-delim') || '{{',
    rightDelimiter: text('agent-template-right-delim') || '}}',
    errorOnMissingKey: annotations['error-on-missing-key'].kind.read(text('error-on-missing-key')) === true,
    perms: text('agent-inject-perms'),
    folder: folderOf(read, key),
    file: cleaned(custom === '' ? name : custom),
  }
}

const keepsCase = (read: Read, key: string): boolean => {
  const text = read.named('preserve-secret-case').get(key)
  return text === undefined
    ? read.values['preserve-secret-case']
    : annotations['preserve-secret-case'].kind.read(text) === true
}

const folderOf = (read: Read, key: string): string => {
  const text = read.named('secret-volume-path').get(key)
  const folder = text === undefined ? undefined : annotations['secret-volume-path'].kind.read(text)
  return folder ?? read.values['secret-volume-path']
}

/** As Go's path.Join cleans what comes behind a folder. */
const cleaned = (file: string): string | undefined => {
  const parts: string[] = []
  for (const part of file.split('/').filter(each => each !== '' && each !== '.')) {
    if (part !== '..') parts.push(part)
    else if (parts.pop() === undefined) return undefined
  }
  return parts.length === 0 ? undefined : parts.join('/')
}

/** Folders besides the one for all, in the order of their secrets: `vault-secrets-custom-0`, `-1`, … */
export const customFolders = (read: Read, secrets: readonly Secret[]): readonly string[] => [
  ...new Set(secrets.map(({ folder }) => folder).filter(folder => folder !== read.values['secret-volume-path'])),
]

/** Families that say something of a secret that another annotation must declare. */
const aboutSecrets = [
  'agent-inject-file',
  'agent-inject-perms',
  'agent-inject-command',
  'error-on-missing-key',
  'agent-template-left-delim',
  'agent-template-right-delim',
  'secret-volume-path',
  'preserve-secret-case',
] as const

/** Annotations about a secret that nobody declares: vault-k8s ignores them in silence. */
export const strayWarnings = (read: Read, secrets: readonly Secret[]): readonly string[] => {
  const known = new Set(secrets.map(({ key }) => key))
  return aboutSecrets.flatMap(family =>
    [...read.named(family).keys()]
      .filter(key => !known.has(key))
      .map(key => `${prefix}${family}-${key.slice(0, 40)} has no effect: there is no secret of that name`),
  )
}
