import { bytesOf, lengthOf, sliceOf, textOf } from './bytes.ts'
import { TemplateError } from './errors.ts'
import { isCapital, isLower } from './letters.ts'
import { isSpace, lower, upper } from './text.ts'
import { capitalOf } from './title.ts'
import type { Run } from './value.ts'

const binary = (text: string): string => Buffer.from(bytesOf(text)).toString('latin1')
const fromBinary = (text: string): string => textOf(Buffer.from(text, 'latin1'))

export const truncated = (text: string, count: number): string => {
  const length = lengthOf(text)
  if (count < 0) return length + count > 0 ? sliceOf(text, length + count, length) : text
  return length > count ? sliceOf(text, 0, count) : text
}

export const substring = (text: string, start: number, end: number): string => {
  const length = lengthOf(text)
  const [from, to] = [Math.max(0, start), start >= 0 && (end < 0 || end > length) ? length : end]
  if (from > to || to > length) throw new TemplateError('the position is out of range')
  return sliceOf(text, from, to)
}

/** At most so many bytes, dots included; the first `skipped` ones may go. */
export const abbreviated = (text: string, skipped: number, width: number): string => {
  const bytes = binary(text)
  if (bytes.length <= width) return text
  const offset =
    bytes.length - Math.min(skipped, bytes.length) < width - 3
      ? bytes.length - (width - 3)
      : Math.min(skipped, bytes.length)
  if (offset <= 4) return fromBinary(`${bytes.slice(0, width - 3)}...`)
  if (offset + width - 3 < bytes.length) return `...${abbreviated(fromBinary(bytes.slice(offset)), 0, width - 3)}`
  return fromBinary(`...${bytes.slice(bytes.length - (width - 3))}`)
}

const isSeparator = (letter: string): boolean => (/^[\0-\x7f]$/.test(letter) ? !/^\w$/.test(letter) : isSpace(letter))

export const titled = (text: string): string => {
  let before = ' '
  return Array.from(text.toWellFormed(), letter => {
    const result = isSeparator(before) ? capitalOf(letter) : letter
    before = letter
    return result
  }).join('')
}

/** Changes the first letter of each word. */
export const eachWord = (text: string, change: (letter: string) => string): string => {
  let first = true
  return Array.from(text.toWellFormed(), letter => {
    const result = first && !isSpace(letter) ? change(letter) : letter
    first = isSpace(letter)
    return result
  }).join('')
}

/** Byte by byte, which breaks letters that have several: so it is in Go. */
export const withoutSpaces = (text: string): string => {
  const letters = Array.from(binary(text))
  const kept = letters.filter(letter => !isSpace(letter))
  return kept.length === letters.length ? text : kept.join('')
}

export const initials = (text: string): string => {
  let gap = true
  return Array.from(binary(text))
    .filter(letter => {
      const first = gap && !isSpace(letter)
      gap = isSpace(letter)
      return first
    })
    .join('')
}

export const swapped = (text: string): string => {
  let space = true
  return Array.from(text.toWellFormed(), letter => {
    if (isCapital(letter)) {
      space = false
      return lower(letter)
    }
    if (!isLower(letter)) {
      space = isSpace(letter)
      return letter
    }
    const result = space ? capitalOf(letter) : upper(letter)
    space = false
    return result
  }).join('')
}

export const adler32 = (bytes: Uint8Array): string => {
  let [a, b] = [1, 0]
  for (const byte of bytes) {
    a = (a + byte) % 65_521
    b = (b + a) % 65_521
  }
  return String(b * 65_536 + a)
}

/** Lines of so many bytes, broken at spaces; words that are longer are broken where that is wanted. */
export const wrapped = (text: string, width: number, separator: string, breaks: boolean, run: Run): string => {
  const bytes = binary(text)
  const size = Math.max(1, width)
  const newline = separator === '' ? '\n' : binary(separator)
  run.room(bytes.length + Math.ceil(bytes.length / size) * newline.length)
  const parts: string[] = []
  let at = 0
  while (bytes.length - at > size) {
    run.spend(1)
    if (bytes[at] === ' ') {
      at += 1
      continue
    }
    const space = bytes.lastIndexOf(' ', at + size)
    const next = bytes.indexOf(' ', at + size)
    const end = space >= at ? space : breaks ? at + size : next
    if (end < 0) break
    parts.push(bytes.slice(at, end), newline)
    at = space < at && breaks ? end : end + 1
  }
  return fromBinary(parts.join('') + bytes.slice(at))
}
