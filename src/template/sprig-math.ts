import { toFloat, toInt64 } from './cast.ts'
import { fn, type Functions, variadic } from './callable.ts'
import { divided, type Decimal, decimalOf, minus, numberOf, plus, times } from './decimal.ts'
import { TemplateError } from './errors.ts'
import { plain } from './format-value.ts'
import { int64, list, type Run, type Value } from './value.ts'

/** sprig's arithmetic, without its prefix: on int64, whatever is given, and in decimals for those with an f. */
export const sprigMath: Functions = {
  int: fn(['any'], ([value]) => toInt64(value)),
  int64: fn(['any'], ([value]) => int64(toInt64(value))),
  float64: fn(['any'], ([value]) => toFloat(value)),
  atoi: fn(['string'], ([text]) => (/^[+-]?[0-9]{1,19}$/.test(text) ? fitted(BigInt(text.replace(/^\+/, ''))) : 0n)),
  toDecimal: fn(['any'], ([value], run) => {
    const text = plain(value, run)
    const size = /^[+-]?[0-7]{1,22}$/.test(text) ? BigInt(`0o${text.replace(/^[+-]/, '')}`) : 0n
    return int64(fitted(text.startsWith('-') ? -size : size))
  }),
  seq: variadic([], 'int', (numbers, run) => sequence(numbers, run)),
  until: fn(['int'], ([count], run) => steps(0n, count, count < 0n ? -1n : 1n, run)),
  untilStep: fn(['int', 'int', 'int'], ([start, stop, step], run) => steps(start, stop, step, run)),
  add1: fn(['any'], ([value]) => int64(toInt64(value) + 1n)),
  add: variadic([], 'any', values => int64(values.reduce((sum: bigint, value) => sum + toInt64(value), 0n))),
  sub: fn(['any', 'any'], ([a, b]) => int64(toInt64(a) - toInt64(b))),
  div: fn(['any', 'any'], ([a, b]) => int64(toInt64(a) / notZero(toInt64(b)))),
  mod: fn(['any', 'any'], ([a, b]) => int64(toInt64(a) % notZero(toInt64(b)))),
  mul: variadic(['any'], 'any', ([first, ...others]) =>
    int64(others.reduce((product: bigint, value) => BigInt.asIntN(64, product * toInt64(value)), toInt64(first))),
  ),
  add1f: fn(['any'], ([value]) => decimals(plus, value, [1n])),
  addf: variadic([], 'any', values => decimals(plus, 0n, values)),
  subf: variadic(['any'], 'any', ([first, ...others]) => decimals(minus, first, others)),
  divf: variadic(['any'], 'any', ([first, ...others]) => decimals(divided, first, others)),
  mulf: variadic(['any'], 'any', ([first, ...others]) => decimals(times, first, others)),
  biggest: variadic(['any'], 'any', values => int64(most(values))),
  max: variadic(['any'], 'any', values => int64(most(values))),
  min: variadic(['any'], 'any', values => int64(-most(values.map(value => int64(-toInt64(value)))))),
  maxf: variadic(['any'], 'any', values => Math.max(...values.map(toFloat))),
  minf: variadic(['any'], 'any', values => Math.min(...values.map(toFloat))),
  ceil: fn(['any'], ([value]) => Math.ceil(toFloat(value))),
  floor: fn(['any'], ([value]) => Math.floor(toFloat(value))),
  round: variadic(['any', 'int'], 'float64', ([value, places, on = 0.5]) => {
    const power = 10 ** Number(places)
    const digit = power * toFloat(value)
    return (digit - Math.trunc(digit) >= on ? Math.ceil(digit) : Math.floor(digit)) / power
  }),
}

const fitted = (value: bigint): bigint =>
  BigInt.asIntN(64, value) === value ? value : value < 0n ? -(2n ** 63n) : 2n ** 63n - 1n

const notZero = (value: bigint): bigint => {
  if (value === 0n) throw new TemplateError('division by zero')
  return value
}

const most = (values: readonly Value[]): bigint => {
  const [first = 0n, ...others] = values.map(toInt64)
  return others.reduce((best, value) => (value > best ? value : best), first)
}

const counted = (start: bigint, stop: bigint, step: bigint, run: Run): readonly bigint[] => {
  const down = stop < start
  if (down ? step >= 0n : step <= 0n) return []
  const count = Number((down ? start - stop - step - 1n : stop - start + step - 1n) / (down ? -step : step))
  run.spend(count)
  return Array.from({ length: count }, (_, at) => start + BigInt(at) * step)
}

const steps = (start: bigint, stop: bigint, step: bigint, run: Run): Value =>
  list(counted(start, stop, step, run), 'int')

const sequence = (numbers: readonly bigint[], run: Run): string => {
  if (numbers.length === 0 || numbers.length > 3) return ''
  const [first = 0n, last = 0n] = [numbers.length === 1 ? 1n : numbers[0], numbers.at(-1)]
  const way = last < first ? -1n : 1n
  const step = numbers.length === 3 ? (numbers[1] as bigint) : way
  if (way < 0n && step > 0n) return ''
  return counted(first, last + way, step, run).join(' ')
}

const decimals = (how: (a: Decimal, b: Decimal) => Decimal, first: Value, others: readonly Value[]): number =>
  numberOf(others.reduce((result: Decimal, value) => how(result, decimalOf(toFloat(value))), decimalOf(toFloat(first))))
