import { takenAt } from './match.ts'
import { list, type Value } from './value.ts'
import { alias, emptyMap, isMerge, put } from './yaml-node.ts'
import { isSpaceAt, type Reader, skip, wrong } from './yaml-reader.ts'
import { quoted, scalarValue } from './yaml-text.ts'

const deepest = 200

/** `[a, b]` or `{a: b}`, which begins here. */
export const flow = (reader: Reader): Value => {
  reader.depth += 1
  reader.flows += 1
  if (reader.depth > deepest) throw wrong(reader, 'it is too deep')
  const value = reader.text.charAt(reader.at) === '[' ? sequence(reader) : mapping(reader)
  reader.depth -= 1
  reader.flows -= 1
  return value
}

const takes = (reader: Reader, letter: string): boolean => {
  skip(reader)
  if (reader.text.charAt(reader.at) !== letter) return false
  reader.at += 1
  return true
}

const sequence = (reader: Reader): Value => {
  reader.at += 1
  const items: Value[] = []
  while (!takes(reader, ']')) {
    reader.run.spend(1)
    const start = reader.at
    const item = element(reader)
    const merges = isMerge(reader, start)
    if (takes(reader, ':')) {
      const map = emptyMap()
      put(reader, map, item, valueOf(reader), merges)
      items.push(map)
    } else items.push(item)
    if (takes(reader, ']')) break
    if (!takes(reader, ',')) throw wrong(reader)
  }
  return list(items)
}

const mapping = (reader: Reader): Value => {
  reader.at += 1
  const map = emptyMap()
  while (!takes(reader, '}')) {
    reader.run.spend(1)
    const start = reader.at
    const key = element(reader)
    const merges = isMerge(reader, start)
    put(reader, map, key, takes(reader, ':') ? valueOf(reader) : null, merges)
    if (takes(reader, '}')) break
    if (!takes(reader, ',')) throw wrong(reader)
  }
  return map
}

/** Behind a colon there may be nothing. */
const valueOf = (reader: Reader): Value => {
  skip(reader)
  return ',]}'.includes(reader.text.charAt(reader.at) || 'x') ? null : element(reader)
}

const element = (reader: Reader): Value => {
  skip(reader)
  const letter = reader.text.charAt(reader.at)
  if (letter === '"' || letter === "'") return quoted(reader)
  if (letter === '[' || letter === '{') return flow(reader)
  if (letter === '*') return alias(reader)
  if (
    letter === '' ||
    ',]}#&!|>%@`?'.includes(letter) ||
    (letter === '-' && isSpaceAt(reader.text, reader.at + 1)) ||
    letter === ':'
  )
    throw wrong(reader)
  const scalar = /(?:[^\s:#,?[\]{}]|:(?!\s|$)|(?<!\s)#|\s+(?![\s#,?[\]{}]|:(?:\s|$)|$))*/y
  const text = takenAt(scalar, reader.text, reader.at)
  reader.at += text.length
  return scalarValue(text.split(/[ \t]*\n[ \t]*/).join(' '))
}
