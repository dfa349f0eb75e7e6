import { TemplateError } from './errors.ts'
import type { Token } from './lex.ts'

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

/** Of blocks and parentheses in one another. */
const deepest = 200

/** Reads along the tokens; one that is an error is thrown when it is reached. */
export const createScope = (tokens: readonly Token[], known: (name: string) => boolean): Scope => {
  let at = 0
  let depth = 0
  const current = (): Token => {
    const token = tokens[Math.min(at, tokens.length - 1)] as Token
    if (token.kind === 'error') throw new TemplateError(token.text, token.at)
    return token
  }
  return {
    variables: ['$'],
    ranges: 0,
    known,
    peek: current,
    take: () => {
      const token = current()
      at += 1
      return token
    },
    back: () => {
      at -= 1
    },
    skipSpace: () => {
      while (current().kind === 'space') at += 1
      return current()
    },
    nested: (from, inner) => {
      depth += 1
      if (depth > deepest) throw new TemplateError(`more than ${deepest} blocks or parentheses in one another`, from)
      const result = inner()
      depth -= 1
      return result
    },
  }
}
