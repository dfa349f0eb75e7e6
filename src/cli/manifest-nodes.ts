import { isMap, isPair, isSeq, type Node, type Pair, type YAMLMap, type YAMLSeq } from 'yaml'

/** Replaces the text from one offset up to another. */
export type Edit = { readonly from: number; readonly to: number; readonly text: string }

export type Member = Pair<Node, Node | null>
export type Map = YAMLMap<Node, Node | null>
export type List = YAMLSeq<Node>

export const memberOf = (map: Map, name: string): Member | undefined =>
  map.items.find(({ key }) => 'value' in key && String(key.value) === name)

export const startOf = (item: Node | Member): number => {
  if (isPair<Node, Node | null>(item)) return startOf(item.key)
  return Number(item.range?.[0])
}

/** Where the last character of a node is, comments behind it left out. */
export const endOf = (item: Node | Member): number => {
  if (isPair<Node, Node | null>(item)) return Math.max(endOf(item.key), item.value === null ? 0 : endOf(item.value))
  const last =
    (isMap<Node, Node | null>(item) || isSeq<Node>(item)) && item.flow !== true ? item.items.at(-1) : undefined
  return last === undefined ? Number(item.range?.[1]) : endOf(last)
}

export const lineStart = (text: string, at: number): number => text.lastIndexOf('\n', at - 1) + 1

export const columnOf = (text: string, at: number): number => at - lineStart(text, at)

/** The line with the dash of a block list's item. */
export const lineOfItem = (text: string, at: number, column: number): number => {
  let line = lineStart(text, at)
  while (line > 0 && text[line + column] !== '-') line = lineStart(text, line - 1)
  return line
}

/** Behind the line that holds this offset; behind the text where the line is the last one. */
export const lineEnd = (text: string, at: number): number => {
  // A block scalar ends behind its last newline.
  const newline = text[at - 1] === '\n' ? at - 1 : text.indexOf('\n', at)
  return newline === -1 ? text.length : newline + 1
}

/** Before the newline, if there is one, that an offset stands behind. */
export const beforeNewline = (text: string, at: number): number =>
  at - (/\r?\n$/.exec(text.slice(0, at))?.[0].length ?? 0)
