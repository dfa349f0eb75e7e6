import { compareText } from './bytes.ts'
import { TemplateError } from './errors.ts'
import { isBoxed, type Value } from './value.ts'
import { integerOf, kindOf, stringOf, typeOf } from './kind.ts'

const basic = ['bool', 'int', 'uint', 'float', 'string']

const compatible = (a: Value, b: Value): boolean => {
  const [left, right] = [kindOf(a), kindOf(b)]
  return left === right || [left, right].every(kind => kind === 'int' || kind === 'uint')
}

const isNil = (value: Value): boolean =>
  value === undefined ||
  value === null ||
  (isBoxed(value) && (value.kind === 'nil-pointer' || ('nil' in value && value.nil)))

/** Whether two values of one kind are the same. */
const same = (a: Value, b: Value): boolean => {
  const [left, right] = [integerOf(a), integerOf(b)]
  if (left !== undefined && right !== undefined) return left === right
  const [text, other] = [stringOf(a), stringOf(b)]
  if (text !== undefined && other !== undefined) return compareText(text, other) === 0
  return a === b
}

const equal = (a: Value, b: Value): boolean => {
  const [left, right] = [kindOf(a), kindOf(b)]
  if (basic.includes(left) || basic.includes(right)) {
    if (compatible(a, b)) return same(a, b)
    if (left === 'none' || right === 'none') return false
    throw new TemplateError(`${typeOf(a)} and ${typeOf(b)} cannot be compared`)
  }
  if (left !== right && left !== 'none' && right !== 'none')
    throw new TemplateError(`${typeOf(a)} and ${typeOf(b)} cannot be compared`)
  if (isNil(a) || isNil(b)) return isNil(a) === isNil(b)
  if (!['pointer', 'chan'].includes(right)) throw new TemplateError(`${typeOf(b)} cannot be compared`)
  return same(a, b)
}

/** `eq`: whether the first is one of the others. */
export const isOneOf = ([first, ...others]: readonly Value[]): boolean => {
  if (others.length === 0) throw new TemplateError('there is nothing to compare with')
  return others.some(other => equal(first, other))
}

/** `lt`. */
export const isLess = (a: Value, b: Value): boolean => {
  const [left, right] = [kindOf(a), kindOf(b)]
  for (const [kind, value] of [
    [left, a],
    [right, b],
  ] as const)
    if (!basic.includes(kind)) throw new TemplateError(`${typeOf(value)} cannot be compared`)
  if (!compatible(a, b)) throw new TemplateError(`${typeOf(a)} and ${typeOf(b)} cannot be compared`)
  if (left === 'bool') throw new TemplateError('bool has no order')
  const [text, other] = [stringOf(a), stringOf(b)]
  if (text !== undefined && other !== undefined) return compareText(text, other) < 0
  return (integerOf(a) ?? Number(a)) < (integerOf(b) ?? Number(b))
}
