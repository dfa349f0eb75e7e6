import { fn, type Functions } from './callable.ts'
import { TemplateError } from './errors.ts'
import { int64, uint64, type Value } from './value.ts'
import { integerOf, kindOf, typeOf } from './kind.ts'

type Whole = (a: bigint, b: bigint) => bigint
type Real = (a: number, b: number) => number

/** The arithmetic of consul-template: the second operand comes first, so that it reads `5 | add 1`. */
export const mathFunctions: Functions = {
  add: operation(
    (a, b) => a + b,
    (a, b) => a + b,
  ),
  subtract: operation(
    (a, b) => a - b,
    (a, b) => a - b,
  ),
  multiply: operation(
    (a, b) => a * b,
    (a, b) => a * b,
  ),
  divide: operation(
    (a, b) => a / notZero(b),
    (a, b) => a / b,
  ),
  modulo: operation((a, b) => a % notZero(b), undefined),
  minimum: choice((a, b) => a < b),
  maximum: choice((a, b) => a > b),
}

function operation(whole: Whole, real: Real | undefined) {
  return fn(['any', 'any'], ([b, a]) => {
    const [left, right] = [integerOf(a), integerOf(b)]
    if (left !== undefined && right !== undefined)
      return kindOf(a) === 'uint' && kindOf(b) === 'uint'
        ? uint64(whole(left, right))
        : int64(whole(BigInt.asIntN(64, left), BigInt.asIntN(64, right)))
    if (real === undefined) throw new TemplateError('it takes integers')
    return real(realOf(a), realOf(b))
  })
}

function choice(first: (a: number | bigint, b: number | bigint) => boolean) {
  return fn(['any', 'any'], ([b, a]) => (first(comparable(a, b), comparable(b, a)) ? widened(a) : widened(b)))
}

const notZero = (value: bigint): bigint => {
  if (value === 0n) throw new TemplateError('division by zero')
  return value
}

const realOf = (value: Value): number => {
  const whole = integerOf(value)
  if (whole !== undefined) return Number(whole)
  if (typeof value !== 'number') throw new TemplateError(`${typeOf(value)} is no number`)
  return value
}

/** Integers stay what they are beside integers. */
const comparable = (value: Value, other: Value): number | bigint => {
  const whole = integerOf(value)
  if (whole === undefined || integerOf(other) === undefined) return realOf(value)
  return kindOf(other) === 'uint' && kindOf(value) === 'uint' ? whole : BigInt.asIntN(64, whole)
}

const widened = (value: Value): Value => {
  const whole = integerOf(value)
  if (whole === undefined) return realOf(value)
  return kindOf(value) === 'uint' ? uint64(whole) : int64(whole)
}
