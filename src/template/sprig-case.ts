import { isIdeograph, isLetter, isNumber, isPunctuation, isUpper } from './letters.ts'
import { isSpace, lower, upper } from './text.ts'

const isConnector = (letter: string): boolean => letter === '-' || letter === '_' || isSpace(letter)
const isAlphabetic = (letter: string): boolean => isLetter(letter) && !isIdeograph(letter)

/** `some_words` become `SomeWords`. */
export const camelCase = (text: string): string => {
  const letters = Array.from(text.toWellFormed())
  const start = letters.findIndex(letter => !isConnector(letter))
  if (start < 0) return text + letters.slice(-1).join('')
  const parts = letters.slice(0, start)
  const [first = ''] = letters.slice(start)
  let current = upper(first)
  let wasUpper = isUpper(first)
  for (const letter of letters.slice(start + 1)) {
    const before = current
    current = letter
    if (isConnector(before)) {
      if (isConnector(letter)) parts.push(before)
      else {
        wasUpper = isUpper(letter)
        current = upper(letter)
      }
      continue
    }
    if (wasUpper) {
      wasUpper = isUpper(letter)
      if (wasUpper) current = lower(letter)
    }
    parts.push(before)
  }
  return [...parts, current].join('')
}

type Kind = 'none' | 'number' | 'upper' | 'letters' | 'connector' | 'punctuation' | 'other'
type Piece = { readonly kind: Kind; readonly text: string }

const kindOf = (letter: string): Kind => {
  if (isConnector(letter)) return 'connector'
  if (isPunctuation(letter)) return 'punctuation'
  if (isUpper(letter)) return 'upper'
  if (isAlphabetic(letter)) return 'letters'
  return isNumber(letter) ? 'number' : 'other'
}

/** Words, numbers and what is between them: `HTTPStatus2` is `HTTP`, `Status` and `2`. */
const pieces = (text: string): readonly Piece[] => {
  const letters = Array.from(text)
  const kinds = letters.map(kindOf)
  const all: Piece[] = []
  for (let at = 0; at < letters.length;) {
    const kind = kinds[at] as Kind
    let end = at + 1
    if (kind === 'upper' && kinds[end] === 'letters') while (kinds[end] === 'letters') end += 1
    else {
      while (kinds[end] === kind) end += 1
      if (kind === 'upper' && kinds[end] === 'letters') end -= 1
    }
    all.push({ kind, text: letters.slice(at, end).join('') })
    at = end
  }
  return all
}

/** `SomeWords` become `some_words`, or `some-words`. */
export const connected = (text: string, connector: string): string => {
  const all = pieces(text)
  const parts: string[] = []
  let next = 0
  const kind = (): Kind => all[next]?.kind ?? 'none'
  const take = (): void => {
    parts.push(written(all[next] as Piece, connector))
    next += 1
  }
  const connect = (): void => {
    if (!['none', 'punctuation', 'connector'].includes(kind())) parts.push(connector)
  }
  /** A number and the small letters behind it are one word. */
  const takeNumbers = (): void => {
    while (kind() === 'letters' || kind() === 'number') take()
    connect()
  }
  while (next < all.length) {
    const before = kind()
    take()
    if (next >= all.length) break
    if (before === 'number') takeNumbers()
    else if (before === 'connector' || before === 'punctuation') continue
    else if (kind() !== 'number') connect()
    else if (next < all.length - 1) {
      if (all[next + 1]?.kind === 'letters') {
        parts.push(connector)
        takeNumbers()
      } else {
        take()
        connect()
      }
    }
  }
  return parts.join('')
}

const written = ({ kind, text }: Piece, connector: string): string => {
  if (kind === 'connector') return connector.repeat(Array.from(text).length)
  return kind === 'upper' ? lower(text) : text
}
