import type { Delimiters } from '../../template/read.ts'
import type { Format } from '../../contract.ts'
import type { Secret } from './secrets.ts'

/** What vault-k8s renders of a secret for which a pod has no template. */
export type DefaultTemplate = 'map' | 'json'

const before = '{{ with secret "'
const behind: Readonly<Record<DefaultTemplate, string>> = {
  map: '" }}{{ range $k, $v := .Data }}{{ $k }}: {{ $v }}\n{{ end }}{{ end }}',
  json: '" }}{{ .Data | toJSON }}\n{{ end }}',
}

export const templateOf = (kind: DefaultTemplate, path: string): string => before + path + behind[kind]

/** A file that podvault's own agent writes without a template: which secret, and how. */
export type Plain = { readonly path: string; readonly format: Format; readonly kv?: 'v1' }

/** Undefined where only a template engine can write the file: it has a template, and no default one. */
export const plainOf = (secret: Secret, fallback: DefaultTemplate): Plain | undefined => {
  if (secret.templateFile !== '' || secret.leftDelimiter !== '{{' || secret.rightDelimiter !== '}}') return undefined
  const template = secret.template === '' ? templateOf(fallback, secret.path) : secret.template
  const kind = (['map', 'json'] as const).find(each => template.startsWith(before) && template.endsWith(behind[each]))
  if (kind === undefined) return undefined
  const path = plainPath(template.slice(before.length, -behind[kind].length))
  return path === undefined ? undefined : { ...path, format: `vault-agent-${kind}` }
}

/** What the template engine has to render of a secret; undefined where it is plain, or stands in a file. */
export const templateText = (secret: Secret, fallback: DefaultTemplate): string | undefined => {
  if (secret.templateFile !== '' || plainOf(secret, fallback) !== undefined) return undefined
  return secret.template === '' ? templateOf(fallback, secret.path) : secret.template
}

export const delimitersOf = ({ leftDelimiter, rightDelimiter }: Secret): Required<Delimiters> => ({
  left: leftDelimiter,
  right: rightDelimiter,
})

/**
 * A path as consul-template reads it, for the agent. With `data/` behind the first part it is written as the API of KV
 * version 2 has it, and asked for as it is; with `data/` further on nobody can tell here where the mount ends.
 */
const plainPath = (text: string): Pick<Plain, 'path' | 'kv'> | undefined => {
  const path = text.trim().replaceAll(/^\/+|\/+$/g, '')
  const parts = path.split('/')
  // Anything else means something to Go's strings or to consul-template's URLs: escapes, queries, fragments.
  if (!parts.every(part => /^[\w.@:=+,~ -]+$/.test(part) && part !== '.' && part !== '..')) return undefined
  if (parts[1] === 'data' && parts.length > 2) return { path, kv: 'v1' }
  return parts.slice(0, -1).includes('data', 2) || parts.slice(1).includes('metadata') ? undefined : { path }
}
