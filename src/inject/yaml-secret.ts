import { isMap, isScalar, isSeq, type Node } from 'yaml'
import type { Entry, OnChange, OutputFile, Variable } from '../contract.ts'
import { allowedOnChange, readOnChange } from './on-change.ts'
import { entriesOf, listOf, type MapEntry, membersOf, oneOf, type Read, readingOf, scalarAs } from './yaml-nodes.ts'
import { readKey, readOutput, type Seen } from './yaml-output.ts'

const entryKeys = [
  'path',
  'method',
  'params',
  'kv',
  'version',
  'optional',
  'default',
  'env',
  'files',
  'on-change',
] as const

/** A member of `secrets`. */
export const readSecret =
  (seen: Seen): Read<Entry> =>
  (node, report) => {
    const members = membersOf(node, 'a secret', entryKeys, report)
    if (members === undefined) return undefined
    const read = readingOf(members, report)
    const env = read('env', readVariables(seen)) ?? []
    const files = read('files', listOf('files', readOutput(seen))) ?? []
    const path = members.has('path') ? (read('path', readPath) ?? '') : undefined
    if (path === undefined) for (const mistake of pathMistakes(members, files)) report(node, mistake)
    if (!members.has('env') && !members.has('files'))
      report(node, 'nothing is made of this secret; give it env, as {DB_USER: username}, or files')
    const method = read('method', oneOf('method', ['GET', 'POST', 'PUT']))
    const params = read('params', readParams)
    if (params !== undefined && method === 'GET')
      report(node, 'GET carries no params; leave the method out, or write PUT or POST')
    const kv = read('kv', oneOf('kv', ['v1', 'v2', 'auto']))
    const version = read('version', readVersion)
    if (version !== undefined && kv === 'v1') report(node, 'KV version 1 keeps no versions of a secret; leave it out')
    const optional = read('optional', readTruth('optional'))
    const fallback = read('default', readDefault(env))
    const onChange = read('on-change', readHook)
    const sent = params === undefined ? method : (method ?? 'PUT')
    return {
      ...(path !== undefined && { path }),
      ...(sent !== undefined && sent !== 'GET' && { method: sent }),
      ...(params !== undefined && { params }),
      ...(kv !== undefined && kv !== 'auto' && { kv }),
      ...(version !== undefined && { version }),
      ...(optional === true && { optional }),
      ...(fallback !== undefined && { default: fallback }),
      env,
      files,
      ...(onChange !== undefined && onChange !== 'none' && { onChange }),
    }
  }

/** Templates ask for themselves; everything else is made of the secret at a path. */
const pathMistakes = (members: ReadonlyMap<string, Node>, files: readonly OutputFile[]): readonly string[] => {
  const templates = files.length > 0 && files.every(({ format }) => format === 'template')
  if (members.has('env') || !templates) return ['a secret needs a path, as database/creds/app']
  return (['method', 'params', 'kv', 'version', 'optional', 'default'] as const)
    .filter(key => members.has(key))
    .map(key => `${key} belongs to a secret with a path; give it one, or leave ${key} out`)
}

/** Part of an address: a segment of dots would lead elsewhere. */
const readPath = scalarAs('path must be that of a secret with its mount, as database/creds/app', text => {
  const parts = text.split('/').filter(part => part !== '')
  const plain = text.length <= 1024 && !/[\p{Cc}\s]/u.test(text) && !parts.some(part => /^\.\.?$/.test(part))
  return plain && parts.length > 0 ? text : undefined
})

const readTruth = (what: string): Read<boolean> =>
  scalarAs(`${what} must be true or false`, (_text, value) => (typeof value === 'boolean' ? value : undefined))

const readVersion = scalarAs('version must be a whole number from 1', (_text, value) =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 1 ? value : undefined,
)

const readHook: Read<OnChange | 'none'> = scalarAs(`on-change must be ${allowedOnChange}`, readOnChange)

const readVariables =
  (seen: Seen): Read<readonly Variable[]> =>
  (node, report) =>
    entriesOf(node, 'env', report)?.flatMap(({ name, key, value }) => {
      if (!/^[^=\p{Cc}\p{Z}]+$/u.test(name)) report(key, 'a variable has a name without "=" and blanks')
      if (seen.variables.has(name)) report(key, `the variable ${name} is given above; give one of them another name`)
      seen.variables.add(name)
      const from = readKey(value, report)
      return from === undefined ? [] : [{ name, key: from }]
    })

/** Sent to Vault as they stand; plain JSON. */
const readParams: Read<Readonly<Record<string, unknown>>> = (node, report) => {
  const entries = entriesOf(node, 'params', report)
  return entries === undefined ? undefined : Object.fromEntries(entries.map(paramOf))
}

const paramOf = ({ name, value }: MapEntry): readonly [string, unknown] => [name, plain(value)]

const plain = (node: Node | null): unknown => {
  if (isSeq<Node | null>(node)) return node.items.map(plain)
  if (isMap<Node, Node | null>(node))
    return Object.fromEntries(node.items.map(({ key, value }) => [String(key), plain(value)]))
  if (!isScalar(node)) return null
  // Infinity has no place in JSON.
  return typeof node.value === 'number' && !Number.isFinite(node.value) ? node.source : node.value
}

/** By key, or one for every key that a variable asks for. */
const readDefault =
  (env: readonly Variable[]): Read<Readonly<Record<string, unknown>>> =>
  (node, report) => {
    const entries = isMap(node) ? entriesOf(node, 'default', report) : undefined
    if (entries !== undefined) return Object.fromEntries(entries.map(paramOf))
    const value = scalarAs('default must be text, or a map of keys and values', text => text)(node, report)
    if (value === undefined) return undefined
    if (env.length === 0)
      return report(node, 'this default is for the keys of env, and there are none; write a map of keys and values')
    return Object.fromEntries(env.map(({ key }) => [key, value]))
  }
