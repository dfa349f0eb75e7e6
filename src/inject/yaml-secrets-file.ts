import { type Document, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, visit } from 'yaml'
import {
  type Entry,
  fileNamesOf,
  type Format,
  formats,
  type OnChange,
  type OutputFile,
  type Variable,
} from '../contract.ts'
import { allowedOnChange, readOnChange } from './on-change.ts'
import type { FileProblem, ParsedSecretsFile } from './secrets-file.ts'
import {
  entriesOf,
  listOf,
  type MapEntry,
  membersOf,
  type Read,
  readingOf,
  type Report,
  scalarAs,
} from './yaml-nodes.ts'

/** Characters; the parser takes some 5 s for a megabyte, in which nobody else is answered. */
const longest = 64 * 1024

/**
 * Reads a secrets file in YAML. Strict: what it does not know is a problem, with line and column, and all problems come
 * at once. Never quotes the file: somebody may have pasted a value.
 */
export const parseYamlSecretsFile = (text: string): ParsedSecretsFile => {
  const lines = new LineCounter()
  const problems: FileProblem[] = []
  const problemAt = (offset: number, message: string): FileProblem => {
    const { line, col } = lines.linePos(offset)
    return { line, column: col, message }
  }
  const report: Report = (node, message) => void problems.push(problemAt(Number(node.range?.[0]), message))
  if (text.length > longest)
    return refused({ line: 1, column: 1, message: `a secrets file in YAML has at most ${longest} characters` })
  // The parser itself compares each key of a map with all others, which takes half a minute where there are many.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false })
  const [broken] = [...document.errors, ...document.warnings]
  // What follows the first is mostly noise.
  if (broken !== undefined) return refused(problemAt(broken.pos[0], `this is no YAML: ${words(broken.code)}`))
  const alias = firstAlias(document)
  if (alias !== undefined) return refused(problemAt(alias, 'a secrets file has no aliases; write it out'))
  for (const key of repeatedKeys(document)) report(key, 'this key stands in the map already; keep one of them')
  const { contents } = document
  const entries = contents === null ? [] : readFile(contents, report)
  return problems.length === 0 ? { entries } : { problems: problems.toSorted(inOrder) }
}

/** Where it stands, as an offset. */
const firstAlias = (document: Document): number | undefined => {
  let found: number | undefined
  visit(document, { Alias: (_key, { range }) => ((found = range?.[0]), visit.BREAK) })
  return found
}

const repeatedKeys = (document: Document): readonly Node[] => {
  const repeated: Node[] = []
  visit(document, {
    Map: (_key, { items }) => {
      const seen = new Set<unknown>()
      for (const { key } of items) if (isScalar(key) && seen.size === seen.add(key.value).size) repeated.push(key)
    },
  })
  return repeated
}

const refused = (...problems: readonly FileProblem[]): ParsedSecretsFile => ({ problems })

/** The parser's own message may quote the file. */
const words = (code: string): string => code.toLowerCase().replaceAll('_', ' ')

const inOrder = (a: FileProblem, b: FileProblem): number => a.line - b.line || a.column - b.column

const readFile = (root: Node, report: Report): readonly Entry[] => {
  if (isScalar(root) && root.value === null) return []
  const secrets = membersOf(root, 'a secrets file', ['secrets'], report)?.get('secrets')
  if (secrets === undefined) return []
  const seen: Seen = { variables: new Set(), files: new Set() }
  return listOf('secrets', readEntry(seen))(secrets, report) ?? []
}

/** Names that have been given; whoever gives one again is the problem. */
type Seen = { readonly variables: Set<string>; readonly files: Set<string> }

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

const readEntry =
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

const oneOf = <const T extends string>(what: string, values: readonly T[]): Read<T> =>
  scalarAs(`${what} must be one of: ${values.join(', ')}`, text => values.find(value => value === text))

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

const readKey = scalarAs('what stands behind a variable must be a key of the secret, as password', text =>
  text === '' ? undefined : text,
)

const outputKeys = ['name', 'format', 'key', 'decode', 'template', 'template-file', 'mode'] as const

const readOutput =
  (seen: Seen): Read<OutputFile> =>
  (node, report) => {
    const members = membersOf(node, 'a file', outputKeys, report)
    if (members === undefined) return undefined
    const read = readingOf(members, report)
    const name = read('name', readName)
    if (!members.has('name')) report(node, 'a file needs a name')
    const [key, mode] = [read('key', readKey), read('mode', readMode)]
    const decode = read('decode', oneOf('decode', ['base64']))
    const [template, templateFile] = [read('template', readText), read('template-file', readTemplateFile)]
    const templated = members.has('template') || members.has('template-file')
    const given = read('format', readFormat)
    const format = given ?? (templated ? 'template' : undefined)
    for (const each of name === undefined ? [] : fileNamesOf({ name, format: format ?? 'json' })) {
      if (seen.files.has(each)) report(node, `the file ${each} is given above; give one of them another name`)
      seen.files.add(each)
    }
    const mistake = formatMistake(members, given)
    if (mistake !== undefined) report(node, mistake)
    return {
      name: name ?? '',
      format: format ?? 'json',
      ...(key !== undefined && { key }),
      ...(decode !== undefined && { decode }),
      ...(template !== undefined && { template }),
      ...(templateFile !== undefined && { templateFile }),
      ...(mode !== undefined && { mode }),
    }
  }

const formatMistake = (members: ReadonlyMap<string, Node>, format: Format | undefined): string | undefined => {
  const templates = ['template', 'template-file'].filter(name => members.has(name)).length
  if (templates > 1) return 'template and template-file exclude each other; keep one'
  if (templates === 0 && format === 'template') return 'format template needs a template, or a template-file'
  if (templates > 0 && members.has('format') && format !== 'template')
    return 'a template makes the format; leave the format out, or the template'
  if (templates === 0 && !members.has('format')) return `a file needs a format (${formats.join(', ')}), or a template`
  if (members.has('key') && format !== 'raw') return 'key belongs to format raw, which writes one value'
  if (members.has('decode') && format !== 'raw') return 'decode belongs to format raw, which writes one value'
  return undefined
}

const readFormat = oneOf('format', formats)
const readText = scalarAs('template must be text', text => text)

const readName = scalarAs(
  'the name of a file is a relative path of letters, digits, ".", "_" and "-", without "..", and not env or token, which podvault writes itself',
  text =>
    /^(?!\/)(?:(?:^|\/)(?!\.\.?(?:\/|$)|\.\.)[\w.-]{1,253})+$/.test(text) && !/^(?:env|token)$/.test(text)
      ? text
      : undefined,
)

const readTemplateFile = scalarAs(
  'template-file must be a file of a ConfigMap in podvault.dev/secrets-file, as /etc/secrets.d/app.ctmpl',
  text =>
    /^\/etc\/secrets\.d\/(?:(?!\.)[\w.-]+\/)?(?!\.\.)[\w.-]+\.(?:ctmpl|tmpl|tpl)$/.test(text) ? text : undefined,
)

/** Written as chmod knows it; YAML itself would read 0400 as four hundred. */
const readMode = scalarAs(
  'mode must be three octal digits with a 0 in front, as "0400"; the owner reads in any case',
  text => (/^0[4-7][0-7]{2}$/.test(text) ? Number.parseInt(text, 8) : undefined),
)

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
