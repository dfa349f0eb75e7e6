import { createHash } from 'node:crypto'
import { bytesOf, lengthOf, sliceOf, textOf } from './bytes.ts'
import { toText, toTexts } from './cast.ts'
import { fn, type Functions, variadic } from './callable.ts'
import { TemplateError } from './errors.ts'
import { withoutSuffix } from './helper-functions.ts'
import { quoted } from './quote.ts'
import { camelCase, connected } from './sprig-case.ts'
import { capitalOf } from './title.ts'
import { isSpace, join, lower, repeated, replaceAll, split, trimSet, trimSpace, upper } from './text.ts'
import { dict, list, type Run, type Value } from './value.ts'

const hash = (name: string) => fn(['string'], ([text]) => createHash(name).update(bytesOf(text)).digest('hex'))

/** sprig's functions on text, without their prefix. */
export const sprigText: Functions = {
  hello: fn([], () => 'Hello!'),
  abbrev: fn(['int', 'string'], ([width, text]) => (width < 4n ? text : abbreviated(text, 0, Number(width)))),
  abbrevboth: fn(['int', 'int', 'string'], ([left, right, text]) =>
    right < 4n || (left > 0n && right < 7n) ? text : abbreviated(text, Number(left), Number(right)),
  ),
  trunc: fn(['int', 'string'], ([count, text]) => truncated(text, Number(count))),
  trim: fn(['string'], ([text]) => trimSpace(text)),
  upper: fn(['string'], ([text]) => upper(text)),
  lower: fn(['string'], ([text]) => lower(text)),
  title: fn(['string'], ([text]) => titled(text)),
  untitle: fn(['string'], ([text]) => eachWord(text, lower)),
  substr: fn(['int', 'int', 'string'], ([start, end, text]) => substring(text, Number(start), Number(end))),
  repeat: fn(['int', 'string'], ([count, text], run) => repeated(text, count, run)),
  trimall: fn(['string', 'string'], ([set, text]) => trimSet(set, text)),
  trimAll: fn(['string', 'string'], ([set, text]) => trimSet(set, text)),
  trimSuffix: fn(['string', 'string'], ([suffix, text]) => withoutSuffix(text, suffix)),
  trimPrefix: fn(['string', 'string'], ([prefix, text]) => (text.startsWith(prefix) ? text.slice(prefix.length) : text)),
  nospace: fn(['string'], ([text]) => withoutSpaces(text)),
  initials: fn(['string'], ([text]) => initials(text)),
  swapcase: fn(['string'], ([text]) => swapped(text)),
  snakecase: fn(['string'], ([text]) => connected(text, '_')),
  kebabcase: fn(['string'], ([text]) => connected(text, '-')),
  camelcase: fn(['string'], ([text]) => camelCase(text)),
  wrap: fn(['int', 'string'], ([width, text], run) => wrapped(text, Number(width), '', false, run)),
  wrapWith: fn(['int', 'string', 'string'], ([width, separator, text], run) => wrapped(text, Number(width), separator, true, run)),
  contains: fn(['string', 'string'], ([part, text]) => text.includes(part)),
  hasPrefix: fn(['string', 'string'], ([prefix, text]) => text.startsWith(prefix)),
  hasSuffix: fn(['string', 'string'], ([suffix, text]) => text.endsWith(suffix)),
  quote: variadic([], 'any', (values, run) => present(values).map(value => quoted(toText(value, run))).join(' ')),
  squote: variadic([], 'any', (values, run) => present(values).map(value => `'${toText(value, run)}'`).join(' ')),
  cat: variadic([], 'any', (values, run) => present(values).map(value => toText(value, run)).join(' ')),
  indent: fn(['int', 'string'], ([spaces, text], run) => indented(spaces, text, run)),
  nindent: fn(['int', 'string'], ([spaces, text], run) => `\n${indented(spaces, text, run)}`),
  replace: fn(['string', 'string', 'string'], ([from, to, text], run) => replaceAll(text, from, to, run)),
  plural: fn(['string', 'string', 'int'], ([one, many, count]) => (count === 1n ? one : many)),
  sha1sum: hash('sha1'),
  sha256sum: hash('sha256'),
  sha512sum: hash('sha512'),
  adler32sum: fn(['string'], ([text]) => adler32(bytesOf(text))),
  toString: fn(['any'], ([value], run) => toText(value, run)),
  split: fn(['string', 'string'], ([separator, text]) => numbered(split(text, separator))),
  splitList: fn(['string', 'string'], ([separator, text]) => list(split(text, separator), 'string')),
  splitn: fn(['string', 'int', 'string'], ([separator, most, text]) => numbered(split(text, separator, Number(most)))),
  toStrings: fn(['any'], ([value], run) => list(toTexts(value, run), 'string')),
  join: fn(['string', 'any'], ([separator, value], run) => join(toTexts(value, run), separator, run)),
}

