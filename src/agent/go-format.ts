// PURE: how Go prints what Vault answers, for the two default templates of vault-k8s. Checked against Go itself.
import { isNumeral } from '../vault/json.ts'
import { sortedEntries, sortedJson } from './sorted-json.ts'

/** `{{ range $k, $v := .Data }}{{ $k }}: {{ $v }}\n{{ end }}` */
export const goMap = (data: Readonly<Record<string, unknown>>): string =>
  // A template has its own word for nil, but only where it prints that alone.
  valid(
    sortedEntries(data)
      .map(([key, value]) => `${key}: ${value === null ? '<no value>' : printed(value)}\n`)
      .join(''),
  )

/** `%v`: maps in the order of their keys, and nothing is quoted. */
const printed = (value: unknown): string => {
  if (value === null) return '<nil>'
  if (typeof value === 'string') return value
  if (typeof value !== 'object' || isNumeral(value)) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(printed).join(' ')}]`
  const members = sortedEntries(value as Readonly<Record<string, unknown>>)
  return `map[${members.map(([key, member]) => `${key}:${printed(member)}`).join(' ')}]`
}

/** `{{ .Data | toJSON }}`: encoding/json, which escapes what HTML or JavaScript might take for their own. */
export const goJson = (data: Readonly<Record<string, unknown>>): string =>
  valid(
    sortedJson(data)
      .replaceAll(/\\(?:(ud[89a-f][0-9a-f]{2})|.)/g, (escape, half?: string) =>
        half === undefined ? escape : '\uFFFD',
      )
      .replaceAll(/[<>&\u2028\u2029]/g, unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`),
  )

/** Go has read U+FFFD where the text was no Unicode. */
const valid = (text: string): string => text.toWellFormed()
