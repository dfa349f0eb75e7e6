import { TemplateError } from './errors.ts'
import type { Letters } from './regex-class.ts'
import { type Assertion, parsePattern, type Pattern } from './regex-parse.ts'

/**
 * Regular expressions as Go has them: a machine that goes over the text once, whatever the expression, so that none
 * takes longer than its length times that of the text. https://swtch.com/~rsc/regexp/regexp2.html
 */
export type Regex = {
  readonly code: readonly Instruction[]
  readonly slots: number
  readonly names: ReadonlyMap<string, readonly number[]>
}

export type Instruction =
  | { readonly op: 'letter'; readonly letters: Letters }
  | { readonly op: 'assert'; readonly what: Assertion }
  | { readonly op: 'save'; readonly slot: number }
  | { op: 'split'; first: number; second: number }
  | { op: 'jump'; to: number }
  | { readonly op: 'match' }

/** Instructions of one expression. */
const largest = 10_000

/** @throws TemplateError when Go would not read it */
export const compile = (text: string): Regex => {
  const { pattern, groups, names } = parsePattern(text)
  const code: Instruction[] = []
  emit(code, { kind: 'group', index: 0, of: pattern })
  code.push({ op: 'match' })
  return { code, slots: 2 * (groups + 1), names }
}

const emit = (code: Instruction[], pattern: Pattern): void => {
  if (code.length > largest) throw new TemplateError('the regular expression is too large')
  switch (pattern.kind) {
    case 'letters':
      code.push({ op: 'letter', letters: pattern.letters })
      return
    case 'assert':
      code.push({ op: 'assert', what: pattern.what })
      return
    case 'all':
      for (const each of pattern.of) emit(code, each)
      return
    case 'any':
      emitAny(code, pattern.of)
      return
    case 'group':
      code.push({ op: 'save', slot: 2 * pattern.index })
      emit(code, pattern.of)
      code.push({ op: 'save', slot: 2 * pattern.index + 1 })
      return
    case 'repeat':
      emitRepeat(code, pattern)
  }
}

const emitAny = (code: Instruction[], all: readonly Pattern[]): void => {
  const jumps = all.map((each, index) => {
    const split = { op: 'split' as const, first: code.length + 1, second: 0 }
    const last = index === all.length - 1
    if (!last) code.push(split)
    emit(code, each)
    const jump = { op: 'jump' as const, to: 0 }
    if (!last) code.push(jump)
    split.second = code.length
    return jump
  })
  for (const jump of jumps) jump.to = code.length
}

type Repeat = Pattern & { readonly kind: 'repeat' }

const emitRepeat = (code: Instruction[], { of, least, most, greedy }: Repeat): void => {
  for (let count = 0; count < least - (most === Infinity ? 1 : 0); count++) emit(code, of)
  if (most === Infinity) {
    const skip = least === 0 ? fork(code, greedy) : undefined
    const start = code.length
    emit(code, of)
    const back = { op: 'split' as const, first: start, second: code.length + 1 }
    code.push(greedy ? back : { ...back, first: back.second, second: start })
    skip?.(code.length)
    return
  }
  const skips: ((to: number) => void)[] = []
  for (let count = least; count < most; count++) {
    skips.push(fork(code, greedy))
    emit(code, of)
  }
  for (const skip of skips) skip(code.length)
}

/** Goes on, or to where it is told later. */
const fork = (code: Instruction[], greedy: boolean): ((to: number) => void) => {
  const next = code.length + 1
  const split = { op: 'split' as const, first: next, second: next }
  code.push(split)
  return to => {
    if (greedy) split.second = to
    else split.first = to
  }
}
