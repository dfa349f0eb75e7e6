import { integerIn } from './number-text.ts'

/** What a plain scalar of YAML 1.1 is, as yaml.v2 reads it. */
export type Scalar = null | boolean | number | bigint | string | { readonly other: 'timestamp' | 'merge' }

const words: Readonly<Record<string, readonly string[]>> = {
  true: ['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'],
  false: ['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'],
  null: ['', '~', 'null', 'Null', 'NULL'],
}

const infinity = /^([+-]?)\.(?:inf|Inf|INF)$/

const [least, most] = [-(2n ** 63n), 2n ** 64n]

const number = (text: string): number | bigint | undefined => {
  const plain = text.replaceAll('_', '')
  const whole = integerIn(plain)
  if (whole !== undefined && whole >= least && whole < most && (whole < most / 2n || !/^[+-]/.test(plain))) return whole
  if (!/^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/.test(plain)) return undefined
  const float = Number(plain)
  return Number.isFinite(float) ? float : undefined
}

const timestamp =
  /^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt][0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}(?:[.,][0-9]+)?(?:Z|[+-][0-9]{2}:[0-9]{2})| [0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}(?:[.,][0-9]+)?)?$/

export const resolve = (text: string): Scalar => {
  if (words['true']?.includes(text) === true) return true
  if (words['false']?.includes(text) === true) return false
  if (words['null']?.includes(text) === true) return null
  if (text === '<<') return { other: 'merge' }
  if (/^\.(?:nan|NaN|NAN)$/.test(text)) return Number.NaN
  const [infinite, sign] = infinity.exec(text) ?? []
  if (infinite !== undefined) return sign === '-' ? -Infinity : Infinity
  if (!/^[0-9.+-]/.test(text)) return text
  if (timestamp.test(text)) return { other: 'timestamp' }
  if (text.startsWith('.') && !/^\.[0-9]+(?:[eE][-+]?[0-9]+)?$/.test(text)) return text
  return number(text) ?? text
}

/** YAML 1.0 would take it for a number of base 60. */
export const isBase60 = (text: string): boolean => /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/.test(text)
