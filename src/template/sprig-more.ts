import { posix } from './posix-path.ts'
import { bytesOf } from './bytes.ts'
import { isDeepEqual, isEmpty } from './cast.ts'
import { fn, type Functions, variadic } from './callable.ts'
import { base32, fromBase32 } from './base32.ts'
import { durationText, roundedDuration } from './duration.ts'
import { LimitError, TemplateError } from './errors.ts'
import { base64 } from './helper-functions.ts'
import { parseJson } from './json-read.ts'
import { writeJson } from './json-write.ts'
import { findAll, matches } from './regex.ts'
import { replaceMatches } from './regex-replace.ts'
import { compile } from './regex-code.ts'
import { type Callable, isBoxed, isInt, list, nilList, type Run, type Value } from './value.ts'
import { kindOf, typeOf } from './kind.ts'

const json = (pretty: boolean, html: boolean) => fn(['any'], ([value], run) => writeJson(value, { pretty, html }, run))

/** Gives nothing where the other fails; not where the work is too much. */
const forgiving = (callable: Callable): Callable => ({
  ...callable,
  call: (args, run) => {
    try {
      return callable.call(args, run)
    } catch (error) {
      if (error instanceof TemplateError && !(error instanceof LimitError)) return ''
      throw error
    }
  },
})

const findAllTexts = fn(['string', 'string', 'int'], ([pattern, text, most], run) => {
  const found = findAll(compile(pattern), text, Number(most), run).map(slots => text.slice(slots[0], slots[1]))
  return found.length === 0 ? nilList('string') : list(found, 'string')
})

const findOne = fn(['string', 'string'], ([pattern, text], run) => {
  const [slots = [0, 0]] = findAll(compile(pattern), text, 1, run)
  return text.slice(slots[0], slots[1])
})

const replaced = (literal: boolean) =>
  fn(['string', 'string', 'string'], ([pattern, text, to], run) =>
    replaceMatches(compile(pattern), text, to, run, literal),
  )

const parts = fn(['string', 'string', 'int'], ([pattern, text, most], run) => splitAt(pattern, text, Number(most), run))

/** sprig's functions for defaults, encodings, types, paths and regular expressions, without their prefix. */
export const sprigMore: Functions = {
  default: variadic(['any'], 'any', ([otherwise, ...given]) =>
    given.length === 0 || isEmpty(given[0]) ? otherwise : given[0],
  ),
  empty: fn(['any'], ([value]) => isEmpty(value)),
  coalesce: variadic([], 'any', values => values.find(value => !isEmpty(value)) ?? null),
  all: variadic([], 'any', values => values.every(value => !isEmpty(value))),
  any: variadic([], 'any', values => values.some(value => !isEmpty(value))),
  ternary: fn(['any', 'any', 'bool'], ([yes, no, which]) => (which ? yes : no)),
  fail: fn(['string'], () => {
    throw new TemplateError('the template asked to fail')
  }),
  fromJson: fn(['string'], ([text]) => {
    try {
      return parseJson(text)
    } catch {
      return null
    }
  }),
  mustFromJson: fn(['string'], ([text]) => parseJson(text)),
  toJson: forgiving(json(false, true)),
  mustToJson: json(false, true),
  toPrettyJson: forgiving(json(true, true)),
  mustToPrettyJson: json(true, true),
  toRawJson: json(false, false),
  mustToRawJson: json(false, false),
  typeOf: fn(['any'], ([value]) => typeOf(value)),
  typeIs: fn(['string', 'any'], ([type, value]) => type === typeOf(value)),
  typeIsLike: fn(['string', 'any'], ([type, value]) => type === typeOf(value) || `*${type}` === typeOf(value)),
  kindOf: fn(['any'], ([value]) => kindName(value)),
  kindIs: fn(['string', 'any'], ([kind, value]) => kind === kindName(value)),
  deepEqual: fn(['any', 'any'], ([a, b], run) => isDeepEqual(a, b, run)),
  base: fn(['string'], ([path]) => posix.base(path)),
  dir: fn(['string'], ([path]) => posix.dir(path)),
  clean: fn(['string'], ([path]) => posix.clean(path)),
  ext: fn(['string'], ([path]) => posix.ext(path)),
  isAbs: fn(['string'], ([path]) => path.startsWith('/')),
  osBase: fn(['string'], ([path]) => posix.base(path)),
  osDir: fn(['string'], ([path]) => posix.dir(path)),
  osClean: fn(['string'], ([path]) => posix.clean(path)),
  osExt: fn(['string'], ([path]) => posix.ext(path)),
  osIsAbs: fn(['string'], ([path]) => path.startsWith('/')),
  b64enc: fn(['string'], ([text]) => Buffer.from(bytesOf(text)).toString('base64')),
  /** Unlike sprig's, which writes its error into the result. */
  b64dec: fn(['string'], ([text]) => base64(text, /^[A-Za-z0-9+/]*={0,2}$/)),
  b32enc: fn(['string'], ([text]) => base32(bytesOf(text))),
  b32dec: fn(['string'], ([text]) => fromBase32(text)),
  duration: fn(['any'], ([value]) => durationText(value)),
  durationRound: fn(['any'], ([value]) => roundedDuration(value)),
  regexMatch: fn(['string', 'string'], ([pattern, text], run) => {
    try {
      return matches(compile(pattern), text, run)
    } catch (error) {
      if (error instanceof TemplateError && !(error instanceof LimitError)) return false
      throw error
    }
  }),
  mustRegexMatch: fn(['string', 'string'], ([pattern, text], run) => matches(compile(pattern), text, run)),
  regexFindAll: findAllTexts,
  mustRegexFindAll: findAllTexts,
  regexFind: findOne,
  mustRegexFind: findOne,
  regexReplaceAll: replaced(false),
  mustRegexReplaceAll: replaced(false),
  regexReplaceAllLiteral: replaced(true),
  mustRegexReplaceAllLiteral: replaced(true),
  regexSplit: parts,
  mustRegexSplit: parts,
  regexQuoteMeta: fn(['string'], ([text]) => text.replaceAll(/[\\.+*?()|[\]{}^$]/g, String.raw`\$&`)),
}

const splitAt = (pattern: string, text: string, most: number, run: Run): Value => {
  if (most === 0) return nilList('string')
  if (pattern !== '' && text === '') return list([''], 'string')
  const found: string[] = []
  let [begin, end] = [0, 0]
  for (const [start = 0, stop = 0] of findAll(compile(pattern), text, most, run)) {
    if (most > 0 && found.length === most - 1) break
    end = start
    if (stop !== 0) found.push(text.slice(begin, end))
    begin = stop
  }
  if (end !== text.length) found.push(text.slice(begin))
  return list(found, 'string')
}

const kindName = (value: Value): string => {
  if (isInt(value)) return value.type
  const kind = kindOf(value)
  if (isBoxed(value) && kind === 'struct') return 'struct'
  return { float: 'float64', list: 'slice', none: 'invalid', pointer: 'ptr' }[kind as string] ?? kind
}
