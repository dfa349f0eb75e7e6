import { isBase60, resolve } from './yaml-scalar.ts'

export type Style = 'plain' | 'single' | 'double' | 'literal'

/** https://yaml.org/spec/1.1/#c-printable, without what needs more than 16 bits: that is escaped. */
export const isPrintable = (letter: string): boolean => {
  const code = letter.length === 1 ? letter.charCodeAt(0) : 0
  if (code < 0xa0) return code === 10 || (code >= 32 && code <= 126)
  return code <= 0xd7ff || (code >= 0xe000 && code <= 0xfefe) || (code >= 0xff00 && code <= 0xfffd)
}

export const isBreak = (letter: string): boolean =>
  letter === '\n' || letter === '\r' || letter === '\x85' || letter === '\u2028' || letter === '\u2029'

type Facts = { readonly plain: boolean; readonly single: boolean; readonly block: boolean; readonly multiline: boolean }

/** In which styles a text may be written: https://pyyaml.org/wiki/LibYAML */
const analyze = (text: string): Facts => {
  if (text === '') return { plain: true, single: true, block: false, multiline: false }
  const special = Array.from(text).some(letter => !isPrintable(letter))
  const breaks = /[\r\n\x85\u2028\u2029]/.test(text)
  const breakSpace = /[\r\n\x85\u2028\u2029] /.test(text)
  const spaceBreak = / [\r\n\x85\u2028\u2029]/.test(text)
  const atEnds = /^[ \r\n\x85\u2028\u2029]|[ \r\n\x85\u2028\u2029]$/.test(text)
  const bad = special || spaceBreak
  return {
    plain: !bad && !breaks && !breakSpace && !atEnds && !hasIndicators(text),
    single: !bad && !breakSpace,
    block: !bad && !text.endsWith(' '),
    multiline: breaks,
  }
}

const hasIndicators = (text: string): boolean =>
  /^(?:---|\.\.\.)/.test(text) ||
  /^[#,[\]{}&*!|>'"%@`]/.test(text) ||
  /^[?:-](?:[ \t]|$)/.test(text) ||
  /:(?:[ \t]|$)/.test(text.slice(1)) ||
  /[\0 \t\r\n\x85\u2028\u2029]#/.test(text)

/** Of a string; a key stands on one line. */
export const styleOf = (text: string, isKey: boolean): Style => {
  const facts = analyze(text)
  const wanted = text.includes('\n') ? 'literal' : resolve(text) === text && !isBase60(text) ? 'plain' : 'double'
  if (wanted === 'double' || (isKey && facts.multiline)) return 'double'
  if (wanted === 'literal') return facts.block && !isKey ? 'literal' : 'double'
  if (facts.plain && !(isKey && text === '')) return 'plain'
  return facts.single ? 'single' : 'double'
}

/** Whether it can stand before its ":". */
export const isSimpleKey = (text: string, bytes: number): boolean =>
  bytes <= 128 && !/[\r\n\x85\u2028\u2029]/.test(text)
