/** What somebody wrote where words belong. Not every object can be made a text, so none is. */
export const asText = (value: unknown): string =>
  typeof value === 'string' ? value : isPlain(value) ? String(value) : 'an object'

const isPlain = (value: unknown): value is number | boolean | undefined =>
  typeof value === 'number' || typeof value === 'boolean' || value === undefined

/** Somebody's words inside our sentence: in quotes, control characters escaped, cut when they are long. */
export const quote = (text: string, longest = 64): string =>
  JSON.stringify(text.length > longest ? `${text.slice(0, longest).toWellFormed()}…` : text)
