import { fn } from './callable.ts'
import { TemplateError } from './errors.ts'
import { dict, type Dict, isDict, list, nilList, type Struct, type Value } from './value.ts'
import { sorted } from './kind.ts'

/** What `scratch` keeps while one template runs. */
export const createScratch = (): Struct => {
  const values = new Map<string, Value>()
  const mapAt = (name: string): Dict => {
    const found = values.get(name) ?? dict([])
    if (!isDict(found) || found.key !== 'string' || found.element !== 'interface {}')
      throw new TemplateError('what scratch has under this name is no map')
    values.set(name, found)
    return found
  }
  const methods = new Map([
    ['Key', fn(['string'], ([name]) => values.has(name))],
    ['Get', fn(['string'], ([name]) => values.get(name) ?? null)],
    ['Set', fn(['string', 'any'], ([name, value]) => put(values, name, value, true))],
    ['SetX', fn(['string', 'any'], ([name, value]) => put(values, name, value, false))],
    ['MapSet', fn(['string', 'string', 'any'], ([name, key, value]) => put(mapAt(name).entries, key, value, true))],
    ['MapSetX', fn(['string', 'string', 'any'], ([name, key, value]) => put(mapAt(name).entries, key, value, false))],
    [
      'MapValues',
      fn(['string'], ([name]) => {
        const found = values.get(name)
        if (!isDict(found) || found.key !== 'string' || found.element !== 'interface {}') return nilList('interface {}')
        return list(sorted(found).map(([, value]) => value))
      }),
    ],
  ])
  return { kind: 'struct', type: 'template.Scratch', pointer: true, fields: new Map(), methods }
}

const put = (values: Map<string, Value> | Map<Value, Value>, name: string, value: Value, again: boolean): string => {
  const map = values as Map<Value, Value>
  if (again || !map.has(name)) map.set(name, value)
  return ''
}
