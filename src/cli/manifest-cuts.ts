import type { Node } from 'yaml'
import {
  beforeNewline,
  columnOf,
  type Edit,
  endOf,
  lineEnd,
  lineOfItem,
  lineStart,
  type List,
  type Map,
  type Member,
  memberOf,
  startOf,
} from './manifest-nodes.ts'

/** Takes an item out of a list: the opposite of addItem, to the byte. */
export const cutItem = (text: string, list: List, at: number): Edit => {
  const item = list.items[at]
  if (item === undefined) throw new Error(`the list has no item ${at}`)
  if (list.flow === true) return cutInFlow(item, list.items[at - 1], list.items[at + 1])
  if (list.items.length === 1) return { from: startOf(list), to: contentEnd(text, list), text: '[]' }
  const column = columnOf(text, startOf(list))
  const dash = (each: Node) => lineOfItem(text, startOf(each), column) + column
  const next = list.items[at + 1]
  // The first item of a list in a list shares its line with the dash of the outer one.
  return next !== undefined && isShared(text, dash(item))
    ? { from: dash(item), to: dash(next), text: '' }
    : cutLines(text, dash(item), endOf(item))
}

/** Takes a member out of a map: the opposite of addMember. */
export const cutMember = (text: string, map: Map, name: string): Edit => {
  const at = map.items.findIndex(each => each === memberOf(map, name))
  const member = map.items[at]
  if (member === undefined) throw new Error(`the document has no ${name} there`)
  if (map.flow === true) return cutInFlow(member, map.items[at - 1], map.items[at + 1])
  if (map.items.length === 1) return { from: startOf(map), to: contentEnd(text, map), text: '{}' }
  const next = map.items[at + 1]
  // The first member of a map in a list shares its line with the dash.
  return next !== undefined && isShared(text, startOf(member))
    ? { from: startOf(member), to: startOf(next), text: '' }
    : cutLines(text, startOf(member), endOf(member))
}

/** Gives a member the value null: nothing behind its key, or the word where nothing would not do. */
export const emptyMember = (text: string, map: Map, name: string): Edit => {
  const member = memberOf(map, name)
  if (member?.value === undefined || member.value === null) throw new Error(`the document has no ${name} there`)
  const key = beforeNewline(text, lineEnd(text, endOf(member.key)))
  const [from, to] = [startOf(member.value), contentEnd(text, member.value)]
  return from < key ? { from, to, text: 'null' } : { from: key, to, text: '' }
}

/** Between brackets a comma goes with the item, the one that came with it. */
const cutInFlow = (item: Node | Member, before: Node | Member | undefined, next: Node | Member | undefined): Edit =>
  next === undefined
    ? { from: before === undefined ? startOf(item) : endOf(before), to: endOf(item), text: '' }
    : { from: startOf(item), to: startOf(next), text: '' }

const contentEnd = (text: string, node: Node): number => beforeNewline(text, endOf(node))

const isShared = (text: string, at: number): boolean => text.slice(lineStart(text, at), at).trim() !== ''

/** Whole lines; where they are the last ones and end without a newline, so does what stands before them. */
const cutLines = (text: string, from: number, end: number): Edit => {
  const [start, to] = [lineStart(text, from), lineEnd(text, end)]
  return { from: text.endsWith('\n', to) ? start : beforeNewline(text, start), to, text: '' }
}
