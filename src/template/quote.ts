import { isPrint } from './letters.ts'

const named: Readonly<Record<string, string>> = {
  '\x07': String.raw`\a`,
  '\b': String.raw`\b`,
  '\f': String.raw`\f`,
  '\n': String.raw`\n`,
  '\r': String.raw`\r`,
  '\t': String.raw`\t`,
  '\v': String.raw`\v`,
  '\\': '\\\\',
}

const hex = (code: number, length: number): string => code.toString(16).padStart(length, '0')

const escape = (letter: string, mark: string, ascii: boolean): string => {
  if (letter === mark) return `\\${mark}`
  const short = named[letter]
  if (short !== undefined) return short
  const code = Number(letter.codePointAt(0))
  if (code >= 0xdc80 && code <= 0xdcff) return String.raw`\x${hex(code - 0xdc00, 2)}`
  if (code < 0x80 ? code >= 0x20 && code < 0x7f : !ascii && isPrint(letter)) return letter
  if (code < 0x80) return String.raw`\x${hex(code, 2)}`
  return code < 0x10000 ? String.raw`\u${hex(code, 4)}` : String.raw`\U${hex(code, 8)}`
}

/** As strconv.Quote writes it. @param ascii whether all other letters are escaped */
export const quoted = (text: string, ascii = false): string =>
  /^[ !#-[\]-~]*$/.test(text) ? `"${text}"` : `"${Array.from(text, letter => escape(letter, '"', ascii)).join('')}"`

/** As strconv.QuoteRune writes it. */
export const quotedRune = (code: number, ascii = false): string => `'${escape(letterOf(code), "'", ascii)}'`

export const letterOf = (code: number): string =>
  code < 0 || code > 0x10ffff || (code >= 0xd800 && code < 0xe000) ? '\ufffd' : String.fromCodePoint(code)

/** As strconv.CanBackquote. */
export const canBackquote = (text: string): boolean =>
  // oxlint-disable-next-line no-control-regex -- they are what cannot be
  text.isWellFormed() && !/[\0-\x08\n-\x1f`\x7f\ufeff]/.test(text)
