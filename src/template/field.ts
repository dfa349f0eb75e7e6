import { fn, type Functions } from './callable.ts'
import { TemplateError } from './errors.ts'
import {
  type Callable,
  type Dict,
  int64,
  isBoxed,
  isJsonNumber,
  type JsonNumber,
  type Struct,
  type Value,
} from './value.ts'

/** What a map without the key gives. */
export const zero = (element: string): Value => (element === 'string' ? '' : null)

/**
 * `.name` of a value, or the method of that name.
 * @throws TemplateError
 */
export const fieldOf = (
  value: Value,
  name: string,
  strict: boolean,
  at: number,
): Value | { readonly method: Callable } => {
  if (value === undefined) {
    if (strict) throw new TemplateError(`there is no value to have ${name}`, at)
    return undefined
  }
  if (value === null)
    throw new TemplateError(`there is no value to have ${name}: what comes before it is missing or null`, at)
  if (isBoxed(value)) {
    if (value.kind === 'map') return entry(value, name, strict, at)
    if (value.kind === 'struct') return memberOf(value, name, at)
    if (isJsonNumber(value)) {
      const method = Object.hasOwn(numberMethods, name) ? numberMethods[name] : undefined
      if (method !== undefined) return { method: bound(method, value) }
    }
  }
  throw new TemplateError(`this has no field ${name}`, at)
}

const entry = (map: Dict, name: string, strict: boolean, at: number): Value => {
  if (map.entries.has(name)) return map.entries.get(name)
  if (strict) throw new TemplateError(`the map has no entry ${name}`, at)
  return zero(map.element)
}

const memberOf = (struct: Struct, name: string, at: number): Value | { readonly method: Callable } => {
  const method = struct.methods?.get(name)
  if (method !== undefined) return { method }
  if (struct.fields.has(name)) return struct.fields.get(name)
  throw new TemplateError(`${struct.type} has no field ${name}`, at)
}

const bound = (method: Callable, value: JsonNumber): Callable => ({
  parameters: [],
  call: (_, run) => method.call([value], run),
})

/** Of json.Number. */
const numberMethods: Functions = {
  String: fn(['value'], ([number]) => (number as JsonNumber).text),
  Int64: fn(['value'], ([number]) => {
    const { text } = number as JsonNumber
    const whole = /^-?[0-9]+$/.test(text) ? BigInt(text) : undefined
    if (whole === undefined || BigInt.asIntN(64, whole) !== whole) throw new TemplateError('this is no int64')
    return int64(whole)
  }),
  Float64: fn(['value'], ([number]) => {
    const float = Number((number as JsonNumber).text)
    if (!Number.isFinite(float)) throw new TemplateError('this is no float64')
    return float
  }),
}
