import { takenAt } from './match.ts'
import { placeOf, TemplateError } from './errors.ts'
import type { Run, Value } from './value.ts'

export type Reader = {
  readonly text: string
  readonly run: Run
  readonly anchors: Map<string, Value>
  at: number
  depth: number
  /** Brackets around. */
  flows: number
  /** How far right this is in its line. */
  readonly column: () => number
}

export const startReader = (text: string, run: Run): Reader => {
  const reader: Reader = {
    text: text.replace(/^\ufeff/, '').replaceAll(/\r\n?/g, '\n'),
    run,
    anchors: new Map(),
    at: 0,
    depth: 0,
    flows: 0,
    column: () => (reader.at === 0 ? 0 : reader.at - reader.text.lastIndexOf('\n', reader.at - 1) - 1),
  }
  // oxlint-disable-next-line no-control-regex -- what YAML forbids
  if (/[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/.test(reader.text) || !text.isWellFormed()) throw wrong(reader)
  return reader
}

export const wrong = ({ text, at }: Reader, why = 'this is no YAML'): TemplateError =>
  new TemplateError(`${why}, in line ${placeOf(text, at).line}`)

export const isSpaceAt = (text: string, at: number): boolean => at >= text.length || ' \t\n'.includes(text.charAt(at))

/** Over spaces, comments and line ends; tells whether there was a line end. */
export const skip = (reader: Reader): boolean => {
  const start = reader.at
  const blank = /(?:[ \t]*(?:(?<=\s|^)#[^\n]*)?\n)*/y
  const lines = takenAt(blank, reader.text, reader.at)
  reader.at += lines.length
  const spaces = takenAt(/[ \t]*/y, reader.text, reader.at)
  reader.at += spaces.length
  if (reader.text.charAt(reader.at) === '#' && (reader.at === 0 || isSpaceAt(reader.text, reader.at - 1))) {
    reader.at = reader.text.length
    return true
  }
  const begun = start === 0 ? lines + spaces : (lines + spaces).slice((lines + spaces).indexOf('\n') + 1)
  if (reader.flows === 0 && (start === 0 || lines !== '') && /^ *\t/m.test(begun))
    throw wrong(reader, 'a tab cannot indent')
  return lines !== ''
}
