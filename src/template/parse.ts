import { placeOf, TemplateError, type TemplateProblem } from './errors.ts'
import { lex, type Token, type TokenKind } from './lex.ts'
import { unquote } from './literals.ts'
import type { Branch, Node, Pipe, Templates } from './nodes.ts'
import { parsePipe } from './parse-pipe.ts'
import { createScope, type Scope } from './scope.ts'

/** Longer templates are refused: a ConfigMap holds no more. */
const longest = 1024 * 1024

type Parser = Scope & { readonly templates: Map<string, readonly Node[]> }

/** @param known whether a function of this name exists, though it may be one we refuse */
export const parse = (
  text: string,
  left: string,
  right: string,
  known: (name: string) => boolean,
): Templates | TemplateProblem => {
  try {
    if (text.length > longest) throw new TemplateError('a template may have 1 MiB, and this one has more', 0)
    const parser: Parser = { ...createScope(lex(text, left, right), known), templates: new Map() }
    const root = list(parser, true)
    const stopped = parser.take()
    if (stopped.kind !== 'end') throw unexpected(stopped, 'outside of any block')
    add(parser, '', root, 0)
    return parser.templates
  } catch (error) {
    if (error instanceof TemplateError) return { ...placeOf(text, Number(error.at)), message: error.message }
    throw error
  }
}

const unexpected = (token: Token, where: string): TemplateError =>
  new TemplateError(
    token.kind === 'end'
      ? `the template ends ${where}`
      : `unexpected ${token.text === '' ? token.kind : 'word'} ${where}`,
    token.at,
  )

const expect = (parser: Parser, kind: TokenKind, where: string): Token => {
  const token = parser.skipSpace()
  if (token.kind !== kind) throw unexpected(token, where)
  return parser.take()
}

/** Up to an `end` or `else`, which is left for the caller: the tokens `left` and its keyword. */
const list = (parser: Parser, top = false): readonly Node[] => {
  const nodes: Node[] = []
  for (;;) {
    const token = parser.skipSpace()
    if (token.kind === 'end') return nodes
    parser.take()
    if (token.kind === 'text') {
      nodes.push({ kind: 'text', at: token.at, text: token.text })
      continue
    }
    const word = parser.skipSpace()
    if (word.kind === 'keyword' && (word.text === 'end' || word.text === 'else')) return nodes
    if (top && word.kind === 'keyword' && word.text === 'define') {
      parser.take()
      define(parser)
    } else nodes.push(node(parser, word))
  }
}

const node = (parser: Parser, word: Token): Node => {
  if (word.kind !== 'keyword') {
    return { kind: 'action', at: word.at, pipe: parsePipe(parser, 'right', 'an action') }
  }
  parser.take()
  switch (word.text) {
    case 'if':
    case 'with':
    case 'range':
      return parser.nested(word.at, () => branch(parser, word.text as Branch['kind'], word.at))
    case 'template':
      return call(parser, word)
    case 'block':
      return parser.nested(word.at, () => block(parser, word))
    case 'break':
    case 'continue':
      expect(parser, 'right', `after ${word.text}`)
      if (parser.ranges === 0) throw new TemplateError(`{{${word.text}}} outside of {{range}}`, word.at)
      return { kind: word.text, at: word.at }
    default:
      throw new TemplateError(`{{${word.text}}} cannot stand here`, word.at)
  }
}

const branch = (parser: Parser, kind: Branch['kind'], at: number): Branch => {
  const variables = parser.variables.length
  const pipe = parsePipe(parser, 'right', kind)
  parser.ranges += kind === 'range' ? 1 : 0
  const body = list(parser)
  parser.ranges -= kind === 'range' ? 1 : 0
  const otherwise = closing(parser, 'else') ? alternative(parser, kind) : undefined
  if (otherwise === undefined) end(parser, kind)
  parser.variables.length = variables
  return { kind, at, pipe, body, otherwise }
}

const closing = (parser: Parser, keyword: string): boolean => {
  const token = parser.skipSpace()
  if (token.kind !== 'keyword' || token.text !== keyword) return false
  parser.take()
  return true
}

const end = (parser: Parser, kind: string): void => {
  const token = parser.skipSpace()
  if (!closing(parser, 'end')) throw unexpected(token, `where {{${kind}}} needs its {{end}}`)
  expect(parser, 'right', 'after end')
}

/** Behind `else`: `else if` and `else with` are a block of their own that shares the `end`. */
const alternative = (parser: Parser, kind: Branch['kind']): readonly Node[] => {
  const token = parser.skipSpace()
  if (token.kind === 'keyword' && (token.text === 'if' || token.text === 'with')) {
    if (token.text !== kind) throw new TemplateError(`{{else ${token.text}}} belongs to {{${token.text}}}`, token.at)
    parser.take()
    return [parser.nested(token.at, () => branch(parser, kind, token.at))]
  }
  expect(parser, 'right', 'after else')
  const nodes = list(parser)
  end(parser, 'else')
  return nodes
}

const name = (parser: Parser, where: string): string => {
  const token = expect(parser, 'string', where)
  const text = unquote(token.text)
  if (text === undefined) throw new TemplateError('a string has an escape that Go does not know', token.at)
  return text
}

const call = (parser: Parser, word: Token): Node => {
  const called = name(parser, 'where {{template}} needs a name in quotes')
  const bare = parser.skipSpace().kind === 'right'
  const pipe: Pipe | undefined = bare ? undefined : parsePipe(parser, 'right', 'template')
  if (bare) parser.take()
  return { kind: 'template', at: word.at, name: called, pipe }
}

/** A definition sees no variables of its surroundings. */
const definition = (parser: Parser, called: string, at: number, kind: string): void => {
  const inner: Parser = { ...parser, variables: ['$'], ranges: 0 }
  const body = list(inner)
  end(inner, kind)
  add(parser, called, body, at)
}

const define = (parser: Parser): void => {
  const { at } = parser.skipSpace()
  const called = name(parser, 'where {{define}} needs a name in quotes')
  expect(parser, 'right', 'after the name of {{define}}')
  definition(parser, called, at, 'define')
}

const block = (parser: Parser, word: Token): Node => {
  const called = name(parser, 'where {{block}} needs a name in quotes')
  const pipe = parsePipe(parser, 'right', 'block')
  definition(parser, called, word.at, 'block')
  return { kind: 'template', at: word.at, name: called, pipe }
}

const isEmpty = (nodes: readonly Node[]): boolean =>
  nodes.every(each => each.kind === 'text' && each.text.trim() === '')

const add = (parser: Parser, called: string, body: readonly Node[], at: number): void => {
  const before = parser.templates.get(called)
  if (before === undefined || isEmpty(before)) parser.templates.set(called, body)
  else if (!isEmpty(body)) throw new TemplateError('a template of this name is defined twice', at)
}
