import { TemplateError } from './errors.ts'
import { plain } from './format-value.ts'
import { floatOf, integerIn } from './number-text.ts'
import { isBoxed, isList, type List, type Run, type Value } from './value.ts'
import { integerOf, kindOf, sorted, stringOf } from './kind.ts'

const hasRoom = (value: number): boolean => value >= -(2 ** 63) && value < 2 ** 63

const longest = 100

/** cast.ToInt64: what is no number is 0. */
export const toInt64 = (value: Value): bigint => {
  const whole = integerOf(value)
  if (whole !== undefined) return BigInt.asIntN(64, whole)
  if (typeof value === 'number') return hasRoom(value) ? BigInt(Math.trunc(value)) : -(2n ** 63n)
  if (typeof value === 'boolean') return value ? 1n : 0n
  const text = stringOf(value)
  if (text === undefined || text.length > longest) return 0n
  const parsed = integerIn(text.replace(/\.0+$/, ''))
  return parsed === undefined || BigInt.asIntN(64, parsed) !== parsed ? 0n : parsed
}

/** cast.ToFloat64: what is no number is 0. */
export const toFloat = (value: Value): number => {
  const whole = integerOf(value)
  if (whole !== undefined) return Number(whole)
  if (typeof value === 'number') return value
  if (typeof value === 'boolean') return value ? 1 : 0
  const text = stringOf(value)
  return text === undefined || text.length > longest ? 0 : (floatOf(text) ?? 0)
}

/** Any value as text. */
export const toText = (value: Value, run: Run): string => plain(value, run)

/** A list as texts, without what is null; one value as a list of it. */
export const toTexts = (value: Value, run: Run): readonly string[] => {
  if (value === null || value === undefined) return []
  const items = isList(value) ? value.items : [value]
  return items.filter(item => item !== null && item !== undefined).map(item => toText(item, run))
}

/** What counts as not set. */
export const isEmpty = (value: Value): boolean => {
  if (!isBoxed(value))
    return value === null || value === undefined || value === '' || value === false || value === 0 || value === 0n
  switch (value.kind) {
    case 'list':
      return value.items.length === 0
    case 'map':
      return value.entries.size === 0
    case 'json-number':
      return value.text === ''
    case 'int':
      return value.value === 0n
    case 'nil-pointer':
      return true
    case 'struct':
    case 'channel':
      return false
  }
}

/** @throws TemplateError */
export const listOf = (value: Value): List => {
  if (!isList(value)) throw new TemplateError('it takes a list')
  return value
}

/** reflect.DeepEqual. */
export const isDeepEqual = (a: Value, b: Value, run: Run): boolean => {
  run.spend(1)
  if (!isBoxed(a) || !isBoxed(b)) return a === b || (a ?? null) === (b ?? null)
  if (a === b) return true
  if (a.kind === 'list' && b.kind === 'list')
    return (
      a.element === b.element &&
      a.nil === b.nil &&
      a.items.length === b.items.length &&
      a.items.every((item, at) => isDeepEqual(item, b.items[at], run))
    )
  if (a.kind === 'map' && b.kind === 'map')
    return (
      a.element === b.element &&
      a.key === b.key &&
      a.nil === b.nil &&
      a.entries.size === b.entries.size &&
      sorted(a).every(([key, item]) => b.entries.has(key) && isDeepEqual(item, b.entries.get(key), run))
    )
  if (a.kind === 'int' && b.kind === 'int') return a.type === b.type && a.value === b.value
  return kindOf(a) === 'string' && kindOf(b) === 'string' && stringOf(a) === stringOf(b)
}

/** A copy that shares no map. */
export const deepCopy = (value: Value, run: Run): Value => {
  run.spend(8)
  if (!isBoxed(value)) return value
  if (value.kind === 'list') return { ...value, items: value.items.map(item => deepCopy(item, run)) }
  if (value.kind !== 'map') return value
  return { ...value, entries: new Map([...value.entries].map(([key, item]) => [key, deepCopy(item, run)])) }
}
