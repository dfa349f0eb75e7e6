/** Turns a value of unknown shape into a typed one, or throws a ShapeError. `at` names the place: `vault.address`. */
export type Check<T> = (value: unknown, at: string) => T

/** Says which place is wrong and what belongs there; never what stands there now, which may be secret. */
export class ShapeError extends Error {
  override readonly name = 'ShapeError'
}

type Checked<M extends Members> = { readonly [K in keyof M]: ReturnType<M[K]> }
type Members = Readonly<Record<string, Check<unknown>>>

const must = (at: string, what: string): ShapeError => new ShapeError(`${at} must be ${what}`)

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A member of its own, so that `__proto__` and `constructor` are names like any other. */
export const member = (record: Readonly<Record<string, unknown>>, name: string): unknown =>
  Object.hasOwn(record, name) ? record[name] : undefined

export const record: Check<Readonly<Record<string, unknown>>> = (value, at) => {
  if (!isRecord(value)) throw must(at, 'an object')
  return value
}

export const text: Check<string> = (value, at) => {
  if (typeof value !== 'string') throw must(at, 'text')
  return value
}

/** @param pattern what the whole text must match, described by `what` */
export const textLike =
  (pattern: RegExp, what: string): Check<string> =>
  (value, at) => {
    if (typeof value !== 'string' || !pattern.test(value)) throw must(at, what)
    return value
  }

export const truth: Check<boolean> = (value, at) => {
  if (typeof value !== 'boolean') throw must(at, 'true or false')
  return value
}

export const numberFrom =
  (least: number, most = Number.MAX_SAFE_INTEGER): Check<number> =>
  (value, at) => {
    if (typeof value !== 'number' || !(value >= least && value <= most))
      throw must(at, `a number from ${least}${most === Number.MAX_SAFE_INTEGER ? '' : ` to ${most}`}`)
    return value
  }

export const oneOf =
  <const T extends string | number>(...allowed: readonly T[]): Check<T> =>
  (value, at) => {
    const found = allowed.find(each => each === value)
    if (found === undefined) throw must(at, allowed.join(' or '))
    return found
  }

export const listOf =
  <T>(item: Check<T>): Check<readonly T[]> =>
  (value, at) => {
    if (!Array.isArray(value)) throw must(at, 'a list')
    return value.map((each: unknown, index) => item(each, `${at}[${index}]`))
  }

export const nullOr =
  <T>(check: Check<T>): Check<T | null> =>
  (value, at) =>
    value === null ? null : check(value, at)

/** Members that are not named are left out of the result. */
export const objectOf = <R extends Members>(required: R): Check<Checked<R>> => objectWith(required, {})

/** As objectOf; an optional member may be missing, but not null. */
export const objectWith =
  <R extends Members, O extends Members>(required: R, optional: O): Check<Checked<R> & Partial<Checked<O>>> =>
  (value, at) => {
    const given = record(value, at)
    const place = (name: string) => (at === '' ? name : `${at}.${name}`)
    const present = Object.entries(optional).filter(([name]) => member(given, name) !== undefined)
    const entries = [...Object.entries(required), ...present]
    const checked = entries.map(([name, check]) => [name, check(member(given, name), place(name))] as const)
    return Object.fromEntries(checked) as Checked<R> & Partial<Checked<O>>
  }
