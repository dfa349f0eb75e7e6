import { escapes } from './json-write.ts'
import { compareText } from './bytes.ts'
import { TemplateError } from './errors.ts'
import { formatFloat } from './float.ts'
import { parseFloat } from './number-text.ts'
import { isBoxed, isDict, isList, type Run, type Struct, type Value } from './value.ts'
import { integerOf, typeOf } from './kind.ts'

type Table = readonly (readonly [string, Value])[]
type Writer = { readonly parts: string[]; readonly run: Run }

/** As BurntSushi/toml writes it. @throws TemplateError */
export const writeToml = (value: Value, run: Run): string => {
  const writer: Writer = { parts: [], run }
  const table = tableOf(value)
  if (table !== undefined) members(writer, [], table)
  else if (isTables(value)) throw new TemplateError('a list of maps has no form in TOML without a name')
  else writer.parts.push(element(writer, value))
  return writer.parts.join('')
}

const isStruct = (value: Value): value is Struct => isBoxed(value) && value.kind === 'struct'

const tableOf = (value: Value): Table | undefined => {
  if (isStruct(value)) return [...value.fields]
  if (!isDict(value)) return undefined
  if (value.key !== 'string') throw new TemplateError(`${typeOf(value)} has no form in TOML`)
  return [...value.entries].map(([key, item]) => [key as string, item] as const).sort(([a], [b]) => compareText(a, b))
}

const isNil = (value: Value): boolean =>
  value === null ||
  value === undefined ||
  (isBoxed(value) && (value.kind === 'nil-pointer' || ('nil' in value && value.nil)))

/** A list of tables; one with null in it has no form. */
const isTables = (value: Value): boolean => {
  if (!isList(value) || value.items.length === 0) return false
  if (value.items.some(isNil)) throw new TemplateError('a list with null in it has no form in TOML')
  return value.items.every(item => isDict(item) || isStruct(item))
}

const isSub = (value: Value): boolean => !isNil(value) && (isDict(value) || isStruct(value) || isTables(value))

const members = (writer: Writer, path: readonly string[], table: Table): void => {
  writer.run.spend(table.length)
  const [own, sub] = [table.filter(([, value]) => !isSub(value)), table.filter(([, value]) => isSub(value))]
  for (const [key, value] of [...own, ...sub]) if (!isNil(value)) member(writer, [...path, key], value)
}

const newline = (writer: Writer): void => {
  if (writer.parts.length > 0) writer.parts.push('\n')
}

const member = (writer: Writer, path: readonly string[], value: Value): void => {
  const indent = '  '.repeat(path.length - 1)
  const name = path.map(bare).join('.')
  writer.run.room(indent.length + name.length)
  writer.run.spend((indent.length + name.length) >> 3)
  if (isList(value) && isTables(value)) {
    for (const item of value.items) {
      newline(writer)
      writer.parts.push(`${indent}[[${name}]]\n`)
      members(writer, path, tableOf(item) as Table)
    }
    return
  }
  const table = tableOf(value)
  if (table === undefined) {
    writer.parts.push(`${indent}${bare(String(path.at(-1)))} = ${element(writer, value)}\n`)
    return
  }
  if (path.length === 1) newline(writer)
  writer.parts.push(`${indent}[${name}]\n`)
  members(writer, path, table)
}

const bare = (key: string): string => (/^[\w-]+$/.test(key) ? key : quoted(key))

const quoted = (text: string): string =>
  // oxlint-disable-next-line no-control-regex -- TOML escapes them
  `"${text.replaceAll(/["\\\0-\x1f\x7f]/g, letter => escapes[letter] ?? String.raw`\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`)}"`

const element = (writer: Writer, value: Value): string => {
  writer.run.spend(1)
  if (typeof value === 'string') {
    writer.run.spend(value.length >> 3)
    writer.run.room(value.length * 2)
    return quoted(value)
  }
  const whole = integerOf(value)
  if (whole !== undefined) return String(whole)
  if (typeof value === 'boolean') return String(value)
  if (typeof value === 'number') return float(value)
  if (isBoxed(value) && value.kind === 'json-number') return number(value.text)
  if (isList(value)) return `[${value.items.map(item => element(writer, item)).join(', ')}]`
  const table = tableOf(value)
  if (table === undefined || isNil(value)) throw new TemplateError(`${typeOf(value)} has no form in TOML`)
  const [own, sub] = [table.filter(([, item]) => !isSub(item)), table.filter(([, item]) => isSub(item))]
  return `{${[...own, ...sub].map(([key, item]) => `${bare(key)} = ${element(writer, item)}`).join(', ')}}`
}

const number = (text: string): string => {
  const whole = /^-?[0-9]+$/.test(text) ? BigInt(text) : undefined
  if (text === '' || (whole !== undefined && BigInt.asIntN(64, whole) === whole)) return String(whole ?? 0)
  return float(parseFloat(text))
}

const float = (value: number): string => {
  if (Number.isNaN(value)) return 'nan'
  if (!Number.isFinite(value)) return value < 0 ? '-inf' : 'inf'
  const text = formatFloat(value, 'f')
  return text.includes('.') ? text : `${text}.0`
}
