import { bytesOf, textOf } from './bytes.ts'
import { fn, type Functions, variadic } from './callable.ts'
import { TemplateError } from './errors.ts'
import { parseJson } from './json-read.ts'
import { writeJson } from './json-write.ts'
import { merged } from './merge.ts'
import { parseBoolean, parseFloat, parseInteger, parseUnsigned } from './number-text.ts'
import { matches } from './regex.ts'
import { replaceMatches } from './regex-replace.ts'
import { compile } from './regex-code.ts'
import { indented, join, lower, replaceAll, split, trimSet, trimSpace, upper } from './text.ts'
import { formatTime } from './time.ts'
import { title } from './title.ts'
import { writeToml } from './toml.ts'
import { type Channel, cost, dict, int64, isInt, isList, list, uint64, type Run, type Value } from './value.ts'
import { integerOf, kindOf, sorted, stringOf, typeOf } from './kind.ts'
import { parseYaml } from './yaml-read.ts'
import { writeYaml } from './yaml-write.ts'

/** The helper functions of consul-template that work on values alone. */
export const helperFunctions: Functions = {
  base64Decode: fn(['string'], ([text]) => base64(text, /^[A-Za-z0-9+/]*={0,2}$/)),
  base64Encode: fn(['string'], ([text]) => Buffer.from(bytesOf(text)).toString('base64')),
  base64URLDecode: fn(['string'], ([text]) => base64(text, /^[\w-]*={0,2}$/)),
  base64URLEncode: fn(['string'], ([text]) => urlSafe(Buffer.from(bytesOf(text)).toString('base64'))),
  byKey: fn(['[]*dependency.KeyPair'], () => dict([], 'map[string]*dependency.KeyPair')),
  contains: fn(['any', 'any'], ([wanted, among], run) => isIn(among, wanted, run)),
  containsAll: fn(['[]interface {}', 'any'], ([all, among], run) => all.items.every(each => isIn(among, each, run))),
  containsAny: fn(['[]interface {}', 'any'], ([all, among], run) => all.items.some(each => isIn(among, each, run))),
  containsNone: fn(['[]interface {}', 'any'], ([all, among], run) => !all.items.some(each => isIn(among, each, run))),
  containsNotAll: fn(
    ['[]interface {}', 'any'],
    ([all, among], run) => !all.items.every(each => isIn(among, each, run)),
  ),
  explode: fn(['[]*dependency.KeyPair'], () => dict([])),
  explodeMap: fn(['map[string]interface {}'], ([map]) => explode(sorted(map))),
  hmacSHA256Hex: fn(['string', 'string'], ([message, key], run) =>
    run.digest('sha256', bytesOf(message), bytesOf(key)),
  ),
  in: fn(['any', 'any'], ([among, wanted], run) => isIn(among, wanted, run)),
  indent: fn(['int', 'string'], ([spaces, text], run) => indented(spaces, text, run)),
  join: fn(['string', '[]string'], ([separator, { items }], run) => join(items.map(String), separator, run)),
  loop: variadic([], 'any', bounds => loop(bounds)),
  md5sum: fn(['string'], ([text], run) => run.digest('md5', bytesOf(text))),
  mergeMap: fn(['map[string]interface {}', 'map[string]interface {}'], ([into, from], run) =>
    merged(into.nil ? dict([]) : into, from, false, run),
  ),
  mergeMapWithOverride: fn(['map[string]interface {}', 'map[string]interface {}'], ([into, from], run) =>
    merged(into.nil ? dict([]) : into, from, true, run),
  ),
  parseBool: fn(['string'], ([text]) => text !== '' && parseBoolean(text)),
  parseFloat: fn(['string'], ([text]) => (text === '' ? 0 : parseFloat(text))),
  parseInt: fn(['string'], ([text]) => int64(text === '' ? 0n : parseInteger(text))),
  parseJSON: fn(['string'], ([text], run) => {
    run.spend(text.length >> 3)
    return text === '' ? dict([]) : parseJson(text)
  }),
  parseUint: fn(['string'], ([text]) => uint64(text === '' ? 0n : parseUnsigned(text))),
  parseYAML: fn(['string'], ([text], run) => (text === '' ? dict([]) : parseYaml(text, run))),
  regexMatch: fn(['string', 'string'], ([pattern, text], run) => matches(compile(pattern), text, run)),
  regexReplaceAll: fn(['string', 'string', 'string'], ([pattern, to, text], run) =>
    replaceMatches(compile(pattern), text, to, run),
  ),
  replaceAll: fn(['string', 'string', 'string'], ([from, to, text], run) => replaceAll(text, from, to, run)),
  sha256Hex: fn(['string'], ([text], run) => run.digest('sha256', bytesOf(text))),
  split: fn(['string', 'string'], ([separator, text]) => {
    const whole = trimSpace(text)
    return list(whole === '' ? [] : split(whole, separator), 'string')
  }),
  splitToMap: fn(['string', 'string', 'string'], ([outer, inner, text]) => splitToMap(outer, inner, trimSpace(text))),
  timestamp: variadic([], 'string', (layouts, { now }) => {
    const [layout] = layouts
    if (layouts.length > 1) throw new TemplateError('it takes one layout')
    return layout === 'unix' ? String(Math.floor(now / 1000)) : formatTime(now, layout ?? '2006-01-02T15:04:05Z07:00')
  }),
  toJSON: fn(['any'], ([value], run) => trimSpace(writeJson(value, { pretty: false, html: true }, run))),
  toJSONPretty: fn(['any'], ([value], run) => writeJson(value, { pretty: true, html: true }, run)),
  toLower: fn(['string'], ([text]) => lower(text)),
  toTOML: fn(['any'], ([value], run) => trimSpace(writeToml(value, run))),
  toTitle: fn(['string'], ([text]) => title(text)),
  toUnescapedJSON: fn(['any'], ([value], run) => writeJson(value, { pretty: false, html: false }, run)),
  toUnescapedJSONPretty: fn(['any'], ([value], run) => writeJson(value, { pretty: true, html: false }, run)),
  toUpper: fn(['string'], ([text]) => upper(text)),
  toYAML: fn(['any'], ([value], run) => trimSpace(writeYaml(value, run))),
  trim: fn(['string', 'string'], ([set, text]) => trimSet(set, text)),
  trimPrefix: fn(['string', 'string'], ([prefix, text]) =>
    text.startsWith(prefix) ? text.slice(prefix.length) : text,
  ),
  trimSpace: fn(['string'], ([text]) => trimSpace(text)),
  trimSuffix: fn(['string', 'string'], ([suffix, text]) => withoutSuffix(text, suffix)),
}

