import { isWord } from './regex-class.ts'
import type { Instruction, Regex } from './regex-code.ts'
import type { Assertion } from './regex-parse.ts'
import type { Run } from './value.ts'

/** Where a match begins and ends, then each group; -1 where one took no part. */
export type Slots = readonly number[]
type Thread = { readonly at: number; readonly slots: Slots }

/** Where the first match from there is: begin and end of all of it, then of each group, -1 where it took no part. */
export const find = (regex: Regex, text: string, from: number, run: Run): Slots | undefined => {
  let threads: Thread[] = []
  let found: Slots | undefined
  for (let at = from; ;) {
    const seen = new Set<number>()
    const next: Thread[] = []
    const code = Number(text.codePointAt(at))
    const width = code > 0xffff ? 2 : 1
    const letter = code >= 0xd800 && code < 0xe000 ? 0xfffd : code
    const active: Thread[] = []
    for (const thread of threads) follow(regex, thread.at, thread.slots, text, at, seen, active)
    if (found === undefined)
      follow(
        regex,
        0,
        Array.from({ length: regex.slots }, () => -1),
        text,
        at,
        seen,
        active,
      )
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
const follow = (
  regex: Regex,
  start: number,
  slots: Slots,
  text: string,
  at: number,
  seen: Set<number>,
  active: Thread[],
): void => {
  const todo: Thread[] = [{ at: start, slots }]
  for (let thread = todo.pop(); thread !== undefined; thread = todo.pop()) {
    if (seen.has(thread.at)) continue
    seen.add(thread.at)
    const instruction = regex.code[thread.at] as Instruction
    switch (instruction.op) {
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
      case 'letter':
      case 'match':
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

export const widthAt = (text: string, at: number): number => (Number(text.codePointAt(at)) > 0xffff ? 2 : 1)

/** FindAll. @param most all of them when negative */
export const findAll = (regex: Regex, text: string, most: number, run: Run): readonly Slots[] => {
  const all: Slots[] = []
  const limit = most < 0 ? Infinity : most
  let before = -1
  for (let at = 0; at <= text.length && all.length < limit;) {
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
