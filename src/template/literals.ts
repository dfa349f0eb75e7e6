import { joined } from './bytes.ts'
import type { Numeral } from './nodes.ts'
import { floatOf, integerIn } from './number-text.ts'

const simple: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
}

const escape = /^\\(?:([abfnrtv\\'"])|x([0-9a-fA-F]{2})|([0-7]{3})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))/

/** One letter of a quoted string and how much of the text it takes; undefined when Go would not read it. */
const letter = (text: string, quote: string): { readonly text: string; readonly length: number } | undefined => {
  if (!text.startsWith('\\')) {
    const one = String.fromCodePoint(Number(text.codePointAt(0)))
    return { text: one, length: one.length }
  }
  const match = escape.exec(text)
  if (match === null) return undefined
  const [all, name, hex = '', octal, short = '', long = ''] = match
  if (name !== undefined && '\'"'.includes(name)) return name === quote ? { text: name, length: all.length } : undefined
  if (name !== undefined) return { text: String(simple[name]), length: all.length }
  const code = octal === undefined ? Number.parseInt(hex + short + long, 16) : Number.parseInt(octal, 8)
  if (short + long !== '')
    return code > 0x10ffff || (code >= 0xd800 && code < 0xe000)
      ? undefined
      : { text: String.fromCodePoint(code), length: all.length }
  if (code > 255) return undefined
  return { text: code < 0x80 ? String.fromCharCode(code) : String.fromCharCode(0xdc00 + code), length: all.length }
}

/** The text of a string in quotes or backquotes; undefined when Go would not read it. */
export const unquote = (quoted: string): string | undefined => {
  const inner = quoted.slice(1, -1)
  if (quoted.startsWith('`')) return inner.replaceAll('\r', '')
  const parts: string[] = []
  for (let at = 0; at < inner.length;) {
    const next = letter(inner.slice(at, at + 10), '"')
    if (next === undefined) return undefined
    parts.push(next.text)
    at += next.length
  }
  return joined(parts.join(''))
}

/** `'x'` is the number of the letter. */
const character = (quoted: string): Numeral | undefined => {
  const inner = quoted.slice(1, -1)
  const one = inner === '' || inner === "'" ? undefined : letter(inner, "'")
  if (one === undefined || one.length !== inner.length) return undefined
  const code = Number(one.text.codePointAt(0))
  const value = code >= 0xdc80 && code <= 0xdcff ? code - 0xdc00 : code
  return { value: BigInt(value), int: BigInt(value), float: value }
}

const [least, most] = [-(2n ** 63n), 2n ** 63n - 1n]

/** A number as Go's templates read it: undefined where it is none. */
export const numeral = (text: string): Numeral | undefined => {
  if (text.startsWith("'")) return character(text)
  const whole = integerIn(text)
  const fits = whole !== undefined && whole >= least && whole <= most
  if (whole !== undefined) {
    if (!fits && (whole < 0 || whole >= 2n ** 64n)) return undefined
    return { value: fits ? whole : undefined, int: fits ? whole : undefined, float: Number(whole) }
  }
  const value = floatOf(text)
  if (value === undefined || !/[.ep]/i.test(text)) return undefined
  const round = Number.isInteger(value) && value >= -(2 ** 63) && value < 2 ** 63 ? BigInt(value) : undefined
  return { value, int: round, float: value }
}
