import { TemplateError } from './errors.ts'
import type { Token } from './lex.ts'
import { numeral, unquote } from './literals.ts'
import type { Command, Fields, Pipe, Word } from './nodes.ts'

/** What the parser knows at a place. */
export type Scope = {
  /** Names that are declared here. */
  variables: string[]
  /** How many ranges are around. */
  ranges: number
  readonly known: (name: string) => boolean
  readonly peek: () => Token
  readonly take: () => Token
  /** Gives the last token back. */
  readonly back: () => void
  /** The next token that is no space; not taken. */
  readonly skipSpace: () => Token
  /** @throws TemplateError when it is too deep */
  readonly nested: <T>(at: number, inner: () => T) => T
}

/** @param where what the pipeline is for, for messages; a `range` may set two variables */
export const parsePipe = (scope: Scope, end: 'right' | 'close', where: string): Pipe => {
  const { at } = scope.skipSpace()
  const { names, assigns } = declarations(scope, where)
  const commands: Command[] = []
  for (;;) {
    const token = scope.skipSpace()
    if (token.kind === end) break
    commands.push(command(scope, where))
  }
  scope.take()
  if (commands.length === 0) throw new TemplateError(`a value is missing in ${where}`, at)
  for (const { at: from, words } of commands.slice(1))
    if (['bool', 'dot', 'nil', 'number', 'string'].includes(words[0].kind))
      throw new TemplateError('only a function or a field can stand behind "|"', from)
  return { kind: 'pipe', at, names, assigns, commands }
}

type Declarations = { readonly names: readonly string[]; readonly assigns: boolean }

const declarations = (scope: Scope, where: string): Declarations => {
  const names: string[] = []
  while (scope.skipSpace().kind === 'variable') {
    const variable = scope.take()
    const spaced = scope.peek().kind === 'space'
    const sign = scope.skipSpace()
    const comma = sign.kind === 'char' && sign.text === ','
    if (!comma && sign.kind !== 'declare' && sign.kind !== 'assign') {
      if (spaced) scope.back()
      scope.back()
      return { names, assigns: false }
    }
    scope.take()
    names.push(variable.text)
    scope.variables.push(variable.text)
    if (!comma) return { names, assigns: sign.kind === 'assign' }
    if (where !== 'range' || names.length > 1) throw new TemplateError(`too many variables in ${where}`, variable.at)
    const after = scope.skipSpace()
    if (after.kind !== 'variable' && after.kind !== 'right')
      throw new TemplateError('range sets variables only', after.at)
  }
  return { names, assigns: false }
}

const command = (scope: Scope, where: string): Command => {
  const { at } = scope.skipSpace()
  const words: Word[] = []
  for (;;) {
    scope.skipSpace()
    const operand = term(scope)
    if (operand !== undefined) words.push(fields(scope, operand))
    const token = scope.peek()
    if (token.kind === 'space') continue
    if (token.kind === 'pipe') scope.take()
    else if (token.kind !== 'right' && token.kind !== 'close')
      throw new TemplateError(
        token.kind === 'end' ? 'an action is not closed' : `unexpected character or word in ${where}`,
        token.at,
      )
    const [first, ...others] = words
    if (first === undefined) throw new TemplateError(`an empty command in ${where}`, token.at)
    if (token.kind === 'pipe') mustGoOn(scope, where)
    return { at, words: [first, ...others] }
  }
}

const mustGoOn = (scope: Scope, where: string): void => {
  const token = scope.skipSpace()
  if (token.kind === 'pipe') throw new TemplateError(`an empty command in ${where}`, token.at)
}

const fields = (scope: Scope, word: Word): Word => {
  const names: string[] = []
  const { at } = scope.peek()
  while (scope.peek().kind === 'field') names.push(scope.take().text.slice(1))
  const [first, ...others] = names
  if (first === undefined) return word
  switch (word.kind) {
    case 'field':
      return { ...word, fields: [...word.fields, ...names] as unknown as Fields }
    case 'variable':
      return { ...word, fields: names }
    case 'function':
    case 'pipe':
      return { kind: 'chain', at, of: word, fields: [first, ...others] }
    case 'chain':
    case 'dot':
    case 'nil':
    case 'bool':
    case 'number':
    case 'string':
      throw new TemplateError('a "." cannot follow this', at)
  }
}

/** Undefined, and nothing taken, where no term begins. */
const term = (scope: Scope): Word | undefined => {
  const token = scope.peek()
  const { at, text } = token
  switch (token.kind) {
    case 'identifier':
      if (!scope.known(text)) throw new TemplateError(`there is no function ${text}`, at)
      break
    case 'variable':
      if (!scope.variables.includes(text)) throw new TemplateError(`the variable ${text} is not defined here`, at)
      break
    case 'open':
      scope.take()
      return scope.nested(at, () => parsePipe(scope, 'close', 'parentheses'))
    default:
  }
  const word = literal(token)
  if (word !== undefined) scope.take()
  return word
}

const literal = ({ kind, at, text }: Token): Word | undefined => {
  switch (kind) {
    case 'identifier':
      return { kind: 'function', at, name: text }
    case 'dot':
    case 'nil':
      return { kind, at }
    case 'variable':
      return { kind, at, name: text, fields: [] }
    case 'field':
      return { kind, at, fields: [text.slice(1)] }
    case 'bool':
      return { kind, at, value: text === 'true' }
    case 'number': {
      const value = numeral(text)
      if (value === undefined) throw new TemplateError('this is no number, or too large a one', at)
      return { kind, at, ...value }
    }
    case 'string': {
      const value = unquote(text)
      if (value === undefined) throw new TemplateError('a string has an escape that Go does not know', at)
      return { kind, at, text: value }
    }
    default:
      return undefined
  }
}
