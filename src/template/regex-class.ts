import { matchAt } from './match.ts'
import { TemplateError } from './errors.ts'

/** Whether a letter, by its code point, is meant. */
export type Letters = (code: number) => boolean

type Reader = { readonly text: string; at: number }

const wrong = (): TemplateError => new TemplateError('the regular expression is not one that Go reads')

const between =
  (low: number, high: number): Letters =>
  code =>
    code >= low && code <= high

const oneOf =
  (all: readonly Letters[]): Letters =>
  code =>
    all.some(each => each(code))

const not =
  (letters: Letters): Letters =>
  code =>
    !letters(code)

const digit = between(48, 57)
const lower = between(97, 122)
const upper = between(65, 90)
const space: Letters = code => code === 32 || code === 9 || code === 10 || code === 12 || code === 13
const word = oneOf([digit, lower, upper, between(95, 95)])

/** ASCII letters, digits and `_`. */
export const isWord = word

export const classOf = (name: 'any' | 'no-newline'): Letters => (name === 'any' ? () => true : code => code !== 10)

const perl: Readonly<Record<string, Letters>> = {
  d: digit,
  D: not(digit),
  s: space,
  S: not(space),
  w: word,
  W: not(word),
}

const posix: Readonly<Record<string, Letters>> = {
  alnum: oneOf([digit, lower, upper]),
  alpha: oneOf([lower, upper]),
  ascii: between(0, 127),
  blank: code => code === 32 || code === 9,
  cntrl: oneOf([between(0, 31), between(127, 127)]),
  digit,
  graph: between(33, 126),
  lower,
  print: between(32, 126),
  punct: oneOf([between(33, 47), between(58, 64), between(91, 96), between(123, 126)]),
  space: oneOf([space, between(11, 11)]),
  upper,
  word,
  xdigit: oneOf([digit, between(97, 102), between(65, 70)]),
}

/** The forms of a letter that differ in case alone. */
const folds = (code: number): readonly number[] => {
  const letter = String.fromCodePoint(code)
  const forms = [letter, letter.toLowerCase(), letter.toUpperCase(), letter.toUpperCase().toLowerCase()]
  const same = ['k\u212a', 's\u017f', '\u00e5\u212b'].find(each => each.includes(letter.toLowerCase()))
  return [...forms, ...Array.from(same ?? '')]
    .filter(form => Array.from(form).length === 1)
    .flatMap(form => [form, form.toUpperCase()])
    .filter(form => Array.from(form).length === 1)
    .map(form => Number(form.codePointAt(0)))
}

const folded =
  (letters: Letters): Letters =>
  code =>
    letters(code) || folds(code).some(letters)

export const literalLetters = (code: number, fold: boolean): Letters => {
  if (!fold) return each => each === code
  const all = folds(code)
  return each => all.includes(each)
}

const property = /\\[pP](?:\{(\^?)([^}]*)\}|([^{]))/y

/** `\pL`, `\p{Greek}`: categories and scripts, by their short names. */
const unicode = (reader: Reader): Letters | undefined => {
  const [all, caret, long = '', short = ''] = matchAt(property, reader.text, reader.at)
  if (all === undefined) return undefined
  reader.at += all.length
  const test = named(long + short)
  if (test === undefined) throw wrong()
  return all.startsWith('\\P') === (caret !== '^') ? not(test) : test
}

/** Categories are found however they are written. */
const named = (name: string): Letters | undefined => {
  const bare = name.replaceAll(/[ _-]/g, '')
  if (bare.toLowerCase() === 'any') return () => true
  if (bare.length > 2) return tester(`Script=${name}`)
  return tester(bare.charAt(0).toUpperCase() + bare.slice(1).toLowerCase())
}

const tester = (name: string): Letters | undefined => {
  try {
    const pattern = new RegExp(`^\\p{${name}}$`, 'u')
    return code => pattern.test(String.fromCodePoint(code))
  } catch {
    return undefined
  }
}

const simple: Readonly<Record<string, number>> = { a: 7, f: 12, n: 10, r: 13, t: 9, v: 11 }

const coded = /\\(?:x([0-9A-Fa-f]{2})|x\{([0-9A-Fa-f]{1,6})\}|([1-7][0-7]{1,2}|0[0-7]{0,2}))/y

/** One letter behind a backslash. */
const escaped = (reader: Reader): number => {
  const [all, short = '', long = '', octal] = matchAt(coded, reader.text, reader.at)
  if (all !== undefined) {
    reader.at += all.length
    const code = octal === undefined ? Number.parseInt(short + long, 16) : Number.parseInt(octal, 8)
    if (code > 0x10ffff) throw wrong()
    return code
  }
  const name = reader.text.charAt(reader.at + 1)
  reader.at += 2
  const code = simple[name] ?? (/^[^0-9A-Za-z\x80-\uffff]$/.test(name) ? name.charCodeAt(0) : undefined)
  if (code === undefined) throw wrong()
  return code
}

const classEscape = (reader: Reader): Letters | undefined => {
  const known = perl[reader.text.charAt(reader.at + 1)]
  if (known === undefined) return unicode(reader)
  reader.at += 2
  return known
}

/** What a backslash and what follows it mean. */
export const escapeClass = (reader: Reader, fold: boolean): Letters => {
  const known = classEscape(reader)
  if (known === undefined) return literalLetters(escaped(reader), fold)
  return fold ? folded(known) : known
}

const classNamed = /\[:(\^?)([^]*?):\]/y

const single = (reader: Reader): number => {
  if (reader.text.charAt(reader.at) === '\\') return escaped(reader)
  const code = Number(reader.text.codePointAt(reader.at))
  reader.at += code > 0xffff ? 2 : 1
  return code
}

const member = (reader: Reader): Letters => {
  const [all, caret, name = ''] = matchAt(classNamed, reader.text, reader.at)
  if (all !== undefined) {
    const known = Object.hasOwn(posix, name) ? posix[name] : undefined
    if (known === undefined) throw wrong()
    reader.at += all.length
    return caret === '^' ? not(known) : known
  }
  const known = reader.text.charAt(reader.at) === '\\' ? classEscape(reader) : undefined
  if (known !== undefined) return known
  const low = single(reader)
  if (!/^-[^\]]/s.test(reader.text.slice(reader.at, reader.at + 2))) return between(low, low)
  reader.at += 1
  const high = single(reader)
  if (high < low) throw wrong()
  return between(low, high)
}

/** `[a-z]`, which begins here. */
export const parseSet = (reader: Reader, fold: boolean): Letters => {
  reader.at += 1
  const negative = reader.text.charAt(reader.at) === '^'
  reader.at += negative ? 1 : 0
  const members: Letters[] = []
  do {
    if (reader.at >= reader.text.length) throw wrong()
    members.push(member(reader))
  } while (reader.text.charAt(reader.at) !== ']')
  reader.at += 1
  const all = fold ? folded(oneOf(members)) : oneOf(members)
  return negative ? not(all) : all
}
