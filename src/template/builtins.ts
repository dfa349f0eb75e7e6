import { bytesOf, lengthOf, sliceOf } from './bytes.ts'
import { fn, type Functions, variadic } from './callable.ts'
import { isLess, isOneOf } from './compare.ts'
import { TemplateError } from './errors.ts'
import { zero } from './field.ts'
import { sprint, sprintf, sprintln } from './printf.ts'
import { isPrint } from './letters.ts'
import { isBoxed, isList, type List, type Run, uint8, type Value } from './value.ts'
import { integerOf, isTrue, kindOf, pointed, stringOf, typeOf } from './kind.ts'

const isLessOrEqual = (a: Value, b: Value): boolean => isLess(a, b) || isOneOf([a, b])

/** The functions of text/template itself. `and` and `or` evaluate their arguments as they need them. */
export const builtins: Functions = {
  and: variadic(['value'], 'value', ([first]) => first),
  or: variadic(['value'], 'value', ([first]) => first),
  not: fn(['value'], ([value]) => !isTrue(value)),
  eq: variadic(['value'], 'value', args => isOneOf(args)),
  ne: fn(['value', 'value'], args => !isOneOf(args)),
  lt: fn(['value', 'value'], ([a, b]) => isLess(a, b)),
  le: fn(['value', 'value'], ([a, b]) => isLessOrEqual(a, b)),
  gt: fn(['value', 'value'], ([a, b]) => !isLessOrEqual(a, b)),
  ge: fn(['value', 'value'], ([a, b]) => !isLess(a, b)),
  index: variadic(['value'], 'value', ([item, ...indexes]) => indexes.reduce(indexed, present(item))),
  slice: variadic(['value'], 'value', ([item, ...indexes]) => sliced(present(item), indexes)),
  len: fn(['value'], ([item]) => BigInt(length(item))),
  print: variadic([], 'any', (args, run) => sprint(args, run)),
  printf: variadic(['string'], 'any', ([format, ...args], run) => sprintf(format, args, run)),
  println: variadic([], 'any', (args, run) => sprintln(args, run)),
  html: variadic([], 'any', (args, run) => amplified(written(args, run), html, 5, run)),
  js: variadic([], 'any', (args, run) => amplified(written(args, run), js, 6, run)),
  urlquery: variadic([], 'any', (args, run) => amplified(written(args, run), urlQuery, 9, run)),
}

const amplified = (text: string, how: (text: string) => string, times: number, run: Run): string => {
  run.room(text.length * times)
  return how(text)
}

const written = (args: readonly Value[], run: Run): string =>
  sprint(
    args.map(arg => (arg === null || arg === undefined ? '<no value>' : pointed(arg))),
    run,
  )

const present = (value: Value): Value => {
  if (value === undefined || value === null) throw new TemplateError('this has no value')
  return value
}

const positionIn = (index: Value, most: number): number => {
  const whole = integerOf(index)
  if (whole === undefined) throw new TemplateError(`${typeOf(index)} cannot be an index`)
  if (whole < 0 || whole > most) throw new TemplateError('the index is out of range')
  return Number(whole)
}

const indexed = (item: Value, index: Value): Value => {
  const text = stringOf(item)
  if (text !== undefined) {
    const bytes = bytesOf(text)
    return uint8(Number(bytes[positionIn(index, bytes.length - 1)]))
  }
  if (isList(item)) return item.items[positionIn(index, item.items.length - 1)]
  if (!isBoxed(item) || item.kind !== 'map') throw new TemplateError(`${typeOf(item)} has no index`)
  const key = index === undefined && item.key === 'interface {}' ? null : index
  if (item.key === 'string' && typeof key !== 'string') throw new TemplateError(`${typeOf(key)} cannot be a key`)
  if (item.key !== 'string' && ['list', 'map'].includes(kindOf(key)))
    throw new TemplateError('a list or map cannot be a key')
  return item.entries.has(key) ? item.entries.get(key) : zero(item.element)
}

const sliced = (item: Value, indexes: readonly Value[]): Value => {
  const text = stringOf(item)
  if (text === undefined && !isList(item)) throw new TemplateError(`${typeOf(item)} has no slices`)
  if (indexes.length > (text === undefined ? 3 : 2)) throw new TemplateError('too many indexes')
  const size = text === undefined ? (item as List).items.length : lengthOf(text)
  const [from = 0, to = size, most = size] = indexes.map(index => positionIn(index, size))
  if (from > to || to > most) throw new TemplateError('the index is out of range')
  if (text === undefined) return { ...(item as List), items: (item as List).items.slice(from, to) }
  const part = sliceOf(text, from, to)
  return typeof item === 'string' ? part : { kind: 'json-number', text: part }
}

const length = (item: Value): number => {
  const text = stringOf(item)
  if (text !== undefined) return lengthOf(text)
  if (isBoxed(item)) {
    if (item.kind === 'list') return item.items.length
    if (item.kind === 'map') return item.entries.size
    if (item.kind === 'channel') return 0
  }
  throw new TemplateError(`${typeOf(item)} has no length`)
}

const htmlEscapes: Readonly<Record<string, string>> = {
  '\0': '\ufffd',
  '"': '&#34;',
  "'": '&#39;',
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
}

// oxlint-disable-next-line no-control-regex -- NUL is what is looked for
const html = (text: string): string => text.replaceAll(/[\0"'&<>]/g, letter => String(htmlEscapes[letter]))

const jsEscapes: Readonly<Record<string, string>> = { '\\': '\\\\', "'": String.raw`\'`, '"': String.raw`\"` }

const js = (text: string): string =>
  Array.from(text.toWellFormed(), letter => {
    const code = Number(letter.codePointAt(0))
    const special = code < 0x80 ? code < 0x20 || `\\'"<>&=`.includes(letter) : !isPrint(letter)
    return special ? (jsEscapes[letter] ?? String.raw`\u${code.toString(16).toUpperCase().padStart(4, '0')}`) : letter
  }).join('')

/** As url.QueryEscape. */
export const urlQuery = (text: string): string =>
  /^[\w.~-]*$/.test(text)
    ? text
    : Array.from(bytesOf(text), byte => {
        const letter = String.fromCharCode(byte)
        if (letter === ' ') return '+'
        return byte < 0x80 && /[\w.~-]/.test(letter) ? letter : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
      }).join('')
