import { isBreak, isPrintable, type Style } from './yaml-style.ts'

/** Where the writing is. */
export type Emitter = {
  readonly parts: string[]
  column: number
  /** Of the block that is being written; -1 before the first. */
  indent: number
  /** The last character was white space. */
  white: boolean
  /** Nothing but indentation stands in the line. */
  indention: boolean
}

const widest = 80

export const createEmitter = (): Emitter => ({ parts: [], column: 0, indent: -1, white: true, indention: true })

const put = (emitter: Emitter, text: string): void => {
  emitter.parts.push(text)
  emitter.column += Array.from(text).length
}

const newline = (emitter: Emitter): void => {
  emitter.parts.push('\n')
  emitter.column = 0
}

export const writeIndent = (emitter: Emitter): void => {
  const indent = Math.max(0, emitter.indent)
  if (!emitter.indention || emitter.column > indent || (emitter.column === indent && !emitter.white)) newline(emitter)
  if (emitter.column < indent) put(emitter, ' '.repeat(indent - emitter.column))
  emitter.white = true
  emitter.indention = true
}

export const writeIndicator = (
  emitter: Emitter,
  text: string,
  { spaced = false, indention = false }: { readonly spaced?: boolean; readonly indention?: boolean },
): void => {
  if (spaced && !emitter.white) put(emitter, ' ')
  put(emitter, text)
  emitter.white = false
  emitter.indention = emitter.indention && indention
}

const writers: Readonly<Record<Style, (emitter: Emitter, text: string, folds: boolean) => void>> = {
  plain: (emitter, text, folds) => {
    if (!emitter.white) put(emitter, ' ')
    writeFlow(emitter, text, letter => letter, folds ? 'plain' : 'none')
  },
  single: (emitter, text, folds) => {
    writeIndicator(emitter, "'", { spaced: true })
    writeFlow(emitter, text, letter => (letter === "'" ? "''" : letter), folds ? 'single' : 'none')
    writeIndicator(emitter, "'", {})
  },
  double: (emitter, text, folds) => {
    writeIndicator(emitter, '"', { spaced: true })
    writeDouble(emitter, Array.from(text), folds)
    writeIndicator(emitter, '"', {})
  },
  literal: (emitter, text) => {
    writeLiteral(emitter, text)
  },
}

/** @param folds whether a long line may go on in the next one */
export const writeScalar = (emitter: Emitter, text: string, style: Style, folds: boolean): void => {
  const { indent } = emitter
  emitter.indent = Math.max(0, indent) + 2
  writers[style](emitter, text, folds)
  emitter.indent = indent
  if (style === 'literal') return
  emitter.white = false
  emitter.indention = false
}

/** One line, or several where it is folded. A space that is alone may become a line end. */
const writeFlow = (
  emitter: Emitter,
  text: string,
  escape: (letter: string) => string,
  folding: 'plain' | 'single' | 'none',
): void => {
  const letters = Array.from(text)
  let spaces = false
  let breaks = false
  for (const [at, letter] of letters.entries()) {
    if (letter === ' ') {
      const alone = !spaces && letters[at + 1] !== ' '
      const within = folding === 'plain' || (at > 0 && at < letters.length - 1)
      if (folding !== 'none' && alone && within && emitter.column > widest) writeIndent(emitter)
      else put(emitter, letter)
      spaces = true
    } else if (isBreak(letter)) {
      writeBreak(emitter, letter)
      emitter.indention = true
      breaks = true
    } else {
      if (breaks) writeIndent(emitter)
      put(emitter, escape(letter))
      emitter.indention = false
      spaces = false
      breaks = false
    }
  }
}

const writeBreak = (emitter: Emitter, letter: string): void => {
  if (letter === '\n') newline(emitter)
  else {
    emitter.parts.push(letter)
    emitter.column = 0
  }
}

const escapes: Readonly<Record<string, string>> = {
  '\0': '0',
  '\x07': 'a',
  '\b': 'b',
  '\t': 't',
  '\n': 'n',
  '\v': 'v',
  '\f': 'f',
  '\r': 'r',
  '\x1b': 'e',
  '"': '"',
  '\\': '\\',
  '\x85': 'N',
  '\u2028': 'L',
  '\u2029': 'P',
}

const escaped = (letter: string): string => {
  const code = Number(letter.codePointAt(0))
  const mark = code <= 0xff ? 'x' : code <= 0xffff ? 'u' : 'U'
  return `\\${escapes[letter] ?? mark + code.toString(16).toUpperCase().padStart({ x: 2, u: 4, U: 8 }[mark], '0')}`
}

const writeDouble = (emitter: Emitter, letters: readonly string[], folds: boolean): void => {
  let spaces = false
  /** A text behind a byte order mark is escaped as a whole. */
  const marked = letters[0] === '\ufeff'
  for (const [at, letter] of letters.entries()) {
    if (letter === ' ' && !marked && folds && !spaces && emitter.column > widest && at > 0 && at < letters.length - 1) {
      writeIndent(emitter)
      if (letters[at + 1] === ' ') put(emitter, '\\')
    } else
      put(
        emitter,
        marked || !isPrintable(letter) || isBreak(letter) || letter === '"' || letter === '\\'
          ? escaped(letter)
          : letter,
      )
    spaces = letter === ' '
  }
}

const writeLiteral = (emitter: Emitter, text: string): void => {
  const hint = /^[ \r\n\x85\u2028\u2029]/.test(text) ? '2' : ''
  const chomp = !/[\r\n\x85\u2028\u2029]$/.test(text) ? '-' : /^.$|[\r\n\x85\u2028\u2029].$/su.test(text) ? '+' : ''
  writeIndicator(emitter, `|${hint}${chomp}`, { spaced: true })
  newline(emitter)
  emitter.indention = true
  emitter.white = true
  let breaks = true
  for (const letter of text) {
    if (isBreak(letter)) {
      writeBreak(emitter, letter)
      emitter.indention = true
      breaks = true
    } else {
      if (breaks) writeIndent(emitter)
      put(emitter, letter)
      emitter.indention = false
      breaks = false
    }
  }
}
