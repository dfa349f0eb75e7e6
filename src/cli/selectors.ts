import { type Check, isRecord, listOf, member, objectWith, record, text } from '../shape.ts'

export type Labels = Readonly<Record<string, string>>

export const labels: Check<Labels> = (value, at) =>
  Object.fromEntries(Object.entries(record(value, at)).map(([name, each]) => [name, text(each, `${at}.${name}`)]))

/** A label selector as the API server writes it. */
export const selector = objectWith(
  {},
  {
    matchLabels: labels,
    matchExpressions: listOf(objectWith({ key: text, operator: text }, { values: listOf(text) })),
  },
)
export type Selector = ReturnType<typeof selector>

/** The first demand of a selector that labels do not meet. */
export const unmet = ({ matchLabels = {}, matchExpressions = [] }: Selector, given: Labels): string | undefined => {
  const label = Object.entries(matchLabels).find(([key, value]) => member(given, key) !== value)
  if (label !== undefined) return `${label[0]}=${label[1]}`
  const expression = matchExpressions.find(({ key, operator, values = [] }) => {
    const value = Object.hasOwn(given, key) ? given[key] : undefined
    if (operator === 'Exists') return value === undefined
    if (operator === 'DoesNotExist') return value !== undefined
    const isIn = value !== undefined && values.includes(value)
    return operator === 'In' ? !isIn : isIn
  })
  if (expression === undefined) return undefined
  const { key, operator, values = [] } = expression
  return `${key} ${operator}${values.length > 0 ? ` (${values.join(', ')})` : ''}`
}

export const labelsOf = (namespace: unknown, name: string): Labels => {
  const metadata = isRecord(namespace) && isRecord(namespace['metadata']) ? namespace['metadata'] : {}
  // Every namespace has it; whoever may not read namespaces knows at least this one.
  return { 'kubernetes.io/metadata.name': name, ...labels(metadata['labels'] ?? {}, 'labels') }
}
