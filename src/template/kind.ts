import { compareText } from './bytes.ts'
import { type Dict, isBoxed, isInt, isJsonNumber, type Value } from './value.ts'

/** As `%T` prints it. */
export const typeOf = (value: Value): string => {
  if (typeof value === 'string') return 'string'
  if (typeof value === 'bigint') return 'int'
  if (typeof value === 'number') return 'float64'
  if (typeof value === 'boolean') return 'bool'
  if (!isBoxed(value)) return '<nil>'
  switch (value.kind) {
    case 'int':
    case 'nil-pointer':
      return value.type
    case 'json-number':
      return 'json.Number'
    case 'list':
      return `[]${value.element}`
    case 'map':
      return `map[${value.key}]${value.element}`
    case 'struct':
      return value.pointer ? `*${value.type}` : value.type
    case 'channel':
      return '<-chan int64'
  }
}

export type Kind =
  | 'bool'
  | 'int'
  | 'uint'
  | 'float'
  | 'string'
  | 'list'
  | 'map'
  | 'struct'
  | 'pointer'
  | 'chan'
  | 'none'

/** Go's kinds, as far as they behave differently. */
export const kindOf = (value: Value): Kind => {
  if (typeof value === 'string') return 'string'
  if (typeof value === 'bigint') return 'int'
  if (typeof value === 'number') return 'float'
  if (typeof value === 'boolean') return 'bool'
  if (!isBoxed(value)) return 'none'
  switch (value.kind) {
    case 'int':
      return value.type === 'int64' ? 'int' : 'uint'
    case 'json-number':
      return 'string'
    case 'list':
    case 'map':
      return value.kind
    case 'struct':
      return value.pointer ? 'pointer' : 'struct'
    case 'nil-pointer':
      return 'pointer'
    case 'channel':
      return 'chan'
  }
}

/** What a pointer leads to. */
export const pointed = (value: Value): Value =>
  isBoxed(value) && value.kind === 'struct' && value.pointer ? { ...value, pointer: false } : value

/** Of kind int or uint. */
export const integerOf = (value: Value): bigint | undefined =>
  typeof value === 'bigint' ? value : isInt(value) ? value.value : undefined

/** Of kind string. */
export const stringOf = (value: Value): string | undefined =>
  typeof value === 'string' ? value : isJsonNumber(value) ? value.text : undefined

/** What `if`, `and`, `or` and `not` go by. */
export const isTrue = (value: Value): boolean => {
  if (!isBoxed(value))
    return typeof value === 'bigint' ? value !== 0n : typeof value === 'number' ? value !== 0 : Boolean(value)
  switch (value.kind) {
    case 'int':
      return value.value !== 0n
    case 'json-number':
      return value.text !== ''
    case 'list':
      return value.items.length > 0
    case 'map':
      return value.entries.size > 0
    case 'struct':
    case 'channel':
      return true
    case 'nil-pointer':
      return false
  }
}

const rank = (key: Value): number => ['none', 'int', 'uint', 'string', 'float', 'bool'].indexOf(kindOf(key))

const compareKeys = (a: Value, b: Value): number => {
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b)
  if (rank(a) !== rank(b)) return rank(a) - rank(b)
  const [left, right] = [integerOf(a) ?? Number(a), integerOf(b) ?? Number(b)]
  return left < right ? -1 : Number(left > right)
}

/** In the order Go prints and ranges them. */
export const sorted = (map: Dict): readonly (readonly [Value, Value])[] =>
  [...map.entries].sort(([a], [b]) => compareKeys(a, b))