export const withoutSuffix = (text: string, suffix: string): string =>
  text.endsWith(suffix) ? text.slice(0, text.length - suffix.length) : text

/** @throws TemplateError */
export const base64 = (text: string, letters: RegExp): string => {
  const plain = text.replaceAll(/[\r\n]/g, '')
  if (plain.length % 4 !== 0 || !letters.test(plain)) throw new TemplateError('this is no base64')
  return textOf(Buffer.from(plain, 'base64'))
}

const urlSafe = (text: string): string => text.replaceAll('+', '-').replaceAll('/', '_')

const isIn = (among: Value, wanted: Value, run: Run): boolean => {
  run.spend(cost(among) >> 3)
  if (isList(among)) return among.items.some(item => isSame(item, wanted))
  const [text, part] = [stringOf(among), stringOf(wanted)]
  if (text !== undefined) mustBe(wanted)
  return text !== undefined && part !== undefined && typeOf(among) === typeOf(wanted) && text.includes(part)
}

/** Go cannot look for nil among texts. */
const mustBe = (wanted: Value): void => {
  if (wanted === null) throw new TemplateError('there is nothing to look for')
}

const isSame = (item: Value, wanted: Value): boolean => {
  const kind = kindOf(item)
  if (kind === 'string') mustBe(wanted)
  if (kind !== kindOf(wanted)) return false
  if (kind === 'int') return integerOf(item) === integerOf(wanted)
  if (kind === 'float') return item === wanted
  return kind === 'string' && typeOf(item) === typeOf(wanted) && stringOf(item) === stringOf(wanted)
}

const explode = (entries: readonly (readonly [Value, Value])[]): Value => {
  const root = dict([])
  for (const [path, value] of entries) {
    const names = (path as string).split('/')
    const last = names.pop()
    let at = root
    for (const name of names) {
      const next = at.entries.get(name) ?? dict([])
      if (typeof next !== 'object' || next.kind !== 'map') throw new TemplateError('a key is a value and a folder')
      at.entries.set(name, next)
      at = next
    }
    if (last !== '') at.entries.set(last, value)
  }
  return root
}

const loop = (bounds: readonly Value[]): Channel => {
  if (bounds.length !== 1 && bounds.length !== 2) throw new TemplateError('it takes one or two numbers')
  const [next = 0n, stop = 0n] = bounds.length === 1 ? [0n, ...bounds.map(bound)] : bounds.map(bound)
  return { kind: 'channel', next, stop }
}

const bound = (value: Value): bigint => {
  if (typeof value === 'bigint') return value
  if (isInt(value)) return BigInt.asIntN(64, value.value)
  const text = stringOf(value)
  if (text === undefined) throw new TemplateError(`${typeOf(value)} is no bound`)
  return text === '' ? 0n : parseInteger(text)
}

const splitToMap = (outer: string, inner: string, text: string): Value => {
  const pairs = text === '' ? [] : split(text, outer)
  const kept = pairs.flatMap(pair => {
    const at = pair.indexOf(inner)
    return at < 0 ? [] : [[pair.slice(0, at), pair.slice(at + inner.length)] as const]
  })
  return dict(kept, 'string')
}
