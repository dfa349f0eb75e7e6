// PURE: the bytes of every form a file can have. Keys stand in the order of their code points, so that the same secret is
// the same file; what a form cannot carry exactly is refused by file and key, never by value.
import type { OutputFile } from '../contract.ts'
import { PodvaultError } from '../errors.ts'
import { member } from '../shape.ts'
import { shellValue, textOf, unwritable } from './env-lines.ts'
import { goJson, goMap } from './go-format.ts'
import { keyMissing } from './refusal.ts'
import { sortedEntries, sortedJson } from './sorted-json.ts'
import { renderTemplate } from './templates.ts'
import { yamlOf } from './yaml-format.ts'

type Data = Readonly<Record<string, unknown>>

/** Contents by file name: `cert` and `bundle` are several. */
type Contents = readonly (readonly [name: string, content: string])[]

/** The keys without which there is no such file. */
export const neededKeys = ({ format, key }: OutputFile): readonly string[] => {
  if (format === 'cert' || format === 'bundle') return ['certificate', 'private_key', 'issuing_ca']
  if (format === 'aws') return ['access_key', 'secret_key']
  return format === 'raw' && key !== undefined ? [key] : []
}

/**
 * @param path of the secret, for errors
 * @param envelope what KV version 2 puts around the data; only the forms of vault-k8s show it
 * @throws PodvaultError naming file and key
 */
export const contentsOf = (output: OutputFile, path: string, data: Data, envelope: Data | undefined): Contents => {
  const { name } = output
  const enveloped = envelope === undefined ? data : { ...envelope, data }
  switch (output.format) {
    case 'json':
      return [[name, `${sortedJson(data)}\n`]]
    case 'yaml':
      return [[name, yamlOf(name, data)]]
    case 'env':
      return [[name, envOf(name, data)]]
    case 'properties':
      return [[name, linesOf(data, propertyLine)]]
    case 'ini':
      return [[name, linesOf(data, iniLine(name))]]
    case 'csv':
      return [[name, linesOf(data, csvLine(name))]]
    case 'raw':
      return [[name, rawOf(output, path, data)]]
    case 'cert':
      return certOf(name, data)
    case 'bundle':
      return bundleOf(name, data)
    case 'aws':
      return [[name, awsOf(name, data)]]
    case 'template':
      return [[name, renderTemplate(output, data)]]
    case 'vault-agent-map':
      return [[name, goMap(enveloped)]]
    case 'vault-agent-json':
      return [[name, `${goJson(enveloped)}\n`]]
  }
}

const uncarried = (file: string, key: string, problem: string): PodvaultError =>
  new PodvaultError('failed', `the key ${key} ${problem}, so the file ${file} cannot carry it`, {
    hint: 'give the file the format json or raw',
  })

const linesOf = (data: Data, line: (key: string, value: string) => string): string =>
  sortedEntries(data)
    .map(([key, value]) => line(key, textOf(value)))
    .join('')

const plain = (file: string, key: string, value: string): string => {
  const problem = unwritable(value)
  if (problem !== undefined) throw uncarried(file, key, problem)
  return value
}

/** `KEY='value'`, for `source` in any POSIX shell; the key in capitals, its "-", "." and "/" become "_". */
const envOf = (file: string, data: Data): string => {
  const owners = new Map<string, string>()
  return linesOf(data, (key, value) => {
    const name = key.toUpperCase().replaceAll(/[-./]/g, '_')
    if (!/^[A-Z_][A-Z0-9_]*$/.test(name)) throw uncarried(file, key, 'makes no name of a variable')
    const other = owners.get(name)
    if (other !== undefined) throw uncarried(file, key, `makes the same variable ${name} as ${other}`)
    owners.set(name, key)
    return `${name}=${shellValue(plain(file, key, value))}\n`
  })
}

