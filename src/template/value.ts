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
  readonly digest: Digest
  /** What is made of Vault's answer, once; undefined when it has not been asked yet, which is noted. */
  readonly ask: (request: VaultRequest, made: (answer: unknown) => Value) => Value
  readonly scratch: Struct
  /** The text of another template. @throws TemplateError */
  readonly include: (name: string, dot: Value) => string
  /** A file besides the one that is rendered. */
  readonly write: (file: WrittenFile) => void
}

/** A hash, keyed or not, in hexadecimal. @param algorithm as node:crypto calls it */
export type Digest = (algorithm: string, data: Uint8Array, key?: Uint8Array) => string

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

/** Of making a value; looking at one costs an eighth. */
export const cost = (value: Value): number => {
  if (typeof value === 'string') return value.length >> 3
  if (!isBoxed(value)) return 0
  return value.kind === 'list' ? value.items.length : value.kind === 'map' ? value.entries.size : 0
}
