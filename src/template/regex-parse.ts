import { matchAt } from './match.ts'
import { TemplateError } from './errors.ts'
import { classOf, escapeClass, type Letters, literalLetters, parseSet } from './regex-class.ts'

/** A regular expression of RE2. */
export type Pattern =
  | { readonly kind: 'letters'; readonly letters: Letters }
  | { readonly kind: 'assert'; readonly what: Assertion }
  | { readonly kind: 'all' | 'any'; readonly of: readonly Pattern[] }
  | { readonly kind: 'group'; readonly index: number; readonly of: Pattern }
  | {
      readonly kind: 'repeat'
      readonly of: Pattern
      readonly least: number
      readonly most: number
      readonly greedy: boolean
    }

export type Assertion = 'start' | 'end' | 'line-start' | 'line-end' | 'word' | 'no-word'

export type Parsed = {
  readonly pattern: Pattern
  readonly groups: number
  readonly names: ReadonlyMap<string, readonly number[]>
}

type Flags = { readonly i: boolean; readonly m: boolean; readonly s: boolean; readonly U: boolean }

type Reader = {
  readonly text: string
  at: number
  groups: number
  readonly names: Map<string, number[]>
  flags: Flags
  depth: number
}

const deepest = 100
const widest = 1000

export const wrong = (): TemplateError => new TemplateError('the regular expression is not one that Go reads')

/** @throws TemplateError */
export const parsePattern = (text: string): Parsed => {
  if (!text.isWellFormed()) throw wrong()
  const flags = { i: false, m: false, s: false, U: false }
  const reader: Reader = { text, at: 0, groups: 0, names: new Map(), flags, depth: 0 }
  const pattern = alternatives(reader)
  if (reader.at < text.length) throw wrong()
  return { pattern, groups: reader.groups, names: reader.names }
}

const takes = (reader: Reader, word: string): boolean => {
  if (!reader.text.startsWith(word, reader.at)) return false
  reader.at += word.length
  return true
}

const alternatives = (reader: Reader): Pattern => {
  const all: Pattern[] = []
  do all.push(sequence(reader))
  while (takes(reader, '|'))
  return all.length === 1 && all[0] !== undefined ? all[0] : { kind: 'any', of: all }
}

const sequence = (reader: Reader): Pattern => {
  const all: Pattern[] = []
  while (reader.at < reader.text.length && !'|)'.includes(reader.text.charAt(reader.at))) {
    const atoms = atom(reader)
    const last = atoms?.at(-1)
    if (atoms === undefined || last === undefined) continue
    all.push(...atoms.slice(0, -1), repeated(reader, last))
  }
  return { kind: 'all', of: all }
}

const counted = /\{([0-9]+)(?:(,)([0-9]*))?\}/y

const repeated = (reader: Reader, of: Pattern): Pattern => {
  const count = quantifier(reader)
  if (count === undefined) return of
  const [least, most] = count
  const greedy = takes(reader, '?') ? reader.flags.U : !reader.flags.U
  if (least > widest || (most > widest && most !== Infinity) || least > most) throw wrong()
  const again = quantifier(reader)
  if (again !== undefined) throw wrong()
  return { kind: 'repeat', of, least, most, greedy }
}

const quantifier = (reader: Reader): readonly [number, number] | undefined => {
  if (takes(reader, '*')) return [0, Infinity]
  if (takes(reader, '+')) return [1, Infinity]
  if (takes(reader, '?')) return [0, 1]
  const [all, least, comma, most] = matchAt(counted, reader.text, reader.at)
  if (all === undefined) return undefined
  reader.at += all.length
  return [Number(least), comma === undefined ? Number(least) : most === '' ? Infinity : Number(most)]
}

/** Undefined where only flags were set. */
const atom = (reader: Reader): readonly Pattern[] | undefined => {
  const { flags } = reader
  const letter = String.fromCodePoint(Number(reader.text.codePointAt(reader.at)))
  switch (letter) {
    case '(':
      return group(reader)
    case '[':
      return [{ kind: 'letters', letters: parseSet(reader, flags.i) }]
    case '\\':
      return escape(reader)
    default:
      if (quantifier(reader) !== undefined) throw wrong()
  }
  reader.at += letter.length
  if (letter === '.') return [{ kind: 'letters', letters: classOf(flags.s ? 'any' : 'no-newline') }]
  if (letter === '^') return [{ kind: 'assert', what: flags.m ? 'line-start' : 'start' }]
  if (letter === '$') return [{ kind: 'assert', what: flags.m ? 'line-end' : 'end' }]
  return [{ kind: 'letters', letters: literalLetters(Number(letter.codePointAt(0)), flags.i) }]
}

const opening = /\((?:\?(?:P?<([A-Za-z0-9_]+)>|([imsU]*(?:-[imsU]+)?)(:|\))))?/y

const group = (reader: Reader): readonly Pattern[] | undefined => {
  const [all = '(', name, flags, close] = matchAt(opening, reader.text, reader.at)
  if (all === '(' && reader.text.charAt(reader.at + 1) === '?') throw wrong()
  reader.at += all.length
  const before = reader.flags
  if (flags !== undefined) reader.flags = changed(before, flags)
  if (close === ')') return undefined
  const index = close === ':' ? 0 : (reader.groups += 1)
  if (name !== undefined) {
    reader.names.set(name, [...(reader.names.get(name) ?? []), index])
  }
  reader.depth += 1
  if (reader.depth > deepest) throw wrong()
  const of = alternatives(reader)
  reader.depth -= 1
  if (!takes(reader, ')')) throw wrong()
  reader.flags = before
  return [index === 0 ? { kind: 'all', of: [of] } : { kind: 'group', index, of }]
}

const changed = (flags: Flags, letters: string): Flags => {
  const [on = '', off = ''] = letters.split('-')
  const set = (name: keyof Flags): boolean => (flags[name] || on.includes(name)) && !off.includes(name)
  return { i: set('i'), m: set('m'), s: set('s'), U: set('U') }
}

const assertions: Readonly<Record<string, Assertion>> = { A: 'start', z: 'end', b: 'word', B: 'no-word' }

const escape = (reader: Reader): readonly Pattern[] | undefined => {
  const what = assertions[reader.text.charAt(reader.at + 1)]
  if (what !== undefined) {
    reader.at += 2
    return [{ kind: 'assert', what }]
  }
  if (takes(reader, '\\Q')) {
    const end = reader.text.indexOf('\\E', reader.at)
    const quoted = reader.text.slice(reader.at, end < 0 ? undefined : end)
    reader.at = end < 0 ? reader.text.length : end + 2
    return Array.from(quoted, letter => ({
      kind: 'letters',
      letters: literalLetters(Number(letter.codePointAt(0)), reader.flags.i),
    }))
  }
  return [{ kind: 'letters', letters: escapeClass(reader, reader.flags.i) }]
}
