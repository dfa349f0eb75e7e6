import { textOf } from './bytes.ts'
import { TemplateError } from './errors.ts'

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** https://www.rfc-editor.org/rfc/rfc4648#section-6 */
export const base32 = (bytes: Uint8Array): string => {
  const parts: string[] = []
  for (let at = 0; at < bytes.length; at += 5) {
    const some = Array.from(bytes.subarray(at, at + 5))
    const bits = some.map(byte => byte.toString(2).padStart(8, '0')).join('')
    const digits = [...bits.matchAll(/.{1,5}/g)]
    const group = digits.map(([digit]) => letters.charAt(Number.parseInt(digit.padEnd(5, '0'), 2))).join('')
    parts.push(group.padEnd(8, '='))
  }
  return parts.join('')
}

/** @throws TemplateError */
export const fromBase32 = (text: string): string => {
  const plain = text.replaceAll(/[\r\n]/g, '')
  const bare = plain.slice(0, plain.indexOf('=') < 0 ? undefined : plain.indexOf('='))
  const padding = plain.length - bare.length
  if (
    plain.length % 8 !== 0 ||
    ![0, 1, 3, 4, 6].includes(padding) ||
    !/^[A-Z2-7]*$/.test(bare) ||
    plain.slice(bare.length).replaceAll('=', '') !== ''
  )
    throw new TemplateError('this is no base32')
  const bytes = new Uint8Array(Math.floor((bare.length * 5) / 8))
  let [bits, held, at] = [0, 0, 0]
  for (const letter of bare) {
    bits = ((bits << 5) | letters.indexOf(letter)) & 0xfff
    held += 5
    if (held >= 8) {
      held -= 8
      bytes[at] = (bits >> held) & 0xff
      at += 1
    }
  }
  return textOf(bytes)
}
