import { TemplateError } from './errors.ts'
import type { TokenKind } from './lex.ts'
import { numeral, unquote } from './literals.ts'
import type { Command, Fields, Pipe, Word } from './nodes.ts'
import type { Scope } from './scope.ts'

/** Variables in one place: each is looked for among all. */
const most = 500

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
    if (scope.variables.length > most) throw new TemplateError(`more than ${most} variables`, variable.at)
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
      throw new TemplateError(`unexpected character or word in ${where}`, token.at)
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
  if (word.kind === 'field') return { ...word, fields: [...word.fields, ...names] as unknown as Fields }
  if (word.kind === 'variable') return { ...word, fields: names }
  if (word.kind !== 'function' && word.kind !== 'pipe') throw new TemplateError('a "." cannot follow this', at)
  return { kind: 'chain', at, of: word, fields: [first, ...others] }
}

/** Undefined, and nothing taken, where no term begins. */
const term = (scope: Scope): Word | undefined => {
  const token = scope.peek()
  const { at, text } = token
  if (token.kind === 'identifier' && !scope.known(text)) throw new TemplateError(`there is no function ${text}`, at)
  if (token.kind === 'variable' && !scope.variables.includes(text))
    throw new TemplateError(`the variable ${text} is not defined here`, at)
  if (token.kind === 'open') {
    scope.take()
    return scope.nested(at, () => parsePipe(scope, 'close', 'parentheses'))
  }
  const word = makers[token.kind]?.(at, text)
  if (word !== undefined) scope.take()
  return word
}

type Maker = (at: number, text: string) => Word

const makers: Readonly<Partial<Record<TokenKind, Maker>>> = {
  identifier: (at, text) => ({ kind: 'function', at, name: text }),
  dot: at => ({ kind: 'dot', at }),
  nil: at => ({ kind: 'nil', at }),
  variable: (at, text) => ({ kind: 'variable', at, name: text, fields: [] }),
  field: (at, text) => ({ kind: 'field', at, fields: [text.slice(1)] }),
  bool: (at, text) => ({ kind: 'bool', at, value: text === 'true' }),
  number: (at, text) => {
    const value = numeral(text)
    if (value === undefined) throw new TemplateError('this is no number, or too large a one', at)
    return { kind: 'number', at, ...value }
  },
  string: (at, text) => {
    const value = unquote(text)
    if (value === undefined) throw new TemplateError('a string has an escape that Go does not know', at)
    return { kind: 'string', at, text: value }
  },
}
