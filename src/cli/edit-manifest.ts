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

/** A change to a document: what a JSON Patch operation does, and `empty`, which leaves of a member its name alone. */
export type TextChange =
  | { readonly op: 'add'; readonly path: Path; readonly value: unknown }
  | { readonly op: 'remove' | 'empty'; readonly path: Path }

/**
 * Changes a document in YAML or JSON as a JSON Patch does, and leaves every other byte as it is: comments, quotes, order
 * and blank lines. What was added can be removed to the byte. Aliases that stand in the way are written out.
 * @throws Error where the text has no place for it
 */
export const changeText = (text: string, changes: readonly TextChange[]): string => {
  const newline = text.includes('\r\n') ? '\r\n' : '\n'
  let edited = text
  let rest = changes
  while (rest.length > 0) {
    const document = parseDocument(edited, yamlOptions)
    const batch = independent(rest).map(change => ({ change, ...nextEdit(edited, document, change) }))
    // What is in the way of one is taken out of the way alone.
    const first = batch.find(({ done }) => !done)
    const edits = first === undefined ? inOrder(batch) : [first.edit]
    edited = edits.reduceRight(
      (before, edit) => before.slice(0, edit.from) + edit.text.replaceAll('\n', newline) + before.slice(edit.to),
      edited,
    )
    if (first === undefined) rest = rest.slice(edits.length)
  }
  return edited
}

/** As many changes from the first one on as can be made without reading the text again in between. */
const independent = (changes: readonly TextChange[]): readonly TextChange[] => {
  const end = changes.findIndex((change, index) => changes.slice(0, index).some(earlier => disturbs(earlier, change)))
  return end === -1 ? changes : changes.slice(0, end)
}

/** Whether a place is another one after an earlier change: in the same list or map, inside it, or around it. */
const disturbs = (earlier: TextChange, later: TextChange): boolean => {
  const [parent, other] = [earlier.path.slice(0, -1), later.path.slice(0, -1)]
  const isSame = parent.length === other.length && isWithin(other, parent)
  const inList = /^(?:-|\d+)$/.test(String(earlier.path.at(-1)))
  return (
    isSame ||
    isWithin(later.path, earlier.path) ||
    isWithin(earlier.path, later.path) ||
    (inList && isWithin(other, parent))
  )
}

const isWithin = (path: Path, outer: Path): boolean =>
  outer.every((step, index) => String(path[index]) === String(step))

type Placed = { readonly change: TextChange; readonly edit: Edit }

/** The edits by their places, what is deeper first; only the very first one where two of them touch the same text. */
const inOrder = (batch: readonly Placed[]): readonly Edit[] => {
  const sorted = batch.toSorted((a, b) => a.edit.from - b.edit.from || b.change.path.length - a.change.path.length)
  const edits = sorted.map(({ edit }) => edit)
  const overlap = edits.some((edit, index) => index > 0 && edit.from < Number(edits[index - 1]?.to))
  return overlap ? batch.slice(0, 1).map(({ edit }) => edit) : edits
}

const itemEdit = (text: string, list: List, at: string | number, change: TextChange): Edit => {
  if (change.op === 'add') return addItem(text, list, at, change.value)
  if (change.op === 'remove') return cutItem(text, list, Number(at))
  throw new Error('an item of a list is removed, not emptied')
}

const memberEdit = (text: string, map: Map, name: string, change: TextChange): Edit => {
  if (change.op === 'add') return addMember(text, map, name, change.value)
  return change.op === 'remove' ? cutMember(text, map, name) : emptyMember(text, map, name)
}

/** The edit itself, or the first thing that must be out of its way. */
const nextEdit = (
  text: string,
  document: Document,
  change: TextChange,
): { readonly edit: Edit; readonly done: boolean } => {
  const { path } = change
  let node = document.contents
  for (const [index, name] of path.entries()) {
    const shared = sharedPart(document, node)
    if (shared !== undefined) return { edit: shared, done: false }
    const last = index === path.length - 1
    if (isSeq<Node>(node)) {
      if (last) return { edit: itemEdit(text, node, name, change), done: true }
      node = node.items[Number(name)] ?? null
    } else if (isMap<Node, Node | null>(node)) {
      if (last) return { edit: memberEdit(text, node, String(name), change), done: true }
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
