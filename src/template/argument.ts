import { TemplateError } from './errors.ts'
import { typeOf } from './kind.ts'
import type { Word } from './nodes.ts'
import { nilDict, nilList, type Parameter, type Value } from './value.ts'

type Literal = Word & { readonly kind: 'bool' | 'string' | 'number' }

const takesAny = (type: Parameter): boolean => type === 'any' || type === 'value'

/** What stands in the template where a parameter of this type is. @throws TemplateError */
export const literalFor = (word: Literal, type: Parameter): Value => {
  if (word.kind === 'number') return numberFor(word, type)
  const value = word.kind === 'bool' ? word.value : word.text
  if (takesAny(type) || type === typeOf(value)) return value
  throw new TemplateError(`expected ${type}`, word.at)
}

const numberFor = (word: Literal & { readonly kind: 'number' }, type: Parameter): Value => {
  if (type === 'float64') return word.float
  const value = takesAny(type) ? word.value : type === 'int' ? word.int : undefined
  if (value !== undefined) return value
  throw new TemplateError(takesAny(type) ? 'this number is too large for an int' : `expected ${type}`, word.at)
}

/** A value where a parameter of this type is: Go converts none. @throws TemplateError */
export const valueFor = (value: Value, type: Parameter, at: number): Value => {
  if (type === 'value' || (type === 'any' && value !== undefined) || typeOf(value) === type) return value
  if (value === undefined) {
    if (type === 'any') return null
    if (type === 'map[string]interface {}') return nilDict()
    if (type.startsWith('[]')) return nilList(type.slice(2))
  }
  throw new TemplateError(`expected ${type}; this is ${value === undefined ? 'no value' : typeOf(value)}`, at)
}
