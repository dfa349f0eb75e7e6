import type { Content } from './render.ts'

/** Text is equal to text, bytes to the same bytes; and the mode counts. */
export const sameContent = (one: Content, other: Content): boolean => {
  const [a, b] = [one.content, other.content]
  const same = a === b || (typeof a !== 'string' && typeof b !== 'string' && sameBytes(a, b))
  return same && one.mode === other.mode
}

const sameBytes = (one: Uint8Array, other: Uint8Array): boolean =>
  one.length === other.length && one.every((byte, index) => byte === other[index])
