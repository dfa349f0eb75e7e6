import { isMap, isScalar, isSeq, type Node } from 'yaml'
import { nearest } from './nearest.ts'

/** Takes a problem at a place of the document; gives undefined, so that a reader can return it. */
export type Report = (node: Node, message: string) => undefined

/** Reads a node, or reports what is wrong with it. */
export type Read<T> = (node: Node, report: Report) => T | undefined

/** The members of a map by their keys; whatever key is not known is reported, with the one that was meant if one is near. */
export const membersOf = <K extends string>(
  node: Node,
  what: string,
  known: readonly K[],
  report: Report,
): ReadonlyMap<K, Node> | undefined => {
  const entries = entriesOf(node, what, report)
  if (entries === undefined) return undefined
  const members = new Map<K, Node>()
  for (const { name, key, value } of entries) {
    const found = known.find(each => each === name)
    if (found !== undefined) members.set(found, value)
    else {
      const near = nearest(name, known)
      report(
        key,
        `${what} has a key that does not exist; ${near === undefined ? `there are: ${known.join(', ')}` : `did you mean ${near}?`}`,
      )
    }
  }
  return members
}

/** Reads members by their keys; undefined where there is none, and where it is not what it must be. */
export const readingOf =
  <K extends string>(members: ReadonlyMap<K, Node>, report: Report) =>
  <T>(key: K, reader: Read<T>): T | undefined => {
    const value = members.get(key)
    return value === undefined ? undefined : reader(value, report)
  }

export type MapEntry = { readonly name: string; readonly key: Node; readonly value: Node }

/** The entries of a map with any keys; undefined when it is none. */
export const entriesOf = (node: Node, what: string, report: Report): readonly MapEntry[] | undefined => {
  if (!isMap<Node, Node | null>(node)) return report(node, `${what} must be a map of keys and values`)
  const seen = new Set<unknown>()
  return node.items.flatMap(({ key, value }) => {
    // Whoever reads the document has complained already.
    if (isScalar(key) && seen.size === seen.add(key.value).size) return []
    if (!isScalar(key) || typeof key.value !== 'string') return report(key, `${what} has a key that is no word`) ?? []
    if (value === null || (isScalar(value) && value.value === null)) return report(key, 'this key has no value') ?? []
    return [{ name: key.value, key, value }]
  })
}

export const listOf =
  <T>(what: string, item: Read<T>): Read<readonly T[]> =>
  (node, report) => {
    if (!isSeq<Node>(node)) return report(node, `${what} must be a list`)
    return node.items.flatMap(each => item(each, report) ?? [])
  }

/**
 * A single value. @param what it must be, as the sentence says it
 * @param accept is given the value as it is written, and as YAML reads it; undefined means: not allowed
 */
export const scalarAs =
  <T>(what: string, accept: (text: string, value: unknown) => T | undefined): Read<T> =>
  (node, report) => {
    const accepted = isScalar(node) ? accept(String(node.source), node.value) : undefined
    return accepted === undefined ? report(node, what) : accepted
  }

/** One of some words. */
export const oneOf = <const T extends string>(what: string, values: readonly T[]): Read<T> =>
  scalarAs(`${what} must be one of: ${values.join(', ')}`, text => values.find(value => value === text))
