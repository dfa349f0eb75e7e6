// PURE: JSON whose members stand in one order, so that the same data are the same bytes.
import { isNumeral } from '../vault/json.ts'

/** By code point, which is also the order of UTF-8 bytes and so of Go; JavaScript's own differs beyond U+FFFF. */
export const byCodePoint = (one: string, other: string): number => {
  const length = Math.min(one.length, other.length)
  for (let index = 0; index < length; index += 1) {
    const difference = rank(one.charCodeAt(index)) - rank(other.charCodeAt(index))
    if (difference !== 0) return difference
  }
  return one.length - other.length
}

/** Surrogates stand for what comes after everything else. */
const rank = (unit: number): number => (unit >= 0xd800 && unit < 0xe000 ? unit + 0x2800 : unit)

export const sortedEntries = (record: Readonly<Record<string, unknown>>): readonly (readonly [string, unknown])[] =>
  Object.entries(record).toSorted(([one], [other]) => byCodePoint(one, other))

/** Compact. Numbers keep the digits they came with. */
export const sortedJson = (value: unknown): string => {
  if (typeof value !== 'object' || value === null || isNumeral(value)) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(sortedJson).join(',')}]`
  const members = sortedEntries(value as Readonly<Record<string, unknown>>)
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${sortedJson(member)}`).join(',')}}`
}
