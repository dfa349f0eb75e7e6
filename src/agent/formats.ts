// PURE: the bytes of every form a file can have. Keys stand in the order of their code points, so that the same secret is
// the same file; what a form cannot carry exactly is refused by file and key, never by value.
import type { OutputFile } from '../contract.ts'
import { PodvaultError } from '../errors.ts'
import { member } from '../shape.ts'
import { contentOf } from './bytes.ts'
import { textOf } from './env-lines.ts'
import { goJson, goMap } from './go-format.ts'
import { awsOf, csvOf, envOf, iniOf, plain, propertiesOf, uncarried } from './line-formats.ts'
import { keyMissing } from './refusal.ts'
import { sortedJson } from './sorted-json.ts'
import { yamlOf } from './yaml-format.ts'

type Data = Readonly<Record<string, unknown>>

/** Contents by file name: `cert` and `bundle` are several. */
type Contents = readonly (readonly [name: string, content: string, encoding?: 'latin1'])[]

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
      // On one line, like the JSON of the variables.
      return [[name, `${sortedJson(data)}\n`]]
    case 'yaml':
      return [[name, yamlOf(name, data)]]
    case 'env':
      return [[name, envOf(name, data)]]
    case 'properties':
      return [[name, propertiesOf(data)]]
    case 'ini':
      return [[name, iniOf(name, data)]]
    case 'csv':
      return [[name, csvOf(name, data)]]
    case 'raw':
      return [rawOf(output, path, data)]
    case 'cert':
      return certOf(name, data)
    case 'bundle':
      return bundleOf(name, data)
    case 'aws':
      return [[name, awsOf(name, data)]]
    case 'template':
      throw new PodvaultError('failed', `the template of the file ${name} was not read`)
    case 'vault-agent-map':
      return [[name, goMap(enveloped)]]
    case 'vault-agent-json':
      return [[name, `${goJson(enveloped)}\n`]]
  }
}

/** The value itself, without a newline behind it; what is no text is JSON. */
const rawOf = ({ name, key, decode }: OutputFile, path: string, data: Data): Contents[number] => {
  const keys = Object.keys(data).toSorted()
  const [only = ''] = key === undefined ? keys : [key]
  if (key === undefined && keys.length === 0) throw keyMissing(path, 'at all', keys)
  if (key === undefined && keys.length > 1)
    throw new PodvaultError('usage', `the file ${name} can be one value of ${path}, which has ${keys.join(', ')}`, {
      hint: 'say which one, with key',
    })
  const value = textOf(member(data, only))
  if (decode === 'base64') return bytesOf(name, only, value)
  if (!value.isWellFormed()) throw uncarried(name, only, 'is not valid Unicode')
  return [name, value]
}

/** Of either alphabet, with or without line ends and padding. */
const bytesOf = (file: string, key: string, value: string): Contents[number] => {
  const digits = value.replaceAll(/\s/g, '').replace(/={1,2}$/, '')
  if (!/^(?:[A-Za-z0-9+/]*|[\w-]*)$/.test(digits) || digits.length % 4 === 1)
    throw uncarried(file, key, 'is not base64', 'leave decode out, or write the value to Vault in base64')
  const { content, encoding } = contentOf(Buffer.from(digits, 'base64'))
  return encoding === undefined ? [file, content] : [file, content, encoding]
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
