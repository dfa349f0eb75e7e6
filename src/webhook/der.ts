/**
 * What certificates are written in: https://www.itu.int/rec/T-REC-X.690. Each function gives one complete element. Only
 * writing, and only what our own certificates are made of; reading is left to OpenSSL.
 *
 * Ours, because the libraries cost the webhook more than they spare us (Node 24, RSS of a process that makes four
 * certificates, medians): @peculiar/x509, which selfsigned stands on, +11 to 13 MB; in a worker thread +18 MB, for what a
 * second heap leaves behind; in a child process +3 MB (0.7 of them its own), 110 ms, and for that long another Node within
 * the container's limit. Its schemas alone, @peculiar/asn1-x509, +4 MB in the webhook after its start and +8 MB under load
 * (94 and 103), with more lines than these, and two traps: `::ffff:10.0.0.8` becomes another address without a word, and
 * years behind 2049 get milliseconds. What is written here is held against OpenSSL's strict verification, Node's and the
 * API server's.
 */
const element = (tag: number, content: Buffer): Buffer => {
  const { length } = content
  const bytes = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...bytes]), content])
}

export const sequence = (...parts: readonly Buffer[]): Buffer => element(0x30, Buffer.concat(parts))
export const setOf = (part: Buffer): Buffer => element(0x31, part)
export const truth = (): Buffer => element(0x01, Buffer.from([0xff]))
export const octets = (content: Buffer): Buffer => element(0x04, content)
export const utf8 = (text: string): Buffer => element(0x0c, Buffer.from(text))

/** Never negative: a first bit that is set gets a zero before it. */
export const integer = (bytes: Buffer): Buffer =>
  element(0x02, (bytes[0] ?? 0) < 0x80 ? bytes : Buffer.concat([Buffer.from([0]), bytes]))

/** @param unused bits at the end that mean nothing */
export const bits = (content: Buffer, unused = 0): Buffer =>
  element(0x03, Buffer.concat([Buffer.from([unused]), content]))

/** @param id as people write it: 2.5.29.15 */
export const objectId = (id: string): Buffer => {
  const [first = 0, second = 0, ...rest] = id.split('.').map(Number)
  return element(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]))
}

const base128 = (number: number): readonly number[] => {
  const digits = [number % 128]
  for (let left = Math.floor(number / 128); left > 0; left = Math.floor(left / 128)) digits.unshift(0x80 | (left % 128))
  return digits
}

/** To the second. From 2050 on years are written with four digits, and never before. */
export const time = (at: Date): Buffer => {
  const text = at.toISOString().replaceAll(/[-:T]|\.\d+/g, '')
  return at.getUTCFullYear() < 2050 ? element(0x17, Buffer.from(text.slice(2))) : element(0x18, Buffer.from(text))
}

/** An element that its place explains: `[2] IMPLICIT`. */
export const tagged = (tag: number, content: Buffer): Buffer => element(0x80 | tag, content)

/** An element within one that its place explains: `[3] EXPLICIT`. */
export const wrapped = (tag: number, content: Buffer): Buffer => element(0xa0 | tag, content)
