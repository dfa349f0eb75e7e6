import { bytesOf } from './bytes.ts'
import { toText, toTexts } from './cast.ts'
import { fn, type Functions, variadic } from './callable.ts'
import { TemplateError } from './errors.ts'
import { withoutSuffix } from './helper-functions.ts'
import { quoted } from './quote.ts'
import { camelCase, connected } from './sprig-case.ts'
import {
  abbreviated,
  adler32,
  eachWord,
  initials,
  substring,
  swapped,
  titled,
  truncated,
  withoutSpaces,
  wrapped,
} from './sprig-words.ts'
import { join, lower, repeated, replaceAll, split, trimSet, trimSpace, upper } from './text.ts'
import { dict, list, type Run, type Value } from './value.ts'

const hash = (name: string) => fn(['string'], ([text], run) => run.digest(name, bytesOf(text)))

/** sprig's functions on text, without their prefix. */
export const sprigText: Functions = {
  hello: fn([], () => 'Hello!'),
  abbrev: fn(['int', 'string'], ([width, text]) => (width < 4n ? text : abbreviated(text, 0, Number(width)))),
  abbrevboth: fn(['int', 'int', 'string'], ([left, right, text]) =>
    right < 4n || (left > 0n && right < 7n) ? text : abbreviated(text, Number(left), Number(right)),
  ),
  trunc: fn(['int', 'string'], ([count, text]) => truncated(text, Number(count))),
  trim: fn(['string'], ([text]) => trimSpace(text)),
  upper: fn(['string'], ([text]) => upper(text)),
  lower: fn(['string'], ([text]) => lower(text)),
  title: fn(['string'], ([text]) => titled(text)),
  untitle: fn(['string'], ([text]) => eachWord(text, lower)),
  substr: fn(['int', 'int', 'string'], ([start, end, text]) => substring(text, Number(start), Number(end))),
  repeat: fn(['int', 'string'], ([count, text], run) => repeated(text, count, run)),
  trimall: fn(['string', 'string'], ([set, text]) => trimSet(set, text)),
  trimAll: fn(['string', 'string'], ([set, text]) => trimSet(set, text)),
  trimSuffix: fn(['string', 'string'], ([suffix, text]) => withoutSuffix(text, suffix)),
  trimPrefix: fn(['string', 'string'], ([prefix, text]) =>
    text.startsWith(prefix) ? text.slice(prefix.length) : text,
  ),
  nospace: fn(['string'], ([text]) => withoutSpaces(text)),
  initials: fn(['string'], ([text]) => initials(text)),
  swapcase: fn(['string'], ([text]) => swapped(text)),
  snakecase: fn(['string'], ([text]) => connected(text, '_')),
  kebabcase: fn(['string'], ([text]) => connected(text, '-')),
  camelcase: fn(['string'], ([text]) => camelCase(text)),
  wrap: fn(['int', 'string'], ([width, text], run) => wrapped(text, Number(width), '', false, run)),
  wrapWith: fn(['int', 'string', 'string'], ([width, separator, text], run) =>
    wrapped(text, Number(width), separator, true, run),
  ),
  contains: fn(['string', 'string'], ([part, text]) => text.includes(part)),
  hasPrefix: fn(['string', 'string'], ([prefix, text]) => text.startsWith(prefix)),
  hasSuffix: fn(['string', 'string'], ([suffix, text]) => text.endsWith(suffix)),
  quote: variadic([], 'any', (values, run) =>
    present(values)
      .map(value => quoted(toText(value, run)))
      .join(' '),
  ),
  squote: variadic([], 'any', (values, run) =>
    present(values)
      .map(value => `'${toText(value, run)}'`)
      .join(' '),
  ),
  cat: variadic([], 'any', (values, run) =>
    present(values)
      .map(value => toText(value, run))
      .join(' '),
  ),
  indent: fn(['int', 'string'], ([spaces, text], run) => indented(spaces, text, run)),
  nindent: fn(['int', 'string'], ([spaces, text], run) => `\n${indented(spaces, text, run)}`),
  replace: fn(['string', 'string', 'string'], ([from, to, text], run) => replaceAll(text, from, to, run)),
  plural: fn(['string', 'string', 'int'], ([one, many, count]) => (count === 1n ? one : many)),
  sha1sum: hash('sha1'),
  sha256sum: hash('sha256'),
  sha512sum: hash('sha512'),
  adler32sum: fn(['string'], ([text]) => adler32(bytesOf(text))),
  toString: fn(['any'], ([value], run) => toText(value, run)),
  split: fn(['string', 'string'], ([separator, text]) => numbered(split(text, separator))),
  splitList: fn(['string', 'string'], ([separator, text]) => list(split(text, separator), 'string')),
  splitn: fn(['string', 'int', 'string'], ([separator, most, text]) => numbered(split(text, separator, Number(most)))),
  toStrings: fn(['any'], ([value], run) => list(toTexts(value, run), 'string')),
  join: fn(['string', 'any'], ([separator, value], run) => join(toTexts(value, run), separator, run)),
}

const present = (values: readonly Value[]): readonly Value[] =>
  values.filter(value => value !== null && value !== undefined)

const numbered = (parts: readonly string[]): Value =>
  dict(
    parts.map((part, at) => [`_${at}`, part] as const),
    'string',
  )

const indented = (spaces: bigint, text: string, run: Run): string => {
  if (spaces < 0n) throw new TemplateError('a negative number of spaces')
  const lines = text.split('\n')
  run.room(text.length + lines.length * Number(spaces))
  return lines.map(line => ' '.repeat(Number(spaces)) + line).join('\n')
}
