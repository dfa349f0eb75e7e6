import { compareText } from './bytes.ts'

/**
 * A value as Go's reflection would see it. `string` and `boolean` are Go's, `bigint` is int, `number` is float64;
 * `null` is a nil interface, `undefined` no value at all: Go prints it as `<no value>`.
 */
export type Value =
  | undefined
  | null
  | string
  | boolean
  | number
  | bigint
  | Int
  | JsonNumber
  | List
  | Dict
  | Struct
  | NilPointer
  | Channel

export type Int = { readonly kind: 'int'; readonly type: 'int64' | 'uint64' | 'uint8'; readonly value: bigint }

/** A number of Vault's, digit for digit: to Go a kind of string. */
export type JsonNumber = { readonly kind: 'json-number'; readonly text: string }

export type List = {
  readonly kind: 'list'
  readonly element: string
  readonly items: readonly Value[]
  readonly nil: boolean
}

/** Some functions of sprig change it in place. */
export type Dict = {
  readonly kind: 'map'
  readonly key: 'string' | 'interface {}'
  readonly element: string
  readonly entries: Map<Value, Value>
  readonly nil: boolean
}

export type Struct = {
  readonly kind: 'struct'
  readonly type: string
  /** Whether templates have a pointer to it. */
  readonly pointer: boolean
  readonly fields: ReadonlyMap<string, Value>
  readonly methods?: ReadonlyMap<string, Callable>
}

export type NilPointer = { readonly kind: 'nil-pointer'; readonly type: string }

/** Of `loop`: what one range has taken is gone for the next. */
export type Channel = { readonly kind: 'channel'; next: bigint; readonly stop: bigint }

/** The type of a parameter: `value` takes whatever there is, even nothing. */
export type Parameter =
  | 'any'
  | 'value'
  | 'string'
  | 'int'
  | 'int64'
  | 'bool'
  | 'float64'
  | '[]string'
  | '[]interface {}'
  | 'map[string]interface {}'
  | '[]*dependency.KeyPair'

export type Callable = {
  readonly parameters: readonly Parameter[]
  /** Type of any further arguments. */
  readonly rest?: Parameter
  readonly call: (args: readonly Value[], run: Run) => Value
}

/** What a function may use besides its arguments. */
export type Run = {
  /** Counts work: steps, or letters made. @throws TemplateError when it is too much */
  readonly spend: (steps: number) => void
  /** Refuses a text of so many letters before it is made. @throws TemplateError */
  readonly room: (letters: number) => void
  /** Nanoseconds of a clock are nobody's: milliseconds since 1970. */
  readonly now: number
  readonly env: Readonly<Record<string, string>>
  /** What is made of Vault's answer, once; undefined when it has not been asked yet, which is noted. */
  readonly ask: (request: VaultRequest, made: (answer: unknown) => Value) => Value
  readonly scratch: Struct
  /** The text of another template. @throws TemplateError */
  readonly include: (name: string, dot: Value) => string
  /** A file besides the one that is rendered. */
  readonly write: (file: WrittenFile) => void
}

/** What a template asks of Vault. `params` of a read are its query. */
export type VaultRequest = {
  readonly method: 'read' | 'write' | 'list' | 'pki'
  readonly path: string
  readonly params: Readonly<Record<string, string>>
}

/** What `writeToFile` was asked for. */
export type WrittenFile = {
  readonly path: string
  /** A name or number; the agent's own when empty. */
  readonly user: string
  readonly group: string
  readonly mode: number
  readonly append: boolean
  readonly contents: Uint8Array
}

export const int64 = (value: bigint): Int => ({ kind: 'int', type: 'int64', value: BigInt.asIntN(64, value) })
export const uint64 = (value: bigint): Int => ({ kind: 'int', type: 'uint64', value: BigInt.asUintN(64, value) })
export const uint8 = (value: number): Int => ({ kind: 'int', type: 'uint8', value: BigInt(value) })

export const list = (items: readonly Value[], element = 'interface {}'): List => ({
  kind: 'list',
  element,
  items,
  nil: false,
})

export const nilList = (element: string): List => ({ kind: 'list', element, items: [], nil: true })

export const dict = (entries: Iterable<readonly [Value, Value]>, element = 'interface {}'): Dict => ({
  kind: 'map',
  key: 'string',
  element,
  entries: new Map(entries),
  nil: false,
})

export const nilDict = (element = 'interface {}'): Dict => ({ ...dict([], element), nil: true })

type Boxed = Exclude<Value, undefined | null | string | boolean | number | bigint>

export const isBoxed = (value: Value): value is Boxed => typeof value === 'object' && value !== null

export const isList = (value: Value): value is List => isBoxed(value) && value.kind === 'list'
export const isDict = (value: Value): value is Dict => isBoxed(value) && value.kind === 'map'
export const isInt = (value: Value): value is Int => isBoxed(value) && value.kind === 'int'
export const isJsonNumber = (value: Value): value is JsonNumber => isBoxed(value) && value.kind === 'json-number'

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

export type Kind = 'bool' | 'int' | 'uint' | 'float' | 'string' | 'list' | 'map' | 'struct' | 'pointer' | 'chan' | 'none'

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
  if (!isBoxed(value)) return typeof value === 'bigint' ? value !== 0n : typeof value === 'number' ? value !== 0 : Boolean(value)
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

const rank = (key: Value): number =>
  ['none', 'int', 'uint', 'string', 'float', 'bool'].indexOf(kindOf(key))

const compareKeys = (a: Value, b: Value): number => {
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b)
  if (rank(a) !== rank(b)) return rank(a) - rank(b)
  const [left, right] = [integerOf(a) ?? Number(a), integerOf(b) ?? Number(b)]
  return left < right ? -1 : Number(left > right)
}

/** In the order Go prints and ranges them. */
export const sorted = (map: Dict): readonly (readonly [Value, Value])[] =>
  [...map.entries].sort(([a], [b]) => compareKeys(a, b))
