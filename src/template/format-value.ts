import { bytesOf } from './bytes.ts'
import { TemplateError } from './errors.ts'
import { type FloatVerb, formatFloat } from './float.ts'
import { type Flags, formatInteger, pad } from './format-integer.ts'
import { canBackquote, quoted } from './quote.ts'
import { type Dict, isBoxed, type List, type Run, type Struct, type Value } from './value.ts'
import { integerOf, kindOf, sorted, stringOf, typeOf } from './kind.ts'

/** A value as an argument of fmt: nil is `<nil>`, and a wrong verb is told in the text. */
export const formatArgument = (value: Value, verb: string, flags: Flags, run: Run): string => {
  if (verb === 'T') return text(typeOf(value), 's', flags, run)
  if (value === null || value === undefined) return verb === 'v' ? pad('<nil>', flags, run) : `%!${verb}(<nil>)`
  return format(value, verb, flags, run, 0)
}

/** As `%v` prints it. */
export const plain = (value: Value, run: Run): string =>
  typeof value === 'string' ? value : formatArgument(value, 'v', {}, run)

const wrong = (value: Value, verb: string, flags: Flags, run: Run): string =>
  `%!${verb}(${typeOf(value)}=${format(value, 'v', flags, run, 0)})`

const format = (value: Value, verb: string, flags: Flags, run: Run, depth: number): string => {
  run.spend(2)
  const string = stringOf(value)
  if (string !== undefined) return text(string, verb, flags, run) ?? wrong(value, verb, flags, run)
  const whole = integerOf(value)
  if (whole !== undefined)
    return formatInteger(whole, verb, flags, run, kindOf(value) === 'uint') ?? wrong(value, verb, flags, run)
  if (typeof value === 'number') return float(value, verb, flags, run)
  if (typeof value === 'boolean')
    return verb === 'v' || verb === 't' ? pad(String(value), flags, run) : wrong(value, verb, flags, run)
  if (!isBoxed(value)) return flags.syntax === true ? 'interface {}(nil)' : '<nil>'
  switch (value.kind) {
    case 'list':
      return list(value, verb, flags, run, depth)
    case 'map':
      return map(value, verb, flags, run, depth)
    case 'struct':
      if (!value.pointer || depth === 0) return struct(value, verb, flags, run, depth)
      throw new TemplateError('this would print an address')
    case 'nil-pointer':
      if (verb === 'v') return flags.syntax === true ? `(${value.type})(nil)` : pad('<nil>', flags, run)
      return 'bodxX'.includes(verb) ? String(formatInteger(0n, verb, flags, run, true)) : wrong(value, verb, flags, run)
    case 'channel':
    case 'int':
    case 'json-number':
      throw new TemplateError('this would print an address')
  }
}

const cut = (string: string, flags: Flags): string =>
  flags.precision === undefined ? string : Array.from(string).slice(0, flags.precision).join('')

const text = ((string: string, verb: string, flags: Flags, run: Run): string | undefined => {
  switch (verb) {
    case 'v':
    case 's':
      if (flags.syntax !== true || verb === 's') return pad(cut(string, flags), flags, run)
      return quote(string, flags, run)
    case 'q':
      return quote(string, flags, run)
    case 'x':
    case 'X':
      return hexadecimal(string, verb, flags, run)
    default:
      return undefined
  }
}) as {
  (string: string, verb: 's', flags: Flags, run: Run): string
  (string: string, verb: string, flags: Flags, run: Run): string | undefined
}

const quote = (string: string, flags: Flags, run: Run): string => {
  const whole = cut(string, flags)
  run.spend(whole.length >> 3)
  return pad(flags.sharp === true && canBackquote(whole) ? `\`${whole}\`` : quoted(whole, flags.plus), flags, run)
}

const hexadecimal = (string: string, verb: 'x' | 'X', flags: Flags, run: Run): string => {
  const bytes = bytesOf(string).subarray(0, flags.precision)
  run.spend(bytes.length >> 2)
  if (bytes.length === 0) return pad('', flags, run)
  const prefix = flags.sharp === true ? '0x' : ''
  const pairs = Array.from(bytes, byte => byte.toString(16).padStart(2, '0'))
  const whole = flags.space === true ? pairs.map(pair => prefix + pair).join(' ') : prefix + pairs.join('')
  return pad(verb === 'X' ? whole.toUpperCase() : whole, flags, run)
}

const verbs: Readonly<Record<string, readonly [FloatVerb, number | undefined]>> = {
  v: ['g', undefined],
  g: ['g', undefined],
  G: ['G', undefined],
  e: ['e', 6],
  E: ['E', 6],
  f: ['f', 6],
  F: ['f', 6],
}

const float = (value: number, verb: string, flags: Flags, run: Run): string => {
  const how = verbs[verb]
  if ('bxX'.includes(verb) || (how !== undefined && flags.sharp === true))
    throw new TemplateError('this way to print a float is not supported')
  if (how === undefined) return wrong(value, verb, flags, run)
  const precision = flags.precision ?? how[1]
  run.spend((precision ?? 0) >> 3)
  const written = formatFloat(value, how[0], precision)
  const bare = written.replace(/^[+-]/, '')
  if (bare === 'NaN')
    return pad(flags.plus === true ? '+NaN' : flags.space === true ? ' NaN' : bare, { ...flags, zero: false }, run)
  const sign = written.startsWith('-')
    ? '-'
    : flags.plus === true
      ? '+'
      : flags.space === true
        ? ' '
        : written.startsWith('+') && bare === 'Inf'
          ? '+'
          : ''
  if (bare === 'Inf') return pad(`${sign}${bare}`, { ...flags, zero: false }, run)
  if (sign === '' || flags.zero !== true || flags.minus === true || flags.width === undefined)
    return pad(sign + bare, flags, run)
  return sign + pad(bare, { ...flags, width: Math.max(0, flags.width - 1) }, run)
}

const list = (value: List, verb: string, flags: Flags, run: Run, depth: number): string => {
  const items = value.items.map(item => format(item, verb, flags, run, depth + 1))
  if (flags.syntax !== true) return `[${items.join(' ')}]`
  return value.nil ? `${typeOf(value)}(nil)` : `${typeOf(value)}{${items.join(', ')}}`
}

const map = (value: Dict, verb: string, flags: Flags, run: Run, depth: number): string => {
  const items = sorted(value).map(
    ([key, item]) => `${format(key, verb, flags, run, depth + 1)}:${format(item, verb, flags, run, depth + 1)}`,
  )
  if (flags.syntax !== true) return `map[${items.join(' ')}]`
  return value.nil ? `${typeOf(value)}(nil)` : `${typeOf(value)}{${items.join(', ')}}`
}

const struct = (value: Struct, verb: string, flags: Flags, run: Run, depth: number): string => {
  if (value.type === 'template.Scratch') throw new TemplateError('a scratch is not printed')
  const items = [...value.fields].map(([name, item]) => {
    const written = format(item, verb, flags, run, depth + 1)
    return flags.names === true || flags.syntax === true ? `${name}:${written}` : written
  })
  const type = flags.syntax === true ? value.type : ''
  return `${value.pointer ? '&' : ''}${type}{${items.join(flags.syntax === true ? ', ' : ' ')}}`
}
