/** What stands in a value for something that is known only when a pod is admitted, and the expression that gives it. */
export type Holes = readonly (readonly [stands: string | number, expression: string])[]

/**
 * A JSON value as an expression of CEL. Each part is made `dyn`: CEL would have all values of a map be of one type.
 * @see https://github.com/google/cel-spec/blob/master/doc/langdef.md
 */
export const celOf = (value: unknown, holes: Holes = []): string => {
  if (typeof value === 'string') return celText(value, holes)
  if (Array.isArray(value)) return `[${value.map(each => `dyn(${celOf(each, holes)})`).join(', ')}]`
  if (typeof value !== 'object' || value === null)
    return holes.find(([stands]) => stands === value)?.[1] ?? String(value)
  const members = Object.entries(value).map(([key, each]) => `${quoted(key)}: dyn(${celOf(each, holes)})`)
  return `{${members.join(', ')}}`
}

/** The text with its holes filled: a sum of texts. */
const celText = (text: string, holes: Holes): string => {
  const first = holes
    .flatMap(([stands, expression]) => {
      const at = typeof stands === 'string' ? text.indexOf(stands) : -1
      return at < 0 ? [] : [{ at, end: at + String(stands).length, expression }]
    })
    .sort((a, b) => a.at - b.at)[0]
  if (first === undefined) return quoted(text)
  const parts = [text.slice(0, first.at), text.slice(first.end)]
  const [before, after] = [parts[0] === '' ? '' : `${quoted(String(parts[0]))} + `, String(parts[1])]
  return `${before}${first.expression}${after === '' ? '' : ` + ${celText(after, holes)}`}`
}

const quoted = (text: string): string =>
  `'${text
    .replaceAll('\\', String.raw`\\`)
    .replaceAll("'", String.raw`\'`)
    .replaceAll('\n', String.raw`\n`)}'`
