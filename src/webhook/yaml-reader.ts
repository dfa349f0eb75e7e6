import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml'
import { PodvaultError } from '../errors.ts'
import { nearest } from '../inject/nearest.ts'
import { quote } from '../inject/quote.ts'
import { refusalMessage } from '../inject/refusal.ts'

export type Member = { readonly name: string; readonly key: Node; readonly value: Node }

/** Reads nodes of a YAML file. What is wrong is noted with its place, and undefined or less is given back. */
export type YamlReader = {
  /** file:line:column of a node. */
  readonly place: (node: Node) => string
  readonly wrong: (node: Node, message: string) => undefined
  /** @param allowed all keys there may be; any when undefined */
  readonly members: (node: Node | undefined, what: string, allowed?: readonly string[]) => readonly Member[]
  readonly items: (node: Node, what: string) => readonly Node[] | undefined
  readonly text: (node: Node, what: string) => string | undefined
  readonly truth: (node: Node, what: string) => boolean | undefined
}

/**
 * Reads a YAML file strictly.
 * @param read is given the root, undefined where the file has no content
 * @throws PodvaultError `usage` with all problems, each with file, line and column
 */
export const readYaml = <T>(text: string, path: string, read: (root: Node | undefined, reader: YamlReader) => T): T => {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const problems: string[] = []
  const placeAt = (offset: number): string => {
    const { line, col } = lines.linePos(offset)
    return `${path}:${line}:${col}`
  }
  for (const { pos, message } of [...document.errors, ...document.warnings])
    problems.push(`${placeAt(pos[0])}: this is no YAML: ${message}`)
  const { contents } = document
  const reader = readerOf(node => placeAt(Number(node.range?.[0])), problems)
  const result = problems.length > 0 ? undefined : read(isNothing(contents) ? undefined : contents, reader)
  if (result === undefined || problems.length > 0)
    throw new PodvaultError('usage', refusalMessage(problems.map(message => ({ reason: 'bad-value', message }))))
  return result
}

const isNothing = (node: Node | null): node is null => node === null || (isScalar(node) && node.value === null)

const readerOf = (place: YamlReader['place'], problems: string[]): YamlReader => {
  const wrong = (node: Node, message: string): undefined => {
    problems.push(`${place(node)}: ${message}`)
  }
  return {
    place,
    wrong,
    members: (node, what, allowed) => membersOf(node, what, allowed, wrong),
    items: (node, what) => (isSeq<Node>(node) ? node.items : wrong(node, `${what} must be a list`)),
    text: (node, what) =>
      isScalar(node) && typeof node.value === 'string'
        ? node.value
        : wrong(node, `${what} must be text; write it in quotes`),
    truth: (node, what) =>
      isScalar(node) && typeof node.value === 'boolean' ? node.value : wrong(node, `${what} must be true or false`),
  }
}

const membersOf = (
  node: Node | undefined,
  what: string,
  allowed: readonly string[] | undefined,
  wrong: YamlReader['wrong'],
): readonly Member[] => {
  if (node === undefined || isNothing(node)) return []
  if (!isMap<Node, Node | null>(node)) return wrong(node, `${what} must be a map of keys and values`) ?? []
  return node.items.flatMap(({ key, value }) => {
    if (!isScalar(key)) return wrong(key, `${what} has a key that is no word`) ?? []
    const name = String(key.value)
    if (allowed?.includes(name) === false) return wrong(key, unknown(what, name, allowed)) ?? []
    return value === null ? (wrong(key, `${quote(name)} has no value`) ?? []) : [{ name, key, value }]
  })
}

const unknown = (what: string, name: string, allowed: readonly string[]): string => {
  const near = nearest(name, allowed)
  const hint = near === undefined ? `allowed: ${allowed.join(', ')}` : `did you mean ${near}?`
  return `${what} knows no key ${quote(name)}; ${hint}`
}
