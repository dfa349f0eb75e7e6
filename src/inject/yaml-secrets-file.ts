import { type Document, isScalar, LineCounter, type Node, parseDocument, visit } from 'yaml'
import type { Entry } from '../contract.ts'
import type { FileProblem, ParsedSecretsFile } from './secrets-file.ts'
import { listOf, membersOf, type Report } from './yaml-nodes.ts'
import { readSecret } from './yaml-secret.ts'

/** Characters; the parser takes some 5 s for a megabyte, in which nobody else is answered. */
const longest = 64 * 1024

/**
 * Reads a secrets file in YAML. Strict: what it does not know is a problem, with line and column, and all problems come
 * at once. Never quotes the file: somebody may have pasted a value.
 */
export const parseYamlSecretsFile = (text: string): ParsedSecretsFile => {
  const lines = new LineCounter()
  const problems: FileProblem[] = []
  const problemAt = (offset: number, message: string): FileProblem => {
    const { line, col } = lines.linePos(offset)
    return { line, column: col, message }
  }
  const report: Report = (node, message) => void problems.push(problemAt(Number(node.range?.[0]), message))
  if (text.length > longest)
    return refused({ line: 1, column: 1, message: `a secrets file in YAML has at most ${longest} characters` })
  // The parser itself compares each key of a map with all others, which takes half a minute where there are many.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false })
  const [broken] = [...document.errors, ...document.warnings]
  // What follows the first is mostly noise.
  if (broken !== undefined) return refused(problemAt(broken.pos[0], `this is no YAML: ${words(broken.code)}`))
  const alias = firstAlias(document)
  if (alias !== undefined) return refused(problemAt(alias, 'a secrets file has no aliases; write it out'))
  for (const key of repeatedKeys(document)) report(key, 'this key stands in the map already; keep one of them')
  const { contents } = document
  const entries = contents === null ? [] : readFile(contents, report)
  return problems.length === 0 ? { entries } : { problems: problems.toSorted(inOrder) }
}

/** Where it stands, as an offset. */
const firstAlias = (document: Document): number | undefined => {
  let found: number | undefined
  visit(document, { Alias: (_key, { range }) => ((found = range?.[0]), visit.BREAK) })
  return found
}

const repeatedKeys = (document: Document): readonly Node[] => {
  const repeated: Node[] = []
  visit(document, {
    Map: (_key, { items }) => {
      const seen = new Set<unknown>()
      for (const { key } of items) if (isScalar(key) && seen.size === seen.add(key.value).size) repeated.push(key)
    },
  })
  return repeated
}

const refused = (...problems: readonly FileProblem[]): ParsedSecretsFile => ({ problems })

/** The parser's own message may quote the file. */
const words = (code: string): string => code.toLowerCase().replaceAll('_', ' ')

const inOrder = (a: FileProblem, b: FileProblem): number => a.line - b.line || a.column - b.column

const readFile = (root: Node, report: Report): readonly Entry[] => {
  if (isScalar(root) && root.value === null) return []
  const secrets = membersOf(root, 'a secrets file', ['secrets'], report)?.get('secrets')
  if (secrets === undefined) return []
  const seen = { variables: new Set<string>(), files: new Set<string>() }
  return listOf('secrets', readSecret(seen))(secrets, report) ?? []
}
