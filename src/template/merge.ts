import { TemplateError } from './errors.ts'
import { type Dict, isDict, type Run, type Value } from './value.ts'
import { isTrue, kindOf } from './kind.ts'

/** Maps in maps, deeper than any data. */
const deepest = 200

/** What mergo takes for nothing. */
const isEmpty = (value: Value): boolean => kindOf(value) === 'none' || !isTrue(value)

/**
 * Adds to the first map what it lacks, as mergo does, and gives it back changed.
 * @param override whether what the second has takes the place of what the first has, unless it is empty
 */
export const merged = (into: Dict, from: Dict, override: boolean, run: Run, depth = 0): Dict => {
  if (depth > deepest) throw new TemplateError('the maps are too deep')
  for (const [key, value] of from.entries) {
    run.spend(1)
    // To mergo a nil is nothing to add.
    if (value === null && !override) continue
    const present = into.entries.get(key)
    if (isDict(present) && isDict(value) && present !== value) merged(present, value, override, run, depth + 1)
    else if (override || isEmpty(present)) into.entries.set(key, value)
  }
  return into
}
