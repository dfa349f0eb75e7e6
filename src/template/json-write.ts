import { TemplateError } from './errors.ts'
import { formatFloat } from './float.ts'
import { type Dict, isBoxed, type Run, type Struct, type Value } from './value.ts'
import { integerOf, sorted, typeOf } from './kind.ts'

export type JsonStyle = { readonly pretty: boolean; readonly html: boolean }

/** As Go's encoding/json writes it. @throws TemplateError */
export const writeJson = (value: Value, { pretty, html }: JsonStyle, run: Run): string =>
  write(value, { html, newline: pretty ? '\n' : undefined, run })

type Style = { readonly html: boolean; readonly newline: string | undefined; readonly run: Run }

/** What JSON and TOML alike have a letter for. */
export const escapes: Readonly<Record<string, string>> = {
  '"': String.raw`\"`,
  '\\': '\\\\',
  '\b': String.raw`\b`,
  '\f': String.raw`\f`,
  '\n': String.raw`\n`,
  '\r': String.raw`\r`,
  '\t': String.raw`\t`,
}

const escape = (letter: string): string =>
  escapes[letter] ??
  (letter.charCodeAt(0) >= 0xdc00 && letter.charCodeAt(0) < 0xe000
    ? String.raw`\ufffd`
    : String.raw`\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`)

const string = (text: string, { html, run }: Style): string => {
  run.spend(text.length >> 3)
  run.room(text.length)
  // oxlint-disable-next-line no-control-regex -- JSON escapes them
  const special = html ? /["\\\0-\x1f<>&\u2028\u2029]|[\ud800-\udfff]/gu : /["\\\0-\x1f\u2028\u2029]|[\ud800-\udfff]/gu
  return `"${text.replaceAll(special, escape)}"`
}

const write = (value: Value, style: Style): string => {
  style.run.spend(2)
  if (typeof value === 'string') return string(value, style)
  const whole = integerOf(value)
  if (whole !== undefined) return String(whole)
  if (typeof value === 'number') return float(value)
  if (typeof value === 'boolean') return String(value)
  if (!isBoxed(value)) return 'null'
  switch (value.kind) {
    case 'json-number':
      return number(value.text)
    case 'list':
      return value.nil ? 'null' : list(value.items, style)
    case 'map':
      return value.nil ? 'null' : map(value, style)
    case 'struct':
      return struct(value, style)
    case 'nil-pointer':
      return 'null'
    case 'channel':
    case 'int':
      throw new TemplateError(`${typeOf(value)} has no form in JSON`)
  }
}

const number = (text: string): string => {
  if (text === '') return '0'
  if (!/^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/.test(text)) throw new TemplateError('this is no number')
  return text
}

const float = (value: number): string => {
  if (!Number.isFinite(value)) throw new TemplateError('infinity and NaN have no form in JSON')
  const size = Math.abs(value)
  const plain = size === 0 || (size >= 1e-6 && size < 1e21)
  return plain ? formatFloat(value, 'f') : formatFloat(value, 'e').replace(/e-0(\d)$/, 'e-$1')
}

const inside = (style: Style): Style => ({
  ...style,
  newline: style.newline === undefined ? undefined : `${style.newline}  `,
})

const wrapped = (open: string, items: readonly string[], close: string, style: Style): string => {
  if (items.length === 0) return open + close
  if (style.newline === undefined) return `${open}${items.join(',')}${close}`
  const inner = inside(style).newline
  style.run.spend(items.length)
  return `${open}${inner}${items.join(`,${inner}`)}${style.newline}${close}`
}

const list = (items: readonly Value[], style: Style): string =>
  wrapped(
    '[',
    items.map(item => write(item, inside(style))),
    ']',
    style,
  )

const member = (name: string, value: Value, style: Style): string =>
  `${string(name, style)}:${style.newline === undefined ? '' : ' '}${write(value, inside(style))}`

const map = (value: Dict, style: Style): string => {
  if (value.key !== 'string') throw new TemplateError(`${typeOf(value)} has no form in JSON`)
  const members = sorted(value).map(([key, item]) => [key as string, item] as const)
  return wrapped(
    '{',
    members.map(([key, item]) => member(key, item, style)),
    '}',
    style,
  )
}

const struct = (value: Struct, style: Style): string => {
  const members = [...value.fields].filter(([name]) => /^[A-Z]/.test(name))
  return wrapped(
    '{',
    members.map(([name, item]) => member(name, item, style)),
    '}',
    style,
  )
}
