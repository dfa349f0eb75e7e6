import { matchAt, takenAt } from './match.ts'
import { uint64, type Value } from './value.ts'
import { isSpaceAt, type Reader, wrong } from './yaml-reader.ts'
import { resolve } from './yaml-scalar.ts'

/** What a plain scalar stands for; what looks like a time is text. */
export const scalarValue = (text: string): Value => {
  const scalar = resolve(text)
  if (typeof scalar === 'object' && scalar !== null) return text
  return typeof scalar === 'bigint' && scalar >= 2n ** 63n ? uint64(scalar) : scalar
}

/** Lines become one: a line end is a space, an empty line a line end. */
const folded = (lines: readonly string[]): string => {
  const trimmed = lines.map((line, at) => (at === 0 ? line : line.replace(/^[ \t]+/, '')))
  return trimmed.reduce((text, line, at) => {
    if (at === 0) return line
    if (line === '' && at < trimmed.length - 1) return `${text}\n`
    return trimmed[at - 1] === '' && at > 1 ? text + line : `${text} ${line}`
  }, '')
}

const ends = (text: string, at: number): boolean => at >= text.length || text.charAt(at) === '\n'

/** What a plain scalar may have in one line. */
export const plainLine = (): RegExp => /(?:[^\s:#]|:(?!\s|$)|(?<!\s)#|[ \t]+(?![\s#]|:(?:\s|$)|$))*/y

/** A plain scalar that began on this line; it goes on where lines are indented. */
export const plain = (reader: Reader, start: number, parent: number): string => {
  const { text } = reader
  const lines = [text.slice(start, reader.at)]
  for (;;) {
    const next = /[ \t]*\n(?:[ \t]*\n)*( *)(?=[^\s#])/y
    const [all, indent = ''] = matchAt(next, text, reader.at)
    if (all === undefined || indent.length <= parent) break
    if (indent === '' && /^(?:---|\.\.\.)(?:\s|$)/.test(text.slice(reader.at + all.length, reader.at + all.length + 4)))
      break
    const found = takenAt(plainLine(), text, reader.at + all.length)
    for (let empty = all.split('\n').length - 2; empty > 0; empty--) lines.push('')
    lines.push(found)
    reader.at += all.length + found.length
    if (/^[ \t]*:/.test(text.slice(reader.at, reader.at + 200))) throw wrong(reader)
    if (/^[ \t]+#/.test(text.slice(reader.at, reader.at + 200))) break
  }
  return folded(lines)
}

const escapes: Readonly<Record<string, string>> = {
  0: '\0',
  a: '\x07',
  b: '\b',
  t: '\t',
  '\t': '\t',
  n: '\n',
  v: '\v',
  f: '\f',
  r: '\r',
  e: '\x1b',
  ' ': ' ',
  '"': '"',
  "'": "'",
  '\\': '\\',
  N: '\x85',
  _: '\xa0',
  L: '\u2028',
  P: '\u2029',
}

/** A text in quotes. */
export const quoted = (reader: Reader): string => {
  const double = reader.text.charAt(reader.at) === '"'
  const whole = double ? /"((?:[^"\\]|\\[^])*)"/y : /'((?:[^']|'')*)'/y
  const [all, inner] = matchAt(whole, reader.text, reader.at)
  if (all === undefined || inner === undefined) throw wrong(reader, 'a quote is not closed')
  if (/\n(?:---|\.\.\.)\s/.test(inner)) throw wrong(reader)
  const lines = double ? inner.replaceAll(/\\\n[ \t]*/g, '\\\0').split('\n') : inner.split('\n')
  const text = folded(lines.map((line, at) => (at < lines.length - 1 ? line.replace(/(?<!\\)[ \t]+$/, '') : line)))
  const value = double
    ? text.replaceAll(
        /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([^]))/gu,
        (_, ...groups: (string | undefined)[]) => unescaped(reader, groups),
      )
    : text.replaceAll("''", "'")
  reader.at += all.length
  return value
}

const unescaped = (
  reader: Reader,
  [short = '', long = '', longest = '', letter]: readonly (string | undefined)[],
): string => {
  if (letter === '\0') return ''
  if (letter !== undefined) {
    const value = escapes[letter]
    if (value === undefined) throw wrong(reader)
    return value
  }
  const code = Number.parseInt(short + long + longest, 16)
  if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) throw wrong(reader)
  return String.fromCodePoint(code)
}

/** `|` keeps lines, `>` joins them; `-` drops the last line end, `+` keeps all. */
export const blockScalar = (reader: Reader, parent: number): string => {
  const header = /([|>])(?:([1-9])([+-]?)|([+-])([1-9]?))?[ \t]*(?:(?<=[ \t])#[^\n]*)?(?=\n|$)/y
  const [all, style, first, chomp, chompFirst, second] = matchAt(header, reader.text, reader.at)
  if (all === undefined) throw wrong(reader)
  reader.at += all.length + 1
  const given = first ?? (second === '' ? undefined : second)
  const lines = linesFrom(reader, parent, given === undefined ? undefined : Math.max(0, parent) + Number(given))
  const kept = lines.slice(0, lines.findLastIndex(line => line !== '') + 1)
  const trailing = lines.length - kept.length
  const cut = trailing === 0 && reader.at >= reader.text.length && !reader.text.endsWith('\n')
  const body = style === '|' ? kept.join('\n') : foldedBlock(kept)
  const mode = chomp ?? chompFirst ?? ''
  if (cut) return body
  if (mode === '+') return body + '\n'.repeat(trailing + (kept.length > 0 ? 1 : 0))
  return mode === '-' || kept.length === 0 ? body : `${body}\n`
}

const linesFrom = (reader: Reader, parent: number, indent: number | undefined): readonly string[] => {
  const { text } = reader
  const lines: string[] = []
  let wanted = indent
  let deepest = 0
  let start = reader.at
  while (start < text.length) {
    const end = ends(text, start) ? start : (text.indexOf('\n', start) + 1 || text.length + 1) - 1
    const line = text.slice(start, end)
    const spaces = line.length - line.replace(/^ +/, '').length
    if (line.trim() === '' && (wanted === undefined || spaces < wanted)) {
      lines.push('')
      deepest = Math.max(deepest, spaces)
    } else {
      if (wanted === undefined && deepest > spaces) throw wrong(reader)
      wanted ??= Math.max(spaces, parent + 1)
      if (spaces < wanted) break
      lines.push(line.slice(wanted))
    }
    start = end + 1
  }
  reader.at = Math.min(start, text.length)
  return lines
}

/** Lines that are indented further stay as they are. */
const foldedBlock = (lines: readonly string[]): string => {
  const parts: string[] = []
  for (const [at, line] of lines.entries()) {
    parts.push(line)
    if (at === lines.length - 1) break
    const next = String(lines.slice(at + 1).find(each => each !== ''))
    const more = isSpaceAt(line, 0) && line !== '' ? true : isSpaceAt(next, 0)
    if (line === '' || more) parts.push('\n')
    else parts.push(lines[at + 1] === '' ? '' : ' ')
  }
  return parts.join('')
}
