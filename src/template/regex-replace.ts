import { find, type Slots, widthAt } from './regex.ts'
import type { Regex } from './regex-code.ts'
import type { Run } from './value.ts'

/** ReplaceAll: `$1` and `${name}` in the replacement stand for groups, unless it is literal. */
export const replaceMatches = (regex: Regex, text: string, to: string, run: Run, literal = false): string => {
  const parts: string[] = []
  let length = 0
  let copied = 0
  for (let at = 0; at <= text.length;) {
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
  to.replaceAll(reference, (_, dollar?: string, braced = '', bare = '') => {
    if (dollar !== undefined) return '$'
    const name = braced + bare
    const all = /^[0-9]+$/.test(name) ? [Number(name)] : (regex.names.get(name) ?? [])
    const index = all.find(each => (slots[2 * each] ?? -1) >= 0)
    return index === undefined ? '' : text.slice(slots[2 * index], slots[2 * index + 1])
  })
