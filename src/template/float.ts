/** The digits of a positive number without its point, and where the point stands: 0.0012 is 12 and -2. */
type Decimal = { readonly digits: string; readonly point: number }

/** As few digits as tell this number from all others. */
const shortest = (value: number): Decimal => {
  if (value === 0) return { digits: '', point: 0 }
  const [mantissa = '', power] = value.toExponential().split('e')
  return { digits: mantissa.replace('.', ''), point: Number(power) + 1 }
}

/** All its digits: a double has at most 767. */
const exact = (value: number): Decimal => {
  if (value === 0) return { digits: '', point: 0 }
  let [mantissa, power] = [value, 0]
  while (!Number.isInteger(mantissa)) [mantissa, power] = [mantissa * 2, power + 1]
  const whole = String(BigInt(mantissa) * 5n ** BigInt(power))
  return { digits: whole.replace(/0+$/, ''), point: whole.length - power }
}

/** Keeps so many digits; a half goes to the even one. */
const round = ({ digits, point }: Decimal, keep: number): Decimal => {
  if (keep >= digits.length) return { digits, point }
  if (keep < 0) return { digits: '', point: 0 }
  const kept = digits.slice(0, keep)
  const rest = digits.slice(keep)
  const half = rest[0] === '5' && /^50*$/.test(rest)
  const up = half ? Number(kept.at(-1) ?? 0) % 2 === 1 : Number(rest[0]) >= 5
  if (!up) return { digits: kept.replace(/0+$/, ''), point: /^0*$/.test(kept) ? 0 : point }
  const more = String(BigInt(`0${kept}`) + 1n)
  return { digits: more.replace(/0+$/, ''), point: point + (more.length > keep ? 1 : 0) }
}

const fixed = ({ digits, point }: Decimal, precision: number): string => {
  const whole = point > 0 ? digits.slice(0, point).padEnd(point, '0') : '0'
  const part = (point > 0 ? digits.slice(point) : '0'.repeat(-point) + digits)
    .slice(0, precision)
    .padEnd(precision, '0')
  return precision > 0 ? `${whole}.${part}` : whole
}

const scientific = ({ digits, point }: Decimal, precision: number, letter: string): string => {
  const power = digits === '' ? 0 : point - 1
  const part = digits.slice(1, precision + 1).padEnd(precision, '0')
  const tail = `${letter}${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`
  return `${digits[0] ?? '0'}${precision > 0 ? `.${part}` : ''}${tail}`
}

export type FloatVerb = 'e' | 'E' | 'f' | 'g' | 'G'

/** As strconv.FormatFloat writes it. @param precision as few digits as needed when absent */
export const formatFloat = (value: number, verb: FloatVerb, precision?: number): string => {
  if (Number.isNaN(value)) return 'NaN'
  const sign = value < 0 || Object.is(value, -0) ? '-' : ''
  const size = Math.abs(value)
  if (size === Infinity) return `${sign === '' ? '+' : sign}Inf`
  return sign + formatSize(size, verb, precision)
}

const formatSize = (size: number, verb: FloatVerb, precision: number | undefined): string => {
  const all = precision === undefined ? shortest(size) : exact(size)
  if (verb === 'f') {
    const places = precision ?? Math.max(0, all.digits.length - all.point)
    return fixed(round(all, all.point + places), places)
  }
  if (verb === 'e' || verb === 'E') {
    const places = precision ?? Math.max(0, all.digits.length - 1)
    return scientific(round(all, places + 1), places, verb)
  }
  return general(all, verb, precision)
}

const general = (all: Decimal, verb: FloatVerb, precision: number | undefined): string => {
  const wanted = precision === 0 ? 1 : precision
  const kept = wanted === undefined ? all : round(all, wanted)
  const { digits, point } = kept
  const power = digits === '' ? 0 : point - 1
  const limit = wanted === undefined ? 6 : wanted > digits.length && digits.length >= point ? digits.length : wanted
  return power < -4 || (digits !== '' && power >= limit)
    ? scientific(kept, Math.max(0, digits.length - 1), verb === 'g' ? 'e' : 'E')
    : fixed(kept, Math.max(0, digits.length - point))
}
