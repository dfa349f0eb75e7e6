import { TemplateError } from './errors.ts'

/** strconv.ParseInt. @throws TemplateError */
export const parseInteger = (text: string, least = -(2n ** 63n), most = 2n ** 63n - 1n): bigint => {
  const value =
    text.length < 200 && (least < 0 ? /^[+-]?[0-9]+$/ : /^[0-9]+$/).test(text)
      ? BigInt(text.replace(/^\+/, ''))
      : undefined
  if (value === undefined || value < least || value > most) throw new TemplateError('this is no integer, or too large')
  return value
}

export const parseUnsigned = (text: string): bigint => parseInteger(text, 0n, 2n ** 64n - 1n)

const bases =
  /^([+-]?)(?:(?:0x_?([0-9a-f]+(?:_[0-9a-f]+)*))|(?:0(?:o_?|_)?([0-7]+(?:_[0-7]+)*))|(?:0b_?([01]+(?:_[01]+)*))|(0|[1-9][0-9]*(?:_[0-9]+)*))$/

/** Nobody's integer is longer. */
const longest = 200

/** An integer as Go writes them, `0x1F`, `017` and `1_000` included; undefined when it is none. */
export const integerIn = (text: string): bigint | undefined => {
  const [all, sign, hexadecimal, octal, binary, decimal] =
    text.length > longest ? [] : (bases.exec(text.toLowerCase()) ?? [])
  if (all === undefined) return undefined
  const [prefix, digits] = [
    ['0x', hexadecimal],
    ['0o', octal],
    ['0b', binary],
    ['', decimal],
  ].find(([, found]) => found !== undefined) as [string, string]
  const value = BigInt(prefix + digits.replaceAll('_', ''))
  return sign === '-' ? -value : value
}

const hex = /^([+-]?)0x([0-9a-f]*)\.?([0-9a-f]*)p([+-]?[0-9]{1,6})$/

/** strconv.ParseFloat. @throws TemplateError */
export const parseFloat = (text: string): number => {
  const value = floatOf(text)
  if (value === undefined) throw new TemplateError('this is no number, or too large')
  return value
}

/** Undefined when it is none, or too large. */
export const floatOf = (written: string): number | undefined => {
  const text = written.toLowerCase().replaceAll(/(?<=[0-9a-fx])_(?=[0-9a-f])/g, '')
  if (/^[+-]?inf(?:inity)?$/.test(text)) return text.startsWith('-') ? -Infinity : Infinity
  if (/^nan$/.test(text)) return Number.NaN
  const [, sign, whole = '', part = '', power] = hex.exec(text) ?? []
  if (whole + part !== '') {
    const size = Number(BigInt(`0x${whole}${part}`)) * 2 ** (Number(power) - 4 * part.length)
    return finite(sign === '-' ? -size : size)
  }
  return /^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?$/.test(text) ? finite(Number(text)) : undefined
}

const finite = (value: number): number | undefined => (Number.isFinite(value) ? value : undefined)

/** strconv.ParseBool. @throws TemplateError */
export const parseBoolean = (text: string): boolean => {
  if (['1', 't', 'T', 'true', 'TRUE', 'True'].includes(text)) return true
  if (['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(text)) return false
  throw new TemplateError('this is neither true nor false')
}
