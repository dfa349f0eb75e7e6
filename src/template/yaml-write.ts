import { bytesOf, lengthOf } from './bytes.ts'
import { TemplateError } from './errors.ts'
import { formatFloat } from './float.ts'
import { isDigit, isLetter } from './letters.ts'
import { floatOf } from './number-text.ts'
import { type Dict, isBoxed, type Run, type Value } from './value.ts'
import { integerOf, kindOf, stringOf, typeOf } from './kind.ts'
import { createEmitter, type Emitter, writeIndent, writeIndicator, writeScalar } from './yaml-emit.ts'
import { isSimpleKey, styleOf } from './yaml-style.ts'

/** As yaml.v2 writes it, which consul-template uses. @throws TemplateError */
export const writeYaml = (value: Value, run: Run): string => {
  const emitter = createEmitter()
  node(emitter, value, run, { mapping: false, key: false })
  writeIndent(emitter)
  return emitter.parts.join('')
}

type Context = { readonly mapping: boolean; readonly key: boolean }

const node = (emitter: Emitter, value: Value, run: Run, context: Context): void => {
  run.spend(8)
  const plain = typeof value === 'string' ? undefined : plainOf(value)
  const string = stringOf(value)
  if (plain !== undefined) writeScalar(emitter, plain, 'plain', !context.key)
  else if (string !== undefined) text(emitter, string, run, context)
  else if (isBoxed(value) && value.kind === 'list') sequence(emitter, value.items, run, context)
  else if (isBoxed(value) && value.kind === 'map') mapping(emitter, sortedKeys(value), run)
  else if (isBoxed(value) && value.kind === 'struct')
    mapping(
      emitter,
      [...value.fields].map(([name, field]) => [name.toLowerCase(), field]),
      run,
    )
  else throw new TemplateError(`${typeOf(value)} has no form in YAML`)
}

/** Of what is no text and no collection. */
const plainOf = (value: Value): string | undefined => {
  const whole = integerOf(value)
  if (whole !== undefined) return String(whole)
  if (typeof value === 'number') return floatText(value)
  if (typeof value === 'boolean') return String(value)
  if (!isBoxed(value) || value.kind === 'nil-pointer') return 'null'
  if (value.kind !== 'json-number') return undefined
  const written = /^-?[0-9]+$/.test(value.text) ? BigInt(value.text) : undefined
  if (written !== undefined && BigInt.asIntN(64, written) === written) return String(written)
  const float = floatOf(value.text)
  return float === undefined ? undefined : floatText(float)
}

const floatText = (value: number): string => {
  if (Number.isNaN(value)) return '.nan'
  return Number.isFinite(value) ? formatFloat(value, 'g') : value < 0 ? '-.inf' : '.inf'
}

const text = (emitter: Emitter, value: string, run: Run, { key }: Context): void => {
  run.spend(value.length >> 2)
  run.room(value.length)
  if (value.isWellFormed()) {
    writeScalar(emitter, value, styleOf(value, key), !key)
    return
  }
  const encoded = Buffer.from(bytesOf(value)).toString('base64')
  const lines = encoded.length >= 70 ? encoded.replaceAll(/.{1,70}/g, '$&\n') : encoded
  writeIndicator(emitter, '!!binary', { spaced: true })
  writeScalar(emitter, lines, lines.includes('\n') ? 'literal' : 'plain', !key)
}

const sequence = (emitter: Emitter, items: readonly Value[], run: Run, { mapping: inMapping }: Context): void => {
  if (items.length === 0) {
    writeIndicator(emitter, '[]', { spaced: true })
    return
  }
  const { indent } = emitter
  emitter.indent = indent < 0 ? 0 : inMapping && !emitter.indention ? indent : indent + 2
  for (const item of items) {
    writeIndent(emitter)
    writeIndicator(emitter, '-', { spaced: true, indention: true })
    node(emitter, item, run, { mapping: false, key: false })
  }
  emitter.indent = indent
}

const mapping = (emitter: Emitter, members: readonly (readonly [Value, Value])[], run: Run): void => {
  if (members.length === 0) {
    writeIndicator(emitter, '{}', { spaced: true })
    return
  }
  const { indent } = emitter
  emitter.indent = indent < 0 ? 0 : indent + 2
  for (const [key, value] of members) {
    writeIndent(emitter)
    const name = typeof key === 'string' ? key : ''
    const simple = isSimpleKey(name, lengthOf(name))
    if (!simple) writeIndicator(emitter, '?', { spaced: true, indention: true })
    node(emitter, key, run, { mapping: true, key: simple })
    if (!simple) writeIndent(emitter)
    writeIndicator(emitter, ':', simple ? {} : { spaced: true, indention: true })
    node(emitter, value, run, { mapping: true, key: false })
  }
  emitter.indent = indent
}

const sortedKeys = (map: Dict): readonly (readonly [Value, Value])[] =>
  [...map.entries].sort(([a], [b]) => compareKeys(a, b))

const numberOf = (key: Value): number | undefined => {
  const whole = integerOf(key)
  return whole === undefined
    ? typeof key === 'number' || typeof key === 'boolean'
      ? Number(key)
      : undefined
    : Number(whole)
}

const ranks = ['bool', 'int', 'uint', 'float', 'none', 'string']

/** Numbers by value, texts so that `a2` comes before `a10` and letters after all else. */
const compareKeys = (a: Value, b: Value): number => {
  const [left, right] = [numberOf(a), numberOf(b)]
  if (left !== undefined && right !== undefined && left !== right) return left - right
  if (typeof a !== 'string' || typeof b !== 'string') return ranks.indexOf(kindOf(a)) - ranks.indexOf(kindOf(b))
  const [one, two] = [Array.from(a), Array.from(b)]
  const at = one.findIndex((letter, index) => letter !== two[index])
  return at < 0 || at >= two.length ? one.length - two.length : compareAt(one, two, at)
}

const compareAt = (one: readonly string[], two: readonly string[], at: number): number => {
  const [a = '', b = ''] = [one[at], two[at]]
  const order = Number(a.codePointAt(0)) - Number(b.codePointAt(0))
  if (isLetter(a) && isLetter(b)) return order
  if (isLetter(a) || isLetter(b)) return isLetter(b) ? -1 : 1
  const lead = (a === '0' || b === '0') && startsNumber(one, at) ? 1n : 0n
  const [first, second] = [digitsFrom(one, at), digitsFrom(two, at)]
  const [left, right] = [numberIn(lead, first), numberIn(lead, second)]
  if (left !== right) return left < right ? -1 : 1
  return first.length === second.length ? order : first.length - second.length
}

const startsNumber = (letters: readonly string[], at: number): boolean => {
  const digits = letters.slice(letters.slice(0, at).findLastIndex(letter => !isDigit(letter)) + 1, at)
  return digits.some(letter => letter !== '0')
}

const digitsFrom = (letters: readonly string[], at: number): readonly string[] => {
  const end = letters.findIndex((letter, index) => index >= at && !isDigit(letter))
  return letters.slice(at, end < 0 ? undefined : end)
}

const numberIn = (lead: bigint, digits: readonly string[]): bigint =>
  digits.reduce((sum, digit) => BigInt.asIntN(64, sum * 10n + BigInt(Number(digit.codePointAt(0)) - 48)), lead)
