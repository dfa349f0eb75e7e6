import { matchAt } from './match.ts'
import { TemplateError } from './errors.ts'
import { type Dict, isDict, isList, type Value } from './value.ts'
import { type Reader, wrong } from './yaml-reader.ts'

export const emptyMap = (): Dict => ({
  kind: 'map',
  key: 'interface {}',
  element: 'interface {}',
  entries: new Map(),
  nil: false,
})

/** `*name`: what `&name` stood before. */
export const alias = (reader: Reader): Value => {
  const [all = '', name = ''] = matchAt(/\*([\w-]+)/y, reader.text, reader.at)
  if (!reader.anchors.has(name)) throw wrong(reader, 'an alias has no anchor')
  reader.at += all.length
  return reader.anchors.get(name)
}

/** The key that takes over what another map has. */
export const isMerge = ({ text, at }: Reader, start: number): boolean => text.slice(start, at).trim() === '<<'

/** @param merges whether the map takes over what another has */
export const put = (reader: Reader, map: Dict, key: Value, item: Value, merges: boolean): void => {
  if (!merges) {
    if (isList(key) || isDict(key)) throw wrong(reader, 'a map or list is no key')
    map.entries.set(key, item)
    return
  }
  const sources = isList(item) ? item.items.toReversed() : [item]
  for (const source of sources) {
    if (!isDict(source)) throw new TemplateError('only a map can be merged into a map')
    for (const [name, each] of source.entries) map.entries.set(name, each)
  }
}