const present = (values: readonly Value[]): readonly Value[] => values.filter(value => value !== null && value !== undefined)

const numbered = (parts: readonly string[]): Value => dict(parts.map((part, at) => [`_${at}`, part] as const), 'string')

const binary = (text: string): string => Buffer.from(bytesOf(text)).toString('latin1')
const fromBinary = (text: string): string => textOf(Buffer.from(text, 'latin1'))

const truncated = (text: string, count: number): string => {
  const length = lengthOf(text)
  if (count < 0) return length + count > 0 ? sliceOf(text, length + count, length) : text
  return length > count ? sliceOf(text, 0, count) : text
}

const substring = (text: string, start: number, end: number): string => {
  const length = lengthOf(text)
  const [from, to] = [Math.max(0, start), start >= 0 && (end < 0 || end > length) ? length : end]
  if (from > to || to > length) throw new TemplateError('the position is out of range')
  return sliceOf(text, from, to)
}

/** At most so many bytes, dots included; the first `skipped` ones may go. */
const abbreviated = (text: string, skipped: number, width: number): string => {
  const bytes = binary(text)
  if (bytes.length <= width) return text
  const offset = bytes.length - Math.min(skipped, bytes.length) < width - 3 ? bytes.length - (width - 3) : Math.min(skipped, bytes.length)
  if (offset <= 4) return fromBinary(`${bytes.slice(0, width - 3)}...`)
  if (offset + width - 3 < bytes.length) return `...${abbreviated(fromBinary(bytes.slice(offset)), 0, width - 3)}`
  return fromBinary(`...${bytes.slice(bytes.length - (width - 3))}`)
}

const isSeparator = (letter: string): boolean =>
  /^[\0-\x7f]$/.test(letter) ? !/^\w$/.test(letter) : !/^[\p{L}\p{Nd}]$/u.test(letter) && isSpace(letter)

const titled = (text: string): string => {
  let before = ' '
  return Array.from(text, letter => {
    const result = isSeparator(before) ? capitalOf(letter) : letter
    before = letter
    return result
  }).join('')
}

/** Changes the first letter of each word. */
const eachWord = (text: string, change: (letter: string) => string): string => {
  let first = true
  return Array.from(text, letter => {
    const result = first && !isSpace(letter) ? change(letter) : letter
    first = isSpace(letter)
    return result
  }).join('')
}

/** Byte by byte, which breaks letters that have several: so it is in Go. */
const withoutSpaces = (text: string): string => {
  const letters = Array.from(binary(text))
  const kept = letters.filter(letter => !isSpace(letter))
  return kept.length === letters.length ? text : kept.join('')
}

const initials = (text: string): string => {
  let gap = true
  return Array.from(binary(text))
    .filter(letter => {
      const first = gap && !isSpace(letter)
      gap = isSpace(letter)
      return first
    })
    .join('')
}

const swapped = (text: string): string => {
  let space = true
  return Array.from(text, letter => {
    if (/^[\p{Lu}\p{Lt}]$/u.test(letter)) {
      space = false
      return lower(letter)
    }
    if (!/^\p{Ll}$/u.test(letter)) {
      space = isSpace(letter)
      return letter
    }
    const result = space ? capitalOf(letter) : upper(letter)
    space = false
    return result
  }).join('')
}

const indented = (spaces: bigint, text: string, run: Run): string => {
  if (spaces < 0n) throw new TemplateError('a negative number of spaces')
  const lines = text.split('\n')
  run.room(text.length + lines.length * Number(spaces))
  return lines.map(line => ' '.repeat(Number(spaces)) + line).join('\n')
}

const adler32 = (bytes: Uint8Array): string => {
  let [a, b] = [1, 0]
  for (const byte of bytes) {
    a = (a + byte) % 65_521
    b = (b + a) % 65_521
  }
  return String(b * 65_536 + a)
}

/** Lines of so many bytes, broken at spaces; words that are longer are broken where that is wanted. */
const wrapped = (text: string, width: number, separator: string, breaks: boolean, run: Run): string => {
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
