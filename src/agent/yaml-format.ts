// PURE: a secret as YAML, in the subset that every reader of 1.1 and 1.2 takes for the same.
import { isNumeral } from '../vault/json.ts'
import { uncarried } from './line-formats.ts'
import { sortedEntries, sortedJson } from './sorted-json.ts'

/** One `key: value` a line. Texts are always quoted, so that `no`, `1e3` or `0x10` stay texts; what is nested is JSON, which YAML is. */
export const yamlOf = (file: string, data: Readonly<Record<string, unknown>>): string => {
  const refused = (key: string, problem: string) =>
    uncarried(file, key.length > 80 ? `${key.slice(0, 80)}…` : key, problem, 'give the file the format json')
  const lines = sortedEntries(data).map(([key, value]) => {
    const line = `${isPlain(key) ? key : sortedJson(key)}: ${sortedJson(value)}\n`
    // JSON escapes half a surrogate pair; YAML has no such character.
    if (/\\ud[89a-f]/.test(line.replaceAll('\\\\', ''))) throw refused(key, 'is not valid Unicode')
    if ([key, ...keysIn(value)].some(isTooLong)) throw refused(key, 'has a longer name in it than YAML allows')
    return printable(line)
  })
  return lines.length === 0 ? '{}\n' : lines.join('')
}

/** Characters that JSON leaves as they are and YAML takes for line ends, or nothing at all. */
const printable = (text: string): string =>
  text.replaceAll(
    /[\u007F-\u009F\u2028\u2029\uFEFF\uFFFE\uFFFF]/g,
    unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )

/** Words that YAML 1.1 takes for something else than text. */
const isPlain = (key: string): boolean =>
  /^[A-Za-z_][A-Za-z0-9_-]*$/.test(key) && !/^(?:y|n|yes|no|on|off|true|false|null)$/i.test(key)

/** The colon behind a key stands within 1024 characters, or it is none. */
const isTooLong = (key: string): boolean => printable(JSON.stringify(key)).length > 1000

const keysIn = (value: unknown): readonly string[] => {
  if (typeof value !== 'object' || value === null || isNumeral(value)) return []
  if (Array.isArray(value)) return value.flatMap(keysIn)
  return Object.entries(value).flatMap(([key, member]) => [key, ...keysIn(member)])
}
