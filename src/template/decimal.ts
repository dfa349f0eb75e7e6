import { TemplateError } from './errors.ts'

/** coefficient × 10^exponent. */
export type Decimal = { readonly coefficient: bigint; readonly exponent: number }

/** The shortest decimal that is this number. */
export const decimalOf = (value: number): Decimal => {
  if (!Number.isFinite(value)) throw new TemplateError('infinity and NaN have no decimal')
  const [mantissa = '', power] = value.toExponential().split('e')
  const [whole = '', part = ''] = mantissa.split('.')
  return { coefficient: BigInt(whole + part), exponent: Number(power) - part.length }
}

export const numberOf = ({ coefficient, exponent }: Decimal): number => Number(`${coefficient}e${exponent}`)

/** Longer ones are nobody's; a product of a few doubles has a hundred digits. */
const longest = 2n ** 20_000n

const checked = (value: Decimal): Decimal => {
  if (value.coefficient > longest || value.coefficient < -longest)
    throw new TemplateError('a number has too many digits')
  return value
}

const aligned = (a: Decimal, b: Decimal): readonly [bigint, bigint, number] => {
  const exponent = Math.min(a.exponent, b.exponent)
  return [
    a.coefficient * 10n ** BigInt(a.exponent - exponent),
    b.coefficient * 10n ** BigInt(b.exponent - exponent),
    exponent,
  ]
}

export const plus = (a: Decimal, b: Decimal): Decimal => {
  const [left, right, exponent] = aligned(a, b)
  return checked({ coefficient: left + right, exponent })
}

export const minus = (a: Decimal, b: Decimal): Decimal => plus(a, { ...b, coefficient: -b.coefficient })

export const times = (a: Decimal, b: Decimal): Decimal =>
  checked({ coefficient: a.coefficient * b.coefficient, exponent: a.exponent + b.exponent })

const places = 16

/** To 16 places behind the point, a half away from zero. */
export const divided = (a: Decimal, b: Decimal): Decimal => {
  if (b.coefficient === 0n) throw new TemplateError('division by zero')
  const [left, right] = aligned(a, b)
  const doubled = (2n * left * 10n ** BigInt(places)) / right
  const half = doubled % 2n
  return { coefficient: doubled / 2n + half, exponent: -places }
}
