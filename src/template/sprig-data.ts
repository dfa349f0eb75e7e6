import { compareText } from './bytes.ts'
import { deepCopy, isDeepEqual, isEmpty, listOf, toInt64, toText, toTexts } from './cast.ts'
import { fn, type Functions, variadic } from './callable.ts'
import { TemplateError } from './errors.ts'
import { merged } from './merge.ts'
import { dict, type Dict, isDict, isList, list, type List, nilList, type Run, type Value } from './value.ts'
import { sorted } from './kind.ts'

const map = 'map[string]interface {}'

/** Both under its name and with `must`: the difference is how sprig fails. */
const both = (functions: Functions): Functions =>
  Object.fromEntries(
    Object.entries(functions).flatMap(([name, callable]) => [
      [name, callable],
      [`must${name.charAt(0).toUpperCase()}${name.slice(1)}`, callable],
    ]),
  )

const pushed = fn(['any', 'any'], ([items, value]) => list([...listOf(items).items, value]))

/** sprig's functions on lists and maps, without their prefix. */
export const sprigData: Functions = {
  list: variadic([], 'any', items => list(items)),
  tuple: variadic([], 'any', items => list(items)),
  ...both({
    append: pushed,
    push: pushed,
    prepend: fn(['any', 'any'], ([items, value]) => list([value, ...listOf(items).items])),
    first: fn(['any'], ([items]) => listOf(items).items[0] ?? null),
    last: fn(['any'], ([items]) => listOf(items).items.at(-1) ?? null),
    rest: fn(['any'], ([items]) => part(listOf(items), 1)),
    initial: fn(['any'], ([items]) => part(listOf(items), 0, -1)),
    reverse: fn(['any'], ([items]) => list(listOf(items).items.toReversed())),
    compact: fn(['any'], ([items]) => list(listOf(items).items.filter(item => !isEmpty(item)))),
    uniq: fn(['any'], ([items], run) => list(unique(listOf(items).items, run))),
    without: variadic(['any'], 'any', ([items, ...others], run) =>
      list(listOf(items).items.filter(item => !others.some(other => isDeepEqual(other, item, run)))),
    ),
    has: fn(
      ['any', 'any'],
      ([wanted, items], run) => items !== null && listOf(items).items.some(item => isDeepEqual(wanted, item, run)),
    ),
    slice: variadic(['any'], 'any', ([items, ...ends]) => sliced(listOf(items), ends)),
    chunk: fn(['int', 'any'], ([size, items]) => chunks(listOf(items), size)),
    merge: variadic([map], map, ([into, ...others], run) => mergedAll(into, others, false, run)),
    mergeOverwrite: variadic([map], map, ([into, ...others], run) => mergedAll(into, others, true, run)),
    deepCopy: fn(['any'], ([value], run) => {
      if (value === null) throw new TemplateError('there is nothing to copy')
      return deepCopy(value, run)
    }),
  }),
  concat: variadic([], 'any', lists => {
    const items = lists.flatMap(each => listOf(each).items)
    return items.length === 0 ? nilList('interface {}') : list(items)
  }),
  sortAlpha: fn(['any'], ([items], run) =>
    list(isList(items) ? [...toTexts(items, run)].sort(compareText) : [toText(items, run)], 'string'),
  ),
  dict: variadic([], 'any', (values, run) =>
    dict(
      values.flatMap((value, at) =>
        at % 2 === 0 ? [[toText(value, run), at + 1 < values.length ? values[at + 1] : ''] as const] : [],
      ),
    ),
  ),
  get: fn([map, 'string'], ([from, key]) => (from.entries.has(key) ? from.entries.get(key) : '')),
  set: fn([map, 'string', 'any'], ([into, key, value]) => {
    if (into.nil) throw new TemplateError('the map is nil')
    into.entries.set(key, value)
    return into
  }),
  unset: fn([map, 'string'], ([from, key]) => {
    from.entries.delete(key)
    return from
  }),
  hasKey: fn([map, 'string'], ([from, key]) => from.entries.has(key)),
  pluck: variadic(['string'], map, ([key, ...maps]) =>
    list(maps.filter(each => each.entries.has(key)).map(each => each.entries.get(key))),
  ),
  /** In order, unlike sprig's: a render must give the same for the same secrets. */
  keys: variadic([], map, maps =>
    list(
      maps.flatMap(each => sorted(each).map(([key]) => key)),
      'string',
    ),
  ),
  values: fn([map], ([from]) => list(sorted(from).map(([, value]) => value))),
  pick: variadic([map], 'string', ([from, ...keys]) => selected(from, keys, true)),
  omit: variadic([map], 'string', ([from, ...keys]) => selected(from, keys, false)),
  dig: variadic([], 'any', values => dug(values)),
}

const selected = ({ entries }: Dict, keys: readonly string[], those: boolean): Value => {
  const names = new Set<Value>(keys)
  return dict([...entries].filter(([key]) => names.has(key) === those))
}

const part = ({ items }: List, from: number, to?: number): Value =>
  items.length === 0 ? nilList('interface {}') : list(items.slice(from, to))

const unique = (items: readonly Value[], run: Run): readonly Value[] => {
  const kept: Value[] = []
  for (const item of items) if (!kept.some(other => isDeepEqual(item, other, run))) kept.push(item)
  return kept
}

const sliced = (from: List, ends: readonly Value[]): Value => {
  const { length } = from.items
  if (length === 0) return null
  const start = ends.length > 0 ? Number(toInt64(ends[0])) : 0
  const end = ends.length > 1 ? Number(toInt64(ends[1])) : length
  if (start < 0 || start > end || end > length) throw new TemplateError('the index is out of range')
  return { ...from, items: from.items.slice(start, end) }
}

const chunks = ({ items }: List, size: bigint): Value => {
  if (size <= 0n) throw new TemplateError('a chunk has at least one item')
  const count = Math.ceil(items.length / Number(size))
  const all = Array.from({ length: count }, (_, at) => list(items.slice(at * Number(size), (at + 1) * Number(size))))
  return list(all, '[]interface {}')
}

const mergedAll = (into: Dict, others: readonly Dict[], override: boolean, run: Run): Dict =>
  others.reduce(
    (result, other) => merged(result, other, override, run),
    into.nil && others.length > 0 ? dict([]) : into,
  )

const dug = (values: readonly Value[]): Value => {
  if (values.length < 3) throw new TemplateError('it takes keys, a default and a map')
  let at = values.at(-1)
  for (const key of values.slice(0, -2)) {
    if (typeof key !== 'string' || !isDict(at) || at.key !== 'string')
      throw new TemplateError('it takes keys, a default and a map')
    if (!at.entries.has(key)) return values.at(-2)
    at = at.entries.get(key)
  }
  return at
}
