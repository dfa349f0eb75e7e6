import { takenAt } from './match.ts'
import type { Flags } from './format-integer.ts'
import { formatArgument } from './format-value.ts'
import type { Run, Value } from './value.ts'
import { integerOf, kindOf, typeOf } from './kind.ts'

/** Go takes no width and no precision above it. */
const widest = 1_000_000

type Reader = {
  readonly format: string
  readonly args: readonly Value[]
  at: number
  next: number
  /** Arguments were chosen by number. */
  reordered: boolean
  good: boolean
}

/** fmt.Sprintf. */
export const sprintf = (format: string, args: readonly Value[], run: Run): string => {
  const reader: Reader = { format, args, at: 0, next: 0, reordered: false, good: true }
  const parts: string[] = []
  while (reader.at < format.length) {
    const percent = format.indexOf('%', reader.at)
    parts.push(format.slice(reader.at, percent < 0 ? undefined : percent))
    if (percent < 0) break
    reader.at = percent + 1
    run.spend(1)
    parts.push(directive(reader, run))
  }
  const unused = reader.reordered ? [] : args.slice(reader.next)
  if (unused.length > 0) parts.push(extra(unused, run))
  return parts.join('')
}

const extra = (args: readonly Value[], run: Run): string => {
  const told = args.map(arg =>
    arg === null || arg === undefined ? '<nil>' : `${typeOf(arg)}=${formatArgument(arg, 'v', {}, run)}`,
  )
  return `%!(EXTRA ${told.join(', ')})`
}

const directive = (reader: Reader, run: Run): string => {
  reader.good = true
  const flags: { -readonly [K in keyof Flags]: Flags[K] } = {}
  for (; '#0+- '.includes(reader.format.charAt(reader.at) || 'x'); reader.at++) {
    const flag = reader.format.charAt(reader.at)
    if (flag === '#') flags.sharp = true
    else if (flag === '0') flags.zero = true
    else if (flag === '+') flags.plus = true
    else if (flag === '-') flags.minus = true
    else flags.space = true
  }
  const told = sizes(reader, flags)
  const letter = reader.format.codePointAt(reader.at)
  if (letter === undefined) return `${told}%!(NOVERB)`
  const verb = String.fromCodePoint(letter)
  reader.at += verb.length
  return told + print(reader, verb, flags, run)
}

const print = (reader: Reader, verb: string, flags: Flags, run: Run): string => {
  if (verb === '%') return '%'
  if (!reader.good) return `%!${verb}(BADINDEX)`
  if (reader.next >= reader.args.length) return `%!${verb}(MISSING)`
  const value = reader.args[reader.next]
  reader.next += 1
  if (verb !== 'v') return formatArgument(value, verb, flags, run)
  const { sharp, plus, ...others } = flags
  return formatArgument(value, verb, { ...others, syntax: sharp === true, names: plus === true }, run)
}

/** Width and precision; gives what is to be told about them. */
const sizes = (reader: Reader, flags: { -readonly [K in keyof Flags]: Flags[K] }): string => {
  let told = ''
  let indexed = index(reader)
  const width = size(reader)
  if (width === 'bad') told += '%!(BADWIDTH)'
  else if (width !== undefined) {
    flags.width = Math.abs(width.value)
    if (width.value < 0) [flags.minus, flags.zero] = [true, false]
    if (indexed && !width.starred) reader.good = false
  }
  if (width === 'bad' || width?.starred === true) indexed = false
  if (reader.format.charAt(reader.at) === '.' && reader.at + 1 < reader.format.length) {
    reader.at += 1
    if (indexed) reader.good = false
    indexed = index(reader)
    const precision = size(reader)
    if (precision === 'bad' || (precision !== undefined && precision.value < 0)) told += '%!(BADPREC)'
    else flags.precision = precision?.value ?? 0
    if (precision === 'bad' || precision?.starred === true) indexed = false
  }
  if (!indexed) index(reader)
  return told
}

/** `[3]` chooses an argument. */
const index = (reader: Reader): boolean => {
  if (reader.format.charAt(reader.at) !== '[') return false
  reader.reordered = true
  const end = reader.format.indexOf(']', reader.at)
  const inner = reader.format.slice(reader.at + 1, end < 0 ? reader.at + 1 : end)
  reader.at = end < 0 || reader.format.length - reader.at < 3 ? reader.at + 1 : end + 1
  const wanted = /^[0-9]+$/.test(inner) ? Number(inner) - 1 : -1
  if (wanted >= 0 && wanted < reader.args.length) {
    reader.next = wanted
    return true
  }
  reader.good = false
  return /^[0-9]+$/.test(inner) && Number(inner) <= widest
}

type Size = { readonly value: number; readonly starred: boolean } | 'bad' | undefined

const size = (reader: Reader): Size => {
  if (reader.format.charAt(reader.at) === '*') {
    reader.at += 1
    const value = reader.args[reader.next]
    if (reader.next < reader.args.length) reader.next += 1
    const whole = ['int', 'uint'].includes(kindOf(value)) ? integerOf(value) : undefined
    if (whole === undefined || whole > widest || whole < -widest) return 'bad'
    return { value: Number(whole), starred: true }
  }
  const digits = /[0-9]*/y
  const found = takenAt(digits, reader.format, reader.at)
  if (found === '') return undefined
  if (Number(found.slice(0, -1)) > widest) {
    reader.at = reader.format.length
    return undefined
  }
  reader.at += found.length
  return { value: Number(found), starred: false }
}

const isString = (value: Value): boolean => kindOf(value) === 'string'

/** fmt.Sprint: a space between two that are no strings. */
export const sprint = (args: readonly Value[], run: Run): string =>
  args
    .map((arg, at) => {
      const apart = at > 0 && !isString(arg) && !isString(args[at - 1])
      return (apart ? ' ' : '') + formatArgument(arg, 'v', {}, run)
    })
    .join('')

/** fmt.Sprintln. */
export const sprintln = (args: readonly Value[], run: Run): string =>
  `${args.map(arg => formatArgument(arg, 'v', {}, run)).join(' ')}\n`
