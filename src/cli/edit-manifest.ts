import { type Document, isAlias, isMap, isSeq, type Node, parseDocument, type ScalarTag, type Tags, visit } from 'yaml'
import { cutItem, cutMember, emptyMember } from './manifest-cuts.ts'
import { type Edit, type List, type Map, memberOf } from './manifest-nodes.ts'
import { addItem, addMember, replaceWith } from './manifest-text.ts'

/** Kubernetes reads 0644 as octal. */
const octal: ScalarTag = {
  default: true,
  tag: 'tag:yaml.org,2002:int',
  test: /^[-+]?0[0-7]+$/,
  resolve: digits => Number.parseInt(digits, 8),
}

/** As Kubernetes reads manifests, except that words as `yes` and `on` stay words. */
export const yamlOptions = {
  version: '1.2',
  merge: true,
  prettyErrors: false,
  customTags: (tags: Tags): Tags => [octal, ...tags],
} as const

/** Names and indexes from the top of a document; `-` is the end of a list. */
export type Path = readonly (string | number)[]

/** What is done at the end of a path: to an item of a list, or to a member of a map. */
type Change = {
  readonly item: (text: string, list: List, at: string | number) => Edit
  readonly member: (text: string, map: Map, name: string) => Edit
}

/**
 * Adds a value to a document in YAML or JSON, as a JSON Patch `add` does, and leaves every other byte as it is: comments,
 * quotes, order and blank lines. Aliases that stand in the way are written out.
 * @throws Error where the text has no place for it
 */
export const addToText = (text: string, path: Path, value: unknown): string =>
  change(text, path, {
    item: (before, list, at) => addItem(before, list, at, value),
    member: (before, map, name) => addMember(before, map, name, value),
  })

/** Takes away what addToText has added, to the byte. @throws Error where it is not there */
export const removeFromText = (text: string, path: Path): string =>
  change(text, path, { item: (before, list, at) => cutItem(before, list, Number(at)), member: cutMember })

/** Leaves of a member its name and no value. @throws Error where it is not there */
export const emptyInText = (text: string, path: Path): string =>
  change(text, path, {
    item: () => {
      throw new Error('an item of a list is removed, not emptied')
    },
    member: emptyMember,
  })

const change = (text: string, path: Path, wanted: Change): string => {
  const newline = text.includes('\r\n') ? '\r\n' : '\n'
  let edited = text
  for (;;) {
    const { edit, done } = nextEdit(edited, parseDocument(edited, yamlOptions), path, wanted)
    edited = edited.slice(0, edit.from) + edit.text.replaceAll('\n', newline) + edited.slice(edit.to)
    if (done) return edited
  }
}

/** The change itself, or the first thing that must be out of its way. */
const nextEdit = (
  text: string,
  document: Document,
  path: Path,
  wanted: Change,
): { readonly edit: Edit; readonly done: boolean } => {
  let node = document.contents
  for (const [index, name] of path.entries()) {
    const shared = sharedPart(document, node)
    if (shared !== undefined) return { edit: shared, done: false }
    const last = index === path.length - 1
    if (isSeq<Node>(node)) {
      if (last) return { edit: wanted.item(text, node, name), done: true }
      node = node.items[Number(name)] ?? null
    } else if (isMap<Node, Node | null>(node)) {
      if (last) return { edit: wanted.member(text, node, String(name)), done: true }
      const member = memberOf(node, String(name))
      // What came in by a merge key becomes a member of its own, which can then be changed.
      if (member === undefined)
        return { edit: addMember(text, node, String(name), inherited(document, node, name)), done: false }
      node = member.value
    }
  }
  throw new Error(`the document has no place for ${path.join('.')}`)
}

const inherited = (document: Document, node: Node, name: string | number): unknown => {
  const members = node.toJS(document) as Readonly<Record<string, unknown>>
  if (members[name] === undefined) throw new Error(`the document has no ${name} there`)
  return members[name]
}

/** An alias that an edit here would go through, or that would repeat the edit elsewhere: to be written out first. */
const sharedPart = (document: Document, node: Node | null): Edit | undefined => {
  if (isAlias(node)) return replaceWith(node, node.toJS(document))
  const anchor = node !== null && 'anchor' in node ? node.anchor : undefined
  if (anchor === undefined) return undefined
  let edit: Edit | undefined
  visit(document, {
    Alias: (_key, alias) => {
      if (alias.source !== anchor) return undefined
      edit = replaceWith(alias, alias.toJS(document))
      return visit.BREAK
    },
  })
  return edit
}
