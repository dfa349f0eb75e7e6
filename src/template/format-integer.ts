import { isPrint } from './letters.ts'
import { letterOf, quotedRune } from './quote.ts'
import type { Run } from './value.ts'

/** What stands between `%` and the verb. */
export type Flags = {
  readonly sharp?: boolean
  readonly zero?: boolean
  readonly plus?: boolean
  readonly minus?: boolean
  readonly space?: boolean
  /** `%#v`: as Go would write it. */
  readonly syntax?: boolean
  /** `%+v`: with the names of fields. */
  readonly names?: boolean
  readonly width?: number
  readonly precision?: number
}

/** Letters, and not units of UTF-16. */
const count = (text: string): number => (/[\ud800-\udfff]/.test(text) ? Array.from(text).length : text.length)

/** Fills up to the width: with spaces, or zeros on the left. */
export const pad = (text: string, { width, minus, zero }: Flags, run: Run): string => {
  if (width === undefined || width === 0) return text
  const missing = width - count(text)
  if (missing <= 0) return text
  run.spend(missing >> 3)
  if (minus === true) return text + ' '.repeat(missing)
  return (zero === true ? '0' : ' ').repeat(missing) + text
}

const bases: Readonly<Record<string, number>> = { v: 10, d: 10, b: 2, o: 8, O: 8, x: 16, X: 16 }

/** Undefined when the verb is none for integers. */
export const formatInteger = (
  value: bigint,
  verb: string,
  flags: Flags,
  run: Run,
  unsigned: boolean,
): string | undefined => {
  const base = verb === 'v' && flags.syntax === true && unsigned ? 16 : bases[verb]
  if (base !== undefined)
    return digits(value, verb, base, flags.syntax === true && unsigned ? { ...flags, sharp: true } : flags, run)
  const code = Number(value)
  switch (verb) {
    case 'c':
      return pad(letterOf(code), flags, run)
    case 'q':
      return pad(quotedRune(code, flags.plus), flags, run)
    case 'U':
      return unicode(value, flags, run)
    default:
      return undefined
  }
}

const digits = (value: bigint, verb: string, base: number, flags: Flags, run: Run): string => {
  const { width, precision, minus, zero } = flags
  if (precision === 0 && value === 0n) return pad('', { ...flags, zero: false }, run)
  const sign = value < 0n ? '-' : flags.plus === true ? '+' : flags.space === true ? ' ' : ''
  const zeros =
    precision ?? (zero === true && minus !== true && width !== undefined ? width - (sign === '' ? 0 : 1) : 0)
  run.spend(zeros >> 3)
  const bare = (value < 0n ? -value : value).toString(base).padStart(zeros, '0')
  const whole = sign + prefix(bare, verb, base, flags.sharp === true) + bare
  return pad(verb === 'X' ? whole.toUpperCase() : whole, { ...flags, zero: false }, run)
}

const prefix = (bare: string, verb: string, base: number, sharp: boolean): string => {
  if (verb === 'O') return sharp && !bare.startsWith('0') ? '0o0' : '0o'
  if (!sharp) return ''
  if (base === 8) return bare.startsWith('0') ? '' : '0'
  return ({ 2: '0b', 10: '', 16: '0x' } as const)[base as 2 | 10 | 16]
}

const unicode = (value: bigint, flags: Flags, run: Run): string => {
  const code = BigInt.asUintN(64, value)
  const letter = code <= 0x10ffffn ? letterOf(Number(code)) : ''
  const shown = flags.sharp === true && isPrint(letter) ? ` '${letter}'` : ''
  const zeros = Math.max(4, flags.precision ?? 0)
  run.spend(zeros >> 3)
  return pad(`U+${code.toString(16).toUpperCase().padStart(zeros, '0')}${shown}`, { ...flags, zero: false }, run)
}
