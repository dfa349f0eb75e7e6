import { TemplateError } from './errors.ts'
import { dict, list, type Value } from './value.ts'

const raw = JSON as unknown as { readonly isRawJSON: (value: unknown) => value is { readonly rawJSON: string } }

/** JSON as Vault's answers are read: numbers keep their digits. */
export const fromVault = (json: unknown): Value => convert(json, number)

const number = (json: unknown): Value =>
  typeof json === 'number'
    ? { kind: 'json-number', text: String(json) }
    : raw.isRawJSON(json)
      ? { kind: 'json-number', text: json.rawJSON }
      : undefined

const convert = (json: unknown, other: (json: unknown) => Value): Value => {
  if (typeof json === 'string') return json.toWellFormed()
  if (json === null || typeof json === 'boolean') return json
  if (Array.isArray(json)) return list(json.map(each => convert(each, other)))
  const leaf = other(json)
  if (leaf !== undefined || typeof json !== 'object') return leaf
  return dict(Object.entries(json).map(([key, each]) => [key.toWellFormed(), convert(each, other)] as const))
}

/** JSON as Go's encoding/json reads it: numbers are float64. @throws TemplateError */
export const parseJson = (text: string): Value => {
  let json: unknown
  try {
    json = JSON.parse(text.toWellFormed())
  } catch {
    throw new TemplateError('this is no JSON')
  }
  return convert(json, each => {
    if (typeof each === 'number' && !Number.isFinite(each)) throw new TemplateError('a number is too large')
    return typeof each === 'number' ? each : undefined
  })
}