/** `key=value` as java.util.Properties reads it, also as ISO 8859-1. */
const propertyLine = (key: string, value: string): string =>
  `${escaped(key).replaceAll(/[ :=#!]/g, String.raw`\$&`)}=${escaped(value).replace(/^ /, String.raw`\ `)}\n`

const propertyEscapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' }

const escaped = (text: string): string =>
  text.replaceAll(
    /[^\x20-\x5b\x5d-\x7e]/g,
    unit => propertyEscapes[unit] ?? `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )

/** `key = value`: nothing can be quoted or escaped in a way that all readers share, so what would need it is refused. */
const iniLine =
  (file: string) =>
  (key: string, value: string): string => {
    if (key === '' || /^[[;#\s"']|[=:\n\r\0]|\s$/.test(key)) throw uncarried(file, key, 'is no name there')
    if (/[\n\r]/.test(value)) throw uncarried(file, key, 'has a line break in it')
    if (/^[\s"']|[\s"']$/.test(value)) throw uncarried(file, key, 'begins or ends with a blank or a quote')
    if (/(?:^|\s)[;#]/.test(value)) throw uncarried(file, key, 'has what reads like a comment in it')
    return `${plain(file, key, key)} = ${plain(file, key, value)}\n`
  }

/** `key,value` by RFC 4180, with the line ends of Unix and no header. */
const csvLine =
  (file: string) =>
  (key: string, value: string): string =>
    `${[key, value].map(field => csvField(plain(file, key, field))).join(',')}\n`

const csvField = (field: string): string =>
  /[",\n\r]|^\s|\s$/.test(field) ? `"${field.replaceAll('"', '""')}"` : field

/** The value itself, without a newline behind it; what is no text is JSON. */
const rawOf = ({ name, key }: OutputFile, path: string, data: Data): string => {
  const keys = Object.keys(data).toSorted()
  const [only = ''] = key === undefined ? keys : [key]
  if (key === undefined && keys.length === 0) throw keyMissing(path, 'at all', keys)
  if (key === undefined && keys.length > 1)
    throw new PodvaultError('usage', `the file ${name} can be one value of ${path}, which has ${keys.join(', ')}`, {
      hint: 'say which one, with key',
    })
  const value = textOf(member(data, only))
  if (!value.isWellFormed()) throw uncarried(name, only, 'is not valid Unicode')
  return value
}

/** A PEM text without line ends around it; a list of them is a chain. */
const pem = (file: string, data: Data, key: string): string => {
  const value = member(data, key)
  const texts = Array.isArray(value) ? value : [value]
  return texts.map(text => plain(file, key, textOf(text)).trim()).join('\n')
}

/** `name.crt`, `.key` and `.ca`, and `.chain` where there is one; each ends with a newline. */
const certOf = (name: string, data: Data): Contents => {
  const file = (ending: string, key: string) => [name + ending, `${pem(name, data, key)}\n`] as const
  const three = [file('.crt', 'certificate'), file('.key', 'private_key'), file('.ca', 'issuing_ca')]
  return hasChain(data) ? [...three, file('.chain', 'ca_chain')] : three
}

const hasChain = (data: Data): boolean => {
  const chain = member(data, 'ca_chain')
  return Array.isArray(chain) ? chain.length > 0 : typeof chain === 'string' && chain.trim() !== ''
}

/** `name-bundle.pem` (certificate, CA and key, an empty line between), `name.pem`, `name-ca.pem` and `name-key.pem`. */
const bundleOf = (name: string, data: Data): Contents => {
  const [certificate, ca, key] = ['certificate', 'issuing_ca', 'private_key'].map(each => pem(name, data, each))
  return [
    [`${name}-bundle.pem`, `${certificate}\n\n${ca}\n\n${key}\n`],
    [`${name}.pem`, `${certificate}\n`],
    [`${name}-ca.pem`, `${ca}\n`],
    [`${name}-key.pem`, `${key}\n`],
  ]
}

/** The credentials file of AWS's tools, profile `default`; a session token under both of its names. */
const awsOf = (file: string, data: Data): string => {
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
