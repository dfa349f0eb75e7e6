// PURE: the forms that are a line for each key, in the order of their code points. A value that a line cannot carry exactly
// is refused by file and key, never by value.
import { PodvaultError } from '../errors.ts'
import { member } from '../shape.ts'
import { isShells, shellValue, textOf, unwritable } from './env-lines.ts'
import { sortedEntries } from './sorted-json.ts'

type Data = Readonly<Record<string, unknown>>

export const uncarried = (
  file: string,
  key: string,
  problem: string,
  hint = 'give the file the format json or raw',
): PodvaultError =>
  new PodvaultError('failed', `the key ${key} ${problem}, so the file ${file} cannot carry it`, { hint })

const linesOf = (data: Data, line: (key: string, value: string) => string): string =>
  sortedEntries(data)
    .map(([key, value]) => line(key, textOf(value)))
    .join('')

/** Text that is fit for a line. @throws PodvaultError */
export const plain = (file: string, key: string, value: string): string => {
  const problem = unwritable(value)
  if (problem !== undefined) throw uncarried(file, key, problem)
  return value
}

/** `KEY='value'`, for `source` in any POSIX shell; the key in capitals, its "-", "." and "/" become "_". */
export const envOf = (file: string, data: Data): string => {
  const owners = new Map<string, string>()
  return linesOf(data, (key, value) => {
    const name = key.toUpperCase().replaceAll(/[-./]/g, '_')
    if (!/^[A-Z_][A-Z0-9_]*$/.test(name)) throw uncarried(file, key, 'makes no name of a variable')
    if (isShells(name)) throw uncarried(file, key, `makes the variable ${name}, which shells keep for themselves`)
    const other = owners.get(name)
    if (other !== undefined) throw uncarried(file, key, `makes the same variable ${name} as ${other}`)
    owners.set(name, key)
    return `${name}=${shellValue(plain(file, key, value))}\n`
  })
}

/** `key=value` as java.util.Properties reads it, also as ISO 8859-1. */
export const propertiesOf = (data: Data): string => linesOf(data, propertyLine)

const propertyLine = (key: string, value: string): string =>
  `${escaped(key).replaceAll(/[ :=#!]/g, String.raw`\$&`)}=${escaped(value).replace(/^ /, String.raw`\ `)}\n`

const propertyEscapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' }

const escaped = (text: string): string =>
  text.replaceAll(
    /[^\x20-\x5b\x5d-\x7e]/g,
    unit => propertyEscapes[unit] ?? `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )

/** `key = value`: nothing can be quoted or escaped in a way that all readers share, so what would need it is refused. */
export const iniOf = (file: string, data: Data): string => linesOf(data, iniLine(file))

const iniLine =
  (file: string) =>
  (key: string, value: string): string => {
    if (key === '' || iniNoName.test(key)) throw uncarried(file, key, 'is no name there')
    if (/[\n\r]/.test(value)) throw uncarried(file, key, 'has a line break in it')
    if (iniTrimmed.test(value)) throw uncarried(file, key, 'begins or ends with a blank or a quote')
    if (value.endsWith('\\')) throw uncarried(file, key, 'ends with a backslash, which joins it with the next line')
    if (/(?:^|\s)[;#]/.test(value)) throw uncarried(file, key, 'has what reads like a comment in it')
    return `${plain(file, key, key)} = ${plain(file, key, value)}\n`
  }

// Python takes the separators of ASCII, and the line end of ISO 8859-1, for blanks.
const iniTrimmed = /^[\s\p{Cc}"'`]|[\s\p{Cc}"'`]$/u
const iniNoName = /^[[;#\s"'`]|[=:\p{Cc}]|\s$/u

/** `key,value` by RFC 4180, with the line ends of Unix and no header. */
export const csvOf = (file: string, data: Data): string => linesOf(data, csvLine(file))

const csvLine =
  (file: string) =>
  (key: string, value: string): string =>
    `${[key, value].map(field => csvField(plain(file, key, field))).join(',')}\n`

const csvField = (field: string): string =>
  /[",\n\r]|^\s|\s$/.test(field) ? `"${field.replaceAll('"', '""')}"` : field

/** The credentials file of AWS's tools, profile `default`; a session token under both of its names. */
export const awsOf = (file: string, data: Data): string => {
  const token = member(data, 'security_token') ?? member(data, 'session_token')
  const settings: readonly (readonly [string, unknown])[] = [
    ['aws_access_key_id', member(data, 'access_key')],
    ['aws_secret_access_key', member(data, 'secret_key')],
    ...(token === undefined || token === null || token === ''
      ? []
      : ([
          ['aws_security_token', token],
          ['aws_session_token', token],
        ] as const)),
  ]
  return `[default]\n${settings.map(([name, value]) => iniLine(file)(name, textOf(value))).join('')}`
}
