import { matchAt, takenAt } from './match.ts'
import { isSpaceAt, type Reader, skip, startReader, wrong } from './yaml-reader.ts'
import { flow } from './yaml-flow.ts'
import { alias, emptyMap, isMerge, put } from './yaml-node.ts'
import { blockScalar, plain, plainLine, quoted, scalarValue } from './yaml-text.ts'
import { list, type Run, type Value } from './value.ts'

/**
 * YAML as yaml.v2 reads it, but for tags and for keys behind "?", which are refused. Of several documents, the first.
 * @throws TemplateError
 */
export const parseYaml = (text: string, run: Run): Value => {
  run.spend(text.length >> 1)
  const reader = startReader(text, run)
  skip(reader)
  if (reader.text.startsWith('%', reader.at)) throw wrong(reader, 'directives are not read')
  if (atMarker(reader, '---')) reader.at += 3
  const value = node(reader, -1, true)
  skip(reader)
  if (reader.at < reader.text.length && !atMarker(reader, '---') && !atMarker(reader, '...')) throw wrong(reader)
  return value
}

const atMarker = ({ text, at, column }: Reader, marker: string): boolean =>
  column() === 0 && text.startsWith(marker, at) && isSpaceAt(text, at + 3)

const deepest = 200

/** @param nests whether a map or list may begin on this very line */
const node = (reader: Reader, parent: number, nests: boolean): Value => {
  const before = reader.at
  const broke = skip(reader)
  const mayNest = nests || broke
  const column = reader.column()
  if (reader.at >= reader.text.length || column <= parent || atMarker(reader, '---') || atMarker(reader, '...')) {
    reader.at = before
    return null
  }
  reader.run.spend(1)
  reader.depth += 1
  if (reader.depth > deepest) throw wrong(reader, 'it is too deep')
  const value = named(reader, anchor => inner(reader, parent, mayNest && anchor === undefined, column))
  reader.depth -= 1
  return value
}

/** With `&name` before it, the value can be had again as `*name`. */
const named = (reader: Reader, read: (anchor: string | undefined) => Value): Value => {
  const [all, anchor] = matchAt(/&([\w-]+)(?=\s|$)/y, reader.text, reader.at)
  if (all === undefined || anchor === undefined) return read(undefined)
  reader.at += all.length
  const value = read(anchor)
  reader.anchors.set(anchor, value)
  return value
}

const inner = (reader: Reader, parent: number, mayNest: boolean, column: number): Value => {
  const anchored = reader.text.charAt(reader.at)
  if (isSpaceAt(reader.text, reader.at)) return node(reader, parent, false)
  if (anchored === '|' || anchored === '>') return blockScalar(reader, parent)
  if (isEntry(reader)) {
    if (!mayNest) throw wrong(reader)
    return sequence(reader, column)
  }
  const start = reader.at
  const key = inline(reader)
  if (!isColon(reader)) return key.plain ? scalarValue(plain(reader, start, parent)) : key.value
  if (!mayNest) throw wrong(reader)
  return mapping(reader, column, key.value, key.plain && key.value === '<<')
}

const isEntry = ({ text, at }: Reader): boolean => text.charAt(at) === '-' && isSpaceAt(text, at + 1)

const isColon = (reader: Reader): boolean => {
  const [colon] = matchAt(/[ \t]*:(?=\s|$)/y, reader.text, reader.at)
  reader.at += (colon ?? '').length
  return colon !== undefined
}

type Inline = { readonly value: Value; readonly plain: boolean }

/** What may be a key: all on one line, or in brackets. */
const inline = (reader: Reader): Inline => {
  const letter = reader.text.charAt(reader.at)
  if (letter === '"' || letter === "'") return { value: quoted(reader), plain: false }
  if (letter === '[' || letter === '{') return { value: flow(reader), plain: false }
  if (letter === '*') return { value: alias(reader), plain: false }
  if (letter === '?' && isSpaceAt(reader.text, reader.at + 1)) throw wrong(reader, 'keys behind "?" are not read')
  if (letter === '!') throw wrong(reader, 'tags are not read')
  if (',]}#&|>%@`'.includes(letter) || (letter === ':' && isSpaceAt(reader.text, reader.at + 1))) throw wrong(reader)
  const text = takenAt(plainLine(), reader.text, reader.at)
  reader.at += text.length
  return { value: scalarValue(text), plain: true }
}

const sequence = (reader: Reader, column: number): Value => {
  const items: Value[] = []
  while (reader.at < reader.text.length && reader.column() === column && isEntry(reader)) {
    reader.at += 1
    items.push(node(reader, column, true))
    skip(reader)
  }
  mustEnd(reader, column)
  return list(items)
}

const mustEnd = (reader: Reader, column: number): void => {
  if (reader.at < reader.text.length && reader.column() > column) throw wrong(reader)
}

const mapping = (reader: Reader, column: number, first: Value, merges: boolean): Value => {
  const map = emptyMap()
  let [key, isMerged] = [first, merges]
  for (;;) {
    put(reader, map, key, value(reader, column), isMerged)
    skip(reader)
    if (
      reader.at >= reader.text.length ||
      reader.column() !== column ||
      atMarker(reader, '---') ||
      atMarker(reader, '...')
    )
      break
    if (isEntry(reader)) throw wrong(reader)
    const start = reader.at
    key = named(reader, () => inline(reader).value)
    isMerged = isMerge(reader, start)
    if (!isColon(reader)) throw wrong(reader)
  }
  mustEnd(reader, column)
  return map
}

/** A list may stand as far left as its key. */
const value = (reader: Reader, column: number): Value => {
  const start = reader.at
  const broke = skip(reader)
  if (broke && reader.column() === column && isEntry(reader)) return sequence(reader, column)
  reader.at = start
  return node(reader, column, false)
}
