import { type Layer, type Said, saidUnder } from '../layers.ts'
import { nearest } from '../nearest.ts'
import { asText, quote } from '../quote.ts'
import type { Problem } from '../reasons.ts'
import {
  annotations,
  type Entry,
  type FamilyKey,
  familyOf,
  type FixedKey,
  fixedKeys,
  isFixed,
  type Key,
  keys,
  prefix,
  stages,
  type Values,
} from './annotations.ts'

/** Everything the layers say about a pod in the language of vault-k8s. */
export type Read = {
  readonly values: Values
  /** Who said it; undefined where nobody did and vault-k8s's default holds. */
  readonly originOf: (key: FixedKey) => string | undefined
  /** What is said for each name, in the order of the names. */
  readonly named: (family: FamilyKey) => ReadonlyMap<string, string>
  /** Everything that holds, as it is written: the same texts are the same settings. */
  readonly texts: readonly string[]
  readonly problems: readonly Problem[]
  readonly warnings: readonly string[]
}

/** Reads what is said about a pod; the first layer is the pod's own. All problems at once, in the order of the keys. */
export const readVaultK8s = (layers: readonly Layer[]): Read => {
  const heard = saidUnder(layers, prefix)
  const problems: Problem[] = []
  const values: Record<string, unknown> = {}
  const origins = new Map<string, string>()
  for (const key of fixedKeys) {
    const entry = annotations[key] as Entry<unknown>
    values[key] = entry.usual
    const found = heard.get(key)
    if (found === undefined) continue
    origins.set(key, found.origin)
    const value = typeof found.value === 'string' ? entry.kind.read(found.value) : undefined
    if (value !== undefined) values[key] = value
    else if (!isSwallowed(key, found)) problems.push(badValue(key, key, found))
  }
  const others = readNamed(heard)
  return {
    values: values as Values,
    originOf: key => origins.get(key),
    named: family => others.families.get(family) ?? new Map<string, string>(),
    texts: [...heard.keys()].sort().map(key => `${prefix}${key}=${asText(heard.get(key)?.value)}`),
    problems: [...problems, ...others.problems],
    warnings: [...swallowed(heard), ...others.unknown.map(unknownWarning)],
  }
}

type Named = {
  readonly families: ReadonlyMap<FamilyKey, ReadonlyMap<string, string>>
  readonly problems: readonly Problem[]
  readonly unknown: readonly string[]
}

type Heard = ReadonlyMap<string, Said>

const readNamed = (heard: Heard): Named => {
  const families = new Map<FamilyKey, Map<string, string>>()
  const [problems, unknown]: [Problem[], string[]] = [[], []]
  for (const key of [...heard.keys()].sort()) {
    const member = isFixed(key) ? undefined : familyOf(key)
    if (member === undefined) {
      if (!isFixed(key)) unknown.push(key)
      continue
    }
    const here = heard.get(key) as Said
    const { kind } = annotations[member.family] as Entry<unknown>
    const bad = typeof here.value !== 'string' || kind.read(here.value) === undefined
    if (bad && !isSwallowed(member.family, here)) problems.push(badValue(key, member.family, here))
    if (typeof here.value !== 'string') continue
    const texts = families.get(member.family) ?? new Map<string, string>()
    families.set(member.family, texts.set(member.name, here.value))
  }
  return { families, problems, unknown }
}

const badValue = (key: string, entry: keyof typeof annotations, { value, origin }: Said): Problem => {
  const { kind, stage, words } = annotations[entry] as Entry<unknown>
  const from = origin === 'pod' ? '' : `from the ${origin}`
  const where = from === '' ? '' : ` (${from})`
  if (typeof value !== 'string') {
    const message = `${prefix}${key} is no string${where}; write its value in quotes`
    return { reason: 'bad-value', message: `${stages[stage]}: ${message}` }
  }
  const wrong =
    words === undefined
      ? `${prefix}${key} is ${quote(value)}${where}`
      : `${words(quote(value))} (${prefix}${key}${from === '' ? '' : `, ${from}`})`
  const message = `${wrong}; allowed: ${kind.allowed}`
  return { reason: 'bad-value', message: `${stages[stage]}: ${message}` }
}

/** vault-k8s takes what it cannot read here for false, and says nothing. */
const isSwallowed = (key: Key, { value }: Said): boolean => key === 'preserve-secret-case' && typeof value === 'string'

const swallowed = (heard: Heard): readonly string[] => {
  const family = 'preserve-secret-case'
  return [...heard]
    .filter(([key, { value }]) => {
      if (key !== family && !key.startsWith(`${family}-`)) return false
      return typeof value === 'string' && annotations[family].kind.read(value) === undefined
    })
    .map(([key]) => `${(prefix + key).slice(0, 70)} is neither "true" nor "false": taken for "false"`)
    .sort()
}

const unknownWarning = (key: string, index: number): string => {
  // More warnings than a few are counted, not told.
  const near = index < 10 ? nearest(key, keys) : undefined
  const hint = near === undefined ? '' : `; did you mean ${near}?`
  return `there is no annotation ${prefix}${key.slice(0, 40)}${hint}`
}
