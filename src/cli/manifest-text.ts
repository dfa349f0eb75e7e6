import { type Node, stringify } from 'yaml'
import {
  columnOf,
  type Edit,
  endOf,
  lineEnd,
  lineOfItem,
  lineStart,
  type List,
  type Map,
  memberOf,
  startOf,
} from './manifest-nodes.ts'

/** Writes a value in the place of a node, on one line. */
export const replaceWith = (node: Node, value: unknown): Edit => ({
  from: startOf(node),
  to: endOf(node),
  text: JSON.stringify(value),
})

/** @param at an index of the list, or `-` for its end */
export const addItem = (text: string, list: List, at: string | number, value: unknown): Edit => {
  const next = at === '-' ? undefined : list.items[Number(at)]
  if (list.flow === true) return addInFlow(text, list, next, space => JSON.stringify(value, null, space))
  const column = columnOf(text, startOf(list))
  const block = blockOf([value], column, false)
  if (next === undefined) return insertLines(text, endOf(list), block)
  const line = lineOfItem(text, startOf(next), column)
  const dash = line + column
  // The first item of a list in a list shares its line with the dash of the outer one.
  if (text.slice(line, dash).trim() !== '')
    return { from: dash, to: dash, text: `${block.trimStart()}\n${' '.repeat(column)}` }
  const from = aboveComments(text, line)
  return { from, to: from, text: `${block}\n` }
}

/** Adds a member to a map, or gives the one that is there another value. */
export const addMember = (text: string, map: Map, name: string, value: unknown): Edit => {
  const member = memberOf(map, name)
  if (map.flow === true) {
    const render = (space: string) => `${JSON.stringify(name)}: ${JSON.stringify(value, null, space)}`
    if (member === undefined) return addInFlow(text, map, undefined, render)
    if (hasText(member.value)) return replaceWith(member.value, value)
    return { from: startOf(member), to: endOf(member), text: render('') }
  }
  const column = columnOf(text, startOf(map))
  const block = blockOf({ [name]: value }, column, indentsLists(text))
  if (member === undefined) return insertLines(text, endOf(map), block)
  const [from, to] = [startOf(member), endOf(member)]
  const below = block.indexOf('\n')
  // Nothing stands behind the key but perhaps a comment, which stays there.
  if (below !== -1 && text.slice(endOf(member.key), to).trim() === ':')
    return insertLines(text, from, block.slice(below + 1))
  return { from, to, text: block.trimStart() + (text[to - 1] === '\n' ? '\n' : '') }
}

const hasText = (node: Node | null): node is Node => node !== null && endOf(node) > startOf(node)

/** Between brackets: on a line of its own where its neighbour has one, in JSON, which is YAML too. */
const addInFlow = (
  text: string,
  collection: Map | List,
  next: Node | undefined,
  render: (space: string) => string,
): Edit => {
  const neighbour = next ?? collection.items.at(-1)
  if (neighbour === undefined) {
    const inside = startOf(collection) + 1
    return { from: inside, to: inside, text: render('') }
  }
  const margin = text.slice(lineStart(text, startOf(neighbour)), startOf(neighbour))
  const ownLine = margin.trim() === ''
  const added = render(ownLine ? (margin.startsWith('\t') ? '\t' : '  ') : '').replaceAll('\n', `\n${margin}`)
  const gap = ownLine ? `\n${margin}` : ' '
  const at = next === undefined ? endOf(neighbour) : startOf(next)
  return { from: at, to: at, text: next === undefined ? `,${gap}${added}` : `${added},${gap}` }
}

/** Lists under a key begin further to the right than the key in some manifests; then ours do too. */
const indentsLists = (text: string): boolean => !/^( *)(?:- )?[\w-]+:[ \t]*\r?\n\1- /m.test(text)

const blockOf = (value: unknown, column: number, indentSeq: boolean): string =>
  // Quoted for YAML 1.1 as well, which is what kubectl reads.
  stringify(value, { version: '1.1', lineWidth: 0, indentSeq, aliasDuplicateObjects: false })
    .trimEnd()
    .split('\n')
    .map(line => ' '.repeat(column) + line)
    .join('\n')

/** Inserts whole lines below the line that holds this offset. */
const insertLines = (text: string, at: number, block: string): Edit => {
  const end = lineEnd(text, at)
  return { from: end, to: end, text: text.endsWith('\n', end) ? `${block}\n` : `\n${block}` }
}

/** Comments right above a line belong to it. */
const aboveComments = (text: string, line: number): number => {
  const above = lineStart(text, line - 1)
  return line > 0 && /^ *#/.test(text.slice(above, line)) ? aboveComments(text, above) : line
}
