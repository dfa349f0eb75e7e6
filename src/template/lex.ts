import { matchAt, takenAt } from './match.ts'

/** A piece of a template. In actions, spaces are pieces: `.a .b` are two words, `.a.b` is one. */
export type Token = {
  readonly kind: TokenKind
  /** Where it begins. */
  readonly at: number
  readonly text: string
}

export type TokenKind =
  | 'text'
  | 'left'
  | 'right'
  | 'space'
  | 'keyword'
  | 'identifier'
  | 'field'
  | 'variable'
  | 'dot'
  | 'bool'
  | 'nil'
  | 'number'
  | 'string'
  | 'pipe'
  | 'declare'
  | 'assign'
  | 'open'
  | 'close'
  | 'char'
  | 'end'
  | 'error'

const keywords = ['block', 'break', 'continue', 'define', 'else', 'end', 'if', 'range', 'template', 'with']

type Pattern = readonly [TokenKind, RegExp]

const number =
  /[+-]?(?:0[xX][0-9a-fA-F_]*(?:\.[0-9a-fA-F_]*)?(?:[pP][+-]?[0-9_]*)?|0[oO][0-7_]*|0[bB][01_]*|[0-9_]*(?:\.[0-9_]*)?(?:[eE][+-]?[0-9_]*)?)/y

/** In the order they are tried; sticky, so they hold no state between calls that set where they begin. */
const patterns = (): readonly Pattern[] => [
  ['space', /[ \t\r\n]+/y],
  ['declare', /:=/y],
  ['assign', /=/y],
  ['pipe', /\|/y],
  ['string', /"[^"\\\n]*(?:\\[^\n][^"\\\n]*)*"|`[^`]*`/y],
  ['variable', /\$[\w\x80-\uffff]*/y],
  ['number', /'(?:[^'\\\n]|\\[^\n])*'/y],
  ['number', new RegExp(`(?=[+-]|\\.?[0-9])(?:${number.source})`, 'y')],
  ['field', /\.[\w\x80-\uffff]+/y],
  ['dot', /\./y],
  ['identifier', /[\w\x80-\uffff]+/y],
  ['open', /\(/y],
  ['close', /\)/y],
  ['char', /[!-~]/y],
]

const complaints: Readonly<Record<string, string>> = {
  '"': 'a string in quotes does not end on its line',
  '`': 'a string in backquotes does not end',
  "'": 'a character constant does not end',
  ':': 'expected ":="',
}

const word = (text: string): TokenKind =>
  keywords.includes(text)
    ? 'keyword'
    : text === 'true' || text === 'false'
      ? 'bool'
      : text === 'nil'
        ? 'nil'
        : 'identifier'

/** Splits a template into pieces; the last one is `end`, or an `error` whose text says what is wrong. */
export const lex = (text: string, left: string, right: string): readonly Token[] => {
  const tokens: Token[] = []
  const all = patterns()
  for (let at = 0; at < text.length;) {
    const found = text.indexOf(left, at)
    const start = found < 0 ? text.length : found
    const after = start + left.length
    const trims = /^-[ \t\r\n]/.test(text.slice(after, after + 2))
    const plain = text.slice(at, trims ? beforeSpaces(text, at, start) : start)
    if (plain !== '') tokens.push({ kind: 'text', at, text: plain })
    if (found < 0) break
    const inside = trims ? after + 2 : after
    const end = text.startsWith('/*', inside)
      ? comment(text, inside, right, tokens)
      : action(text, start, inside, right, all, tokens)
    if (end === undefined) return tokens
    at = end
  }
  tokens.push({ kind: 'end', at: text.length, text: '' })
  return tokens
}

const beforeSpaces = (text: string, from: number, to: number): number => {
  let end = to
  while (end > from && ' \t\r\n'.includes(text.charAt(end - 1))) end--
  return end
}

/** How long the right delimiter is here, a trim marker and what it trims included; 0 when it is not here. */
const closes = (text: string, at: number, right: string): number => {
  if (text.startsWith(right, at)) return right.length
  if (!/^[ \t\r\n]-/.test(text.slice(at, at + 2)) || !text.startsWith(right, at + 2)) return 0
  const spaces = /[ \t\r\n]*/y
  return 2 + right.length + takenAt(spaces, text, at + 2 + right.length).length
}

const comment = (text: string, at: number, right: string, tokens: Token[]): number | undefined => {
  const end = text.indexOf('*/', at + 2)
  const length = end < 0 ? 0 : closes(text, end + 2, right)
  if (length > 0) return end + 2 + length
  tokens.push({ kind: 'error', at, text: end < 0 ? 'a comment does not end' : `a comment must end with "*/${right}"` })
  return undefined
}

const action = (
  text: string,
  start: number,
  inside: number,
  right: string,
  all: readonly Pattern[],
  tokens: Token[],
): number | undefined => {
  tokens.push({ kind: 'left', at: start, text: '' })
  let depth = 0
  let at = inside
  let length = closes(text, at, right)
  while (length === 0 || depth > 0) {
    const token = length > 0 ? complain(at, 'a parenthesis is not closed') : next(text, at, right, all)
    depth += token.kind === 'open' ? 1 : token.kind === 'close' ? -1 : 0
    tokens.push(depth < 0 ? complain(at, 'a parenthesis was never opened') : token)
    if (token.kind === 'error' || depth < 0) return undefined
    at += token.text.length
    length = closes(text, at, right)
  }
  tokens.push({ kind: 'right', at, text: '' })
  return at + length
}

const complain = (at: number, text: string): Token => ({ kind: 'error', at, text })

const next = (text: string, at: number, right: string, all: readonly Pattern[]): Token => {
  for (const [kind, pattern] of all) {
    const [match] = matchAt(pattern, text, at)
    if (match === undefined) continue
    const end = at + match.length
    if (kind === 'space') return { kind, at, text: spaces(text, at, end, right) }
    if (!ends(kind, text, at, end, right)) return complain(end, 'a word goes on with a character that cannot be in it')
    const complaint = kind === 'char' ? complaints[match] : undefined
    if (complaint !== undefined) return complain(at, complaint)
    return { kind: kind === 'identifier' ? word(match) : kind, at, text: match }
  }
  return complain(at, at >= text.length ? 'an action is not closed' : 'an action has a character that cannot be in it')
}

/** The last space may belong to a trim marker. */
const spaces = (text: string, at: number, end: number, right: string): string =>
  text.slice(at, closes(text, end - 1, right) > 0 && end - 1 > at ? end - 1 : end)

/** Letters and digits of any script. */
const isName = (name: string): boolean =>
  /^[.$]?\w*$/.test(name) || new RegExp(String.raw`^[.$]?[\p{L}\p{Nd}_]*$`, 'u').test(name)

const ends = (kind: TokenKind, text: string, at: number, end: number, right: string): boolean => {
  if (kind === 'number') return !/^[\w+\x80-\uffff-]/.test(text.slice(end, end + 1))
  if (kind !== 'identifier' && kind !== 'field' && kind !== 'variable' && kind !== 'dot') return true
  if (kind !== 'dot' && !isName(text.slice(at, end))) return false
  return end >= text.length || /^[ \t\r\n.,|:()]/.test(text.slice(end, end + 1)) || text.startsWith(right, end)
}
