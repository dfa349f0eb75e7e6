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

/** Sticky, so they hold no state between calls that set where they begin. */
const number =
  /[+-]?(?:0[xX][0-9a-fA-F_]*(?:\.[0-9a-fA-F_]*)?(?:[pP][+-]?[0-9_]*)?|0[oO][0-7_]*|0[bB][01_]*|[0-9_]*(?:\.[0-9_]*)?(?:[eE][+-]?[0-9_]*)?)/y
const quotes: Readonly<Record<string, readonly [TokenKind, RegExp]>> = {
  '"': ['string', /"[^"\\\n]*(?:\\[^\n][^"\\\n]*)*"/y],
  '`': ['string', /`[^`]*`/y],
  "'": ['number', /'(?:[^'\\\n]|\\[^\n])*'/y],
}
const singles: Readonly<Record<string, TokenKind>> = { '=': 'assign', '|': 'pipe', '(': 'open', ')': 'close' }

const isSpace = (letter: string): boolean => letter !== '' && ' \t\r\n'.includes(letter)
const isDigit = (letter: string): boolean => letter >= '0' && letter <= '9'

/** Of words in any script: which of the letters beyond ASCII are some is looked at later. */
const isPart = (code: number): boolean =>
  (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 48 && code <= 57) || code === 95 || code >= 128

const wordEnd = (text: string, from: number): number => {
  let end = from
  while (end < text.length && isPart(text.charCodeAt(end))) end++
  return end
}

const spacesEnd = (text: string, from: number): number => {
  let end = from
  while (isSpace(text.charAt(end))) end++
  return end
}

/** What begins here, and where it ends. By hand: expressions are slow the first time, and a login reads a template once. */
const pieceAt = (text: string, at: number): readonly [TokenKind, number] | undefined => {
  const [first, second] = [text.charAt(at), text.charAt(at + 1)]
  if (isSpace(first)) return ['space', spacesEnd(text, at)]
  if (first === ':' && second === '=') return ['declare', at + 2]
  if (first === '$') return ['variable', wordEnd(text, at + 1)]
  const single = singles[first]
  if (single !== undefined) return [single, at + 1]
  const [kind, pattern] = quotes[first] ?? []
  const [quoted] = pattern === undefined ? [] : matchAt(pattern, text, at)
  if (kind !== undefined && quoted !== undefined) return [kind, at + quoted.length]
  if (first === '+' || first === '-' || isDigit(first) || (first === '.' && isDigit(second)))
    return ['number', at + takenAt(number, text, at).length]
  const end = wordEnd(text, first === '.' ? at + 1 : at)
  if (first === '.') return [end > at + 1 ? 'field' : 'dot', end]
  if (end > at) return ['identifier', end]
  return first >= '!' && first <= '~' ? ['char', at + 1] : undefined
}

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
  for (let at = 0; at < text.length;) {
    const found = text.indexOf(left, at)
    const start = found < 0 ? text.length : found
    const after = start + left.length
    const trims = text.charAt(after) === '-' && isSpace(text.charAt(after + 1))
    const plain = text.slice(at, trims ? beforeSpaces(text, at, start) : start)
    if (plain !== '') tokens.push({ kind: 'text', at, text: plain })
    if (found < 0) break
    const inside = trims ? after + 2 : after
    const end = text.startsWith('/*', inside)
      ? comment(text, inside, right, tokens)
      : action(text, start, inside, right, tokens)
    if (end === undefined) return tokens
    at = end
  }
  tokens.push({ kind: 'end', at: text.length, text: '' })
  return tokens
}

const beforeSpaces = (text: string, from: number, to: number): number => {
  let end = to
  while (end > from && isSpace(text.charAt(end - 1))) end--
  return end
}

/** How long the right delimiter is here, a trim marker and what it trims included; 0 when it is not here. */
const closes = (text: string, at: number, right: string): number => {
  if (text.startsWith(right, at)) return right.length
  if (text.charAt(at + 1) !== '-' || !isSpace(text.charAt(at)) || !text.startsWith(right, at + 2)) return 0
  return spacesEnd(text, at + 2 + right.length) - at
}

const comment = (text: string, at: number, right: string, tokens: Token[]): number | undefined => {
  const end = text.indexOf('*/', at + 2)
  const length = end < 0 ? 0 : closes(text, end + 2, right)
  if (length > 0) return end + 2 + length
  tokens.push({ kind: 'error', at, text: end < 0 ? 'a comment does not end' : `a comment must end with "*/${right}"` })
  return undefined
}

const action = (text: string, start: number, inside: number, right: string, tokens: Token[]): number | undefined => {
  tokens.push({ kind: 'left', at: start, text: '' })
  let depth = 0
  let at = inside
  let length = closes(text, at, right)
  while (length === 0 || depth > 0) {
    const token = length > 0 ? complain(at, 'a parenthesis is not closed') : next(text, at, right)
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

const next = (text: string, at: number, right: string): Token => {
  const [kind, end] = pieceAt(text, at) ?? []
  if (kind === undefined || end === undefined)
    return complain(
      at,
      at >= text.length ? 'an action is not closed' : 'an action has a character that cannot be in it',
    )
  if (kind === 'space') return { kind, at, text: spaces(text, at, end, right) }
  if (!ends(kind, text, at, end, right)) return complain(end, 'a word goes on with a character that cannot be in it')
  const piece = text.slice(at, end)
  const complaint = kind === 'char' ? complaints[piece] : undefined
  if (complaint !== undefined) return complain(at, complaint)
  return { kind: kind === 'identifier' ? word(piece) : kind, at, text: piece }
}

/** The last space may belong to a trim marker. */
const spaces = (text: string, at: number, end: number, right: string): string =>
  text.slice(at, closes(text, end - 1, right) > 0 && end - 1 > at ? end - 1 : end)

/** Letters and digits of any script. */
const isName = (name: string): boolean =>
  /^[.$]?\w*$/.test(name) || new RegExp(String.raw`^[.$]?[\p{L}\p{Nd}_]*$`, 'u').test(name)

const ends = (kind: TokenKind, text: string, at: number, end: number, right: string): boolean => {
  const after = text.charAt(end)
  if (kind === 'number') return after !== '+' && after !== '-' && !isPart(text.charCodeAt(end))
  if (kind !== 'identifier' && kind !== 'field' && kind !== 'variable' && kind !== 'dot') return true
  if (kind !== 'dot' && !isName(text.slice(at, end))) return false
  return ' \t\r\n.,|:()'.includes(after) || text.startsWith(right, end)
}
