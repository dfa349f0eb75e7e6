import { TemplateError } from './errors.ts'
import { isWord, type Letters } from './regex-class.ts'
import { type Assertion, parsePattern, type Pattern } from './regex-parse.ts'
import type { Run } from './value.ts'

/**
 * Regular expressions as Go has them: a machine that goes over the text once, whatever the expression, so that none
 * takes longer than its length times that of the text. https://swtch.com/~rsc/regexp/regexp2.html
 */
export type Regex = { readonly code: readonly Instruction[]; readonly slots: number; readonly names: ReadonlyMap<string, readonly number[]> }

type Instruction =
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

type Slots = readonly number[]
type Thread = { readonly at: number; readonly slots: Slots }

/** Where the first match from there is: begin and end of all of it, then of each group, -1 where it took no part. */
export const find = (regex: Regex, text: string, from: number, run: Run): Slots | undefined => {
  let threads: Thread[] = []
  let found: Slots | undefined
  for (let at = from; ; ) {
    const seen = new Set<number>()
    const next: Thread[] = []
    const code = Number(text.codePointAt(at))
    const width = code > 0xffff ? 2 : 1
    const letter = code >= 0xd800 && code < 0xe000 ? 0xfffd : code
    const active: Thread[] = []
    for (const thread of threads) follow(regex, thread.at, thread.slots, text, at, seen, active)
    if (found === undefined) follow(regex, 0, Array.from({ length: regex.slots }, () => -1), text, at, seen, active)
    run.spend(1 + (seen.size >> 1))
    for (const thread of active) {
      const instruction = regex.code[thread.at]
      if (instruction?.op === 'match') {
        found = thread.slots
        break
      }
      if (at < text.length && instruction?.op === 'letter' && instruction.letters(letter))
        next.push({ at: thread.at + 1, slots: thread.slots })
    }
    threads = next
    if (at >= text.length || (threads.length === 0 && found !== undefined)) return found
    at += width
  }
}

/** All that can be reached without a letter, the preferred first. */
const follow = (regex: Regex, start: number, slots: Slots, text: string, at: number, seen: Set<number>, active: Thread[]): void => {
  const todo: Thread[] = [{ at: start, slots }]
  for (let thread = todo.pop(); thread !== undefined; thread = todo.pop()) {
    if (seen.has(thread.at)) continue
    seen.add(thread.at)
    const instruction = regex.code[thread.at]
    switch (instruction?.op) {
      case 'jump':
        todo.push({ ...thread, at: instruction.to })
        break
      case 'split':
        todo.push({ ...thread, at: instruction.second }, { ...thread, at: instruction.first })
        break
      case 'save':
        todo.push({ at: thread.at + 1, slots: thread.slots.with(instruction.slot, at) })
        break
      case 'assert':
        if (holds(instruction.what, text, at)) todo.push({ ...thread, at: thread.at + 1 })
        break
      default:
        active.push(thread)
    }
  }
}

const holds = (what: Assertion, text: string, at: number): boolean => {
  switch (what) {
    case 'start':
      return at === 0
    case 'end':
      return at === text.length
    case 'line-start':
      return at === 0 || text.charAt(at - 1) === '\n'
    case 'line-end':
      return at === text.length || text.charAt(at) === '\n'
    case 'word':
    case 'no-word':
      return (wordAt(text, at - 1) !== wordAt(text, at)) === (what === 'word')
  }
}

const wordAt = (text: string, at: number): boolean => at >= 0 && at < text.length && isWord(text.charCodeAt(at))

export const matches = (regex: Regex, text: string, run: Run): boolean => find(regex, text, 0, run) !== undefined

const widthAt = (text: string, at: number): number => (Number(text.codePointAt(at)) > 0xffff ? 2 : 1)

/** FindAll. @param most all of them when negative */
export const findAll = (regex: Regex, text: string, most: number, run: Run): readonly Slots[] => {
  const all: Slots[] = []
  let before = -1
  for (let at = 0; at <= text.length && (most < 0 || all.length < most); ) {
    const slots = find(regex, text, at, run)
    if (slots === undefined) break
    const [start = 0, end = 0] = slots
    const empty = end === at
    if (!empty || start !== before) all.push(slots)
    before = end
    at = empty ? at + widthAt(text, at) : end
  }
  return all
}

/** ReplaceAll: `$1` and `${name}` in the replacement stand for groups, unless it is literal. */
export const replaceMatches = (regex: Regex, text: string, to: string, run: Run, literal = false): string => {
  const parts: string[] = []
  let length = 0
  let copied = 0
  for (let at = 0; at <= text.length; ) {
    const slots = find(regex, text, at, run)
    if (slots === undefined) break
    const [start = 0, end = 0] = slots
    const piece = end > copied || start === 0 ? (literal ? to : expand(regex, slots, text, to)) : ''
    parts.push(text.slice(copied, start), piece)
    length += piece.length
    run.spend(piece.length >> 3)
    run.room(text.length + length)
    copied = end
    at = Math.max(end, at + widthAt(text, at))
  }
  return parts.join('') + text.slice(copied)
}

const reference = /\$(?:(\$)|\{([A-Za-z0-9_]+)\}|([A-Za-z0-9_]+))/g

const expand = (regex: Regex, slots: Slots, text: string, to: string): string =>
  to.replaceAll(reference, (_, dollar?: string, braced?: string, bare?: string) => {
    if (dollar !== undefined) return '$'
    const name = braced ?? bare ?? ''
    const all = /^[0-9]+$/.test(name) ? [Number(name)] : (regex.names.get(name) ?? [])
    const index = all.find(each => (slots[2 * each] ?? -1) >= 0)
    return index === undefined ? '' : text.slice(slots[2 * index], slots[2 * index + 1])
  })
