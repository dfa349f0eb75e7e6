import { TemplateError } from './errors.ts'
import type { Run } from './value.ts'

/** What Go takes for white space. */
export const isSpace = (letter: string): boolean =>
  /^[\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]$/.test(letter)

/** Without the letters at both ends that are to go. */
export const trimmed = (text: string, goes: (letter: string) => boolean): string =>
  trimmedEnd(trimmedStart(text, goes), goes)

export const trimmedStart = (text: string, goes: (letter: string) => boolean): string => {
  let from = 0
  for (const letter of text) {
    if (!goes(letter)) break
    from += letter.length
  }
  return text.slice(from)
}

const trimmedEnd = (text: string, goes: (letter: string) => boolean): string => {
  let to = text.length
  while (to > 0) {
    const pair = to > 1 && Number(text.codePointAt(to - 2)) > 0xffff
    if (!goes(text.slice(to - (pair ? 2 : 1), to))) break
    to -= pair ? 2 : 1
  }
  return text.slice(0, to)
}

export const trimSpace = (text: string): string => trimmed(text, isSpace)

/** strings.Trim. */
export const trimSet = (set: string, text: string): string => {
  const letters = new Set(set)
  return trimmed(text, letter => letters.has(letter))
}

const onlyAscii = /^[\0-\x7f]*$/

const each = (text: string, change: (letter: string) => string): string =>
  Array.from(text.toWellFormed(), letter => {
    const changed = change(letter)
    return Array.from(changed).length === 1 ? changed : letter
  }).join('')

/** Letter by letter, as Go does: what would become two letters stays, and what is no letter is replaced. */
export const upper = (text: string): string =>
  onlyAscii.test(text) ? text.toUpperCase() : each(text, letter => letter.toUpperCase())

export const lower = (text: string): string =>
  onlyAscii.test(text) ? text.toLowerCase() : each(text, letter => (letter === 'İ' ? 'i' : letter.toLowerCase()))

/** strings.Split. */
export const split = (text: string, separator: string, most = -1): readonly string[] => {
  if (most === 0) return []
  const parts = separator === '' ? Array.from(text) : text.split(separator)
  if (most < 0 || parts.length <= most) return parts
  const kept = parts.slice(0, most - 1)
  return [...kept, parts.slice(most - 1).join(separator)]
}

/** strings.ReplaceAll. */
export const replaceAll = (text: string, from: string, to: string, run: Run): string => {
  const parts = from === '' ? ['', ...Array.from(text), ''] : text.split(from)
  run.spend(parts.length)
  run.room(text.length + (parts.length - 1) * to.length)
  return parts.join(to)
}

/** strings.Repeat. */
export const repeated = (text: string, times: bigint, run: Run): string => {
  if (times < 0n) throw new TemplateError('a negative count')
  if (text === '') return ''
  run.room(text.length * Number(times))
  return text.repeat(Number(times))
}

export const join = (texts: readonly string[], separator: string, run: Run): string => {
  run.room(texts.reduce((sum, text) => sum + text.length + separator.length, 0))
  return texts.join(separator)
}

/** Every line but the empty ones. */
export const indented = (spaces: bigint, text: string, run: Run): string => {
  if (spaces < 0n) throw new TemplateError('a negative number of spaces')
  const lines = text.split('\n')
  run.room(text.length + lines.length * Number(spaces))
  const prefix = ' '.repeat(Number(spaces))
  return lines.map(line => (line === '' ? line : prefix + line)).join('\n')
}
