import { isSpace, lower, upper } from './text.ts'

const isConnector = (letter: string): boolean => letter === '-' || letter === '_' || isSpace(letter)
const isUpper = (letter: string): boolean => /^\p{Lu}$/u.test(letter)
const isLetter = (letter: string): boolean => /^\p{L}$/u.test(letter) && !/^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]$/u.test(letter)

/** `some_words` become `SomeWords`. */
export const camelCase = (text: string): string => {
  const letters = Array.from(text)
  const start = letters.findIndex(letter => !isConnector(letter))
  if (start < 0) return text
  const parts = letters.slice(0, start)
  let current = upper(letters[start] ?? '')
  let wasUpper = isUpper(letters[start] ?? '')
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
  if (/^\p{P}$/u.test(letter)) return 'punctuation'
  if (isUpper(letter)) return 'upper'
  if (isLetter(letter)) return 'letters'
  return /^\p{N}$/u.test(letter) ? 'number' : 'other'
}

/** Words, numbers and what is between them: `HTTPStatus2` is `HTTP`, `Status` and `2`. */
const pieces = (text: string): readonly Piece[] => {
  const letters = Array.from(text)
  const kinds = letters.map(kindOf)
  const all: Piece[] = []
  for (let at = 0; at < letters.length; ) {
    const kind = kinds[at] ?? 'none'
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
  const all = [...pieces(text)]
  const parts: string[] = []
  const none: Piece = { kind: 'none', text: '' }
  let word = all.shift() ?? none
  const write = ({ kind, text: letters }: Piece): void => {
    if (kind === 'connector') parts.push(connector.repeat(Array.from(letters).length))
    else parts.push(kind === 'upper' ? lower(letters) : letters)
  }
  const take = (): void => {
    word = all.shift() ?? none
  }
  /** A number and the small letters behind it are one word. */
  const takeNumbers = (): void => {
    while (word.kind === 'letters' || word.kind === 'number') {
      write(word)
      take()
    }
  }
  const connect = (): void => {
    if (word.kind !== 'none' && word.kind !== 'punctuation' && word.kind !== 'connector') parts.push(connector)
  }
  while (all.length > 0) {
    if (word.kind !== 'connector') write(word)
    const before = word
    take()
    if (before.kind === 'number') {
      takeNumbers()
      connect()
    } else if (before.kind === 'connector') write(before)
    else if (before.kind !== 'punctuation') {
      if (word.kind !== 'number') connect()
      else if (all.length > 0) {
        const number = word
        take()
        if (word.kind === 'letters') {
          parts.push(connector)
          write(number)
          takeNumbers()
        } else write(number)
        connect()
      }
    }
  }
  write(word)
  return parts.join('')
}
