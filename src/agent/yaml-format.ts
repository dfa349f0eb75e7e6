// PURE: a secret as YAML, in the subset that every reader of 1.1 and 1.2 takes for the same.
import { PodvaultError } from '../errors.ts'
import { sortedEntries, sortedJson } from './sorted-json.ts'

/** One `key: value` a line. Texts are always quoted, so that `no`, `1e3` or `0x10` stay texts; what is nested is JSON, which YAML is. */
export const yamlOf = (file: string, data: Readonly<Record<string, unknown>>): string => {
  const lines = sortedEntries(data).map(([key, value]) => {
    const line = `${isPlain(key) ? key : sortedJson(key)}: ${sortedJson(value)}\n`
    // JSON escapes half a surrogate pair; YAML has no such character.
    if (/\\ud[89a-f]/.test(line.replaceAll('\\\\', '')))
      throw new PodvaultError('failed', `the key ${key} is not valid Unicode, so the file ${file} cannot carry it`)
    return line.replaceAll(unprintable, unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
  })
  return lines.length === 0 ? '{}\n' : lines.join('')
}

/** Characters that JSON leaves as they are and YAML takes for line ends, or nothing at all. */
const unprintable = /[\u007F-\u009F\u2028\u2029\uFEFF\uFFFE\uFFFF]/g

/** Words that YAML 1.1 takes for something else than text. */
const isPlain = (key: string): boolean =>
  /^[A-Za-z_][A-Za-z0-9_-]*$/.test(key) && !/^(?:y|n|yes|no|on|off|true|false|null)$/i.test(key)
