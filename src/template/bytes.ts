/**
 * Go's strings are bytes. Ours are text in which a byte that is no UTF-8 stands as a lone surrogate, U+DC00 plus the
 * byte, so that every string of bytes has exactly one text and comes out again as it went in.
 */
const escaped = (byte: number): string => String.fromCharCode(0xdc00 + byte)

const strict = (bytes: Uint8Array): string | undefined => {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

/** Bytes in UTF-8 that begin a sequence with this byte. */
const sequence = (byte: number): number => (byte < 0xc2 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : byte < 0xf5 ? 4 : 1)

export const textOf = (bytes: Uint8Array): string => {
  const whole = strict(bytes)
  if (whole !== undefined) return whole
  const parts: string[] = []
  for (let at = 0; at < bytes.length;) {
    const first = Number(bytes[at])
    const length = sequence(first)
    const letter = length > 1 || first < 0x80 ? strict(bytes.subarray(at, at + length)) : undefined
    parts.push(letter ?? escaped(first))
    at += letter === undefined ? 1 : length
  }
  return parts.join('')
}

export const bytesOf = (text: string): Uint8Array => {
  const encoder = new TextEncoder()
  if (text.isWellFormed()) return encoder.encode(text)
  const bytes: number[] = []
  for (const letter of text) {
    const code = Number(letter.codePointAt(0))
    if (code >= 0xdc00 && code <= 0xdcff) bytes.push(code - 0xdc00)
    else for (const byte of encoder.encode(letter)) bytes.push(byte)
  }
  return Uint8Array.from(bytes)
}

/** Texts joined may hold a letter in two halves; Go would see it. */
export const joined = (text: string): string => (text.isWellFormed() ? text : textOf(bytesOf(text)))

const onlyAscii = /^[\0-\x7f]*$/

/** In bytes. */
export const lengthOf = (text: string): number => (onlyAscii.test(text) ? text.length : bytesOf(text).length)

/** From byte to byte. */
export const sliceOf = (text: string, from: number, to: number): string =>
  onlyAscii.test(text) ? text.slice(from, to) : textOf(bytesOf(text).subarray(from, to))

const surrogate = /[\ud800-\udfff]/

/** In the order of bytes: negative, zero or positive. */
export const compareText = (a: string, b: string): number => {
  if (!surrogate.test(a) && !surrogate.test(b)) return a < b ? -1 : Number(a > b)
  const [left, right] = [bytesOf(a), bytesOf(b)]
  const shorter = Math.min(left.length, right.length)
  for (let at = 0; at < shorter; at++) if (left[at] !== right[at]) return Number(left[at]) - Number(right[at])
  return left.length - right.length
}
