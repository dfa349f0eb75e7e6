import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml'
import { PodvaultError } from '../errors.ts'
import { checkDefaults, prefix } from '../inject/annotations.ts'
import { address } from '../inject/kinds.ts'
import { nearest } from '../inject/nearest.ts'
import { safest, type Settings } from '../inject/settings.ts'

/** The operator's file. `server` holds settings by the names of their flags, with the place they stand at. */
export type ConfigFile = {
  readonly server: Readonly<Record<string, { readonly text: string; readonly place: string }>>
  readonly defaults: Settings['defaults']
  readonly allow: Settings['allow']
}

export const emptyConfigFile: ConfigFile = {
  server: {},
  defaults: {},
  allow: safest,
}

/** Throws an error that names file, line and column of a node. */
type Fail = (node: Node, message: string) => never
type Place = (node: Node) => string

/**
 * Reads the operator's file. Strict: a key that does not exist stops the start.
 * @param serverKeys names of the server settings that may stand in it
 * @throws PodvaultError `usage` naming file, line and column
 */
export const parseConfigFile = (text: string, path: string, serverKeys: readonly string[]): ConfigFile => {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const placeAt = (offset: number): string => {
    const { line, col } = lines.linePos(offset)
    return `${path}:${line}:${col}`
  }
  const [error] = document.errors
  if (error !== undefined)
    throw new PodvaultError('usage', `${placeAt(error.pos[0])}: this is no YAML: ${error.message}`)
  const place: Place = node => placeAt(Number(node.range?.[0]))
  const fail: Fail = (node, message) => {
    throw new PodvaultError('usage', `${place(node)}: ${message}`)
  }
  const { contents } = document
  if (contents === null || (isScalar(contents) && contents.value === null)) return emptyConfigFile
  return readFile(contents, serverKeys, fail, place)
}

const readFile = (root: Node, serverKeys: readonly string[], fail: Fail, place: Place): ConfigFile => {
  const members = membersOf(root, 'the file', [...serverKeys, 'defaults', 'allow'], fail)
  const server = members.filter(([key]) => serverKeys.includes(key))
  const find = (name: string): Node | undefined => members.find(([key]) => key === name)?.[1]
  return {
    server: Object.fromEntries(
      server.map(([key, value]) => [key, { text: textOf(value, key, fail), place: place(value) }]),
    ),
    defaults: defaultsOf(find('defaults'), fail),
    allow: allowOf(find('allow'), fail),
  }
}

const defaultsOf = (node: Node | undefined, fail: Fail): Settings['defaults'] => {
  if (node === undefined) return {}
  const entries = membersOf(node, 'defaults', undefined, fail).map(([key, value]) => {
    const text = textOf(value, `defaults.${key}`, fail)
    // One by one, so that the error has the line.
    const name = key.includes('/') ? key : prefix + key
    const [problem] = checkDefaults({ [name]: text })
    return problem === undefined ? ([name, text] as const) : fail(value, problem.message)
  })
  return Object.fromEntries(entries)
}

const allowOf = (node: Node | undefined, fail: Fail): Settings['allow'] => {
  const allow = emptyConfigFile.allow
  if (node === undefined) return allow
  const members = new Map(membersOf(node, 'allow', ['addresses', 'tls-skip-verify'], fail))
  const addresses = members.get('addresses')
  const skip = members.get('tls-skip-verify')
  return {
    ...allow,
    addresses: addresses === undefined ? allow.addresses : addressesOf(addresses, fail),
    tlsSkipVerify: skip === undefined ? allow.tlsSkipVerify : truthOf(skip, 'allow.tls-skip-verify', fail),
  }
}

const addressesOf = (node: Node, fail: Fail): readonly string[] => {
  if (!isSeq<Node>(node)) return fail(node, 'allow.addresses must be a list of addresses')
  return node.items.map(item => {
    const text = textOf(item, 'an address', fail)
    return address.read(text) ?? fail(item, `${JSON.stringify(text)} is no address; allowed: ${address.allowed}`)
  })
}

/** @param allowed all keys there may be; any when undefined */
const membersOf = (
  node: Node,
  what: string,
  allowed: readonly string[] | undefined,
  fail: Fail,
): readonly (readonly [string, Node])[] => {
  if (isScalar(node) && node.value === null) return []
  if (!isMap<Node, Node | null>(node)) return fail(node, `${what} must be a map of keys and values`)
  return node.items.map(({ key, value }) => {
    const name = isScalar(key) ? String(key.value) : fail(key, `${what} has a key that is no word`)
    if (allowed?.includes(name) === false) {
      const near = nearest(name, allowed)
      const hint = near === undefined ? `allowed: ${allowed.join(', ')}` : `did you mean ${near}?`
      fail(key, `${what} knows no key ${JSON.stringify(name)}; ${hint}`)
    }
    return [name, value ?? fail(key, `${name} has no value`)] as const
  })
}

const textOf = (node: Node, what: string, fail: Fail): string =>
  isScalar(node) && typeof node.value === 'string' ? node.value : fail(node, `${what} must be text; write it in quotes`)

const truthOf = (node: Node, what: string, fail: Fail): boolean =>
  isScalar(node) && typeof node.value === 'boolean' ? node.value : fail(node, `${what} must be true or false`)
