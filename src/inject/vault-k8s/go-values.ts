import { type Kind, multipliers, type Quantity } from '../kinds.ts'

/**
 * How vault-k8s reads the values of annotations: Go's parsers, with an empty text in the place of a default here and
 * there. What is stricter than vault-k8s is so only where the pod could not have worked.
 */
const kind = <T>(allowed: string, read: (text: string) => T | undefined): Kind<T> => ({ allowed, read })

const truths: Readonly<Record<string, boolean>> = Object.fromEntries([
  ...['1', 't', 'T', 'TRUE', 'true', 'True'].map(text => [text, true] as const),
  ...['', '0', 'f', 'F', 'FALSE', 'false', 'False'].map(text => [text, false] as const),
])

export const bool: Kind<boolean> = kind(
  '"true" or "false" (also 1, t, T, TRUE, True, 0, f, F, FALSE, False, "")',
  text => (Object.hasOwn(truths, text) ? truths[text] : undefined),
)

export const string: Kind<string> = kind('a text', text => text)

/** Names separated by commas; vault-k8s keeps the blanks around them, and then finds none. */
export const list: Kind<readonly string[]> = kind('names separated by commas', text =>
  text
    .split(',')
    .map(name => name.trim())
    .filter(name => name !== ''),
)

export const anyOf = <const T extends string>(...values: readonly T[]): Kind<T> =>
  kind(values.map(value => `"${value}"`).join(' or '), text => values.find(value => value === text.toLowerCase()))

const wholeFrom = (pattern: RegExp, least: number, most: number, allowed: string): Kind<number> =>
  kind(allowed, text => {
    const value = pattern.test(text) ? Number(text) : NaN
    // -0 is 0.
    return value >= least && value <= most ? value + 0 : undefined
  })

/** A count; empty is 0. */
export const int: Kind<number> = wholeFrom(/^(?:[+-]?\d+)?$/, -(2 ** 53), 2 ** 53, 'a whole number')

export const uint: Kind<number> = wholeFrom(/^\d+$/, 0, 2 ** 53, 'a whole number of seconds, as 5')

/** A user or group; empty is as good as none, where vault-k8s takes it for root. */
export const id: Kind<number | 'none'> = kind('a whole number from 0 to 2147483647', text => {
  if (text === '') return 'none'
  const value = /^\+?\d+$/.test(text) ? Number(text) : NaN
  return value <= 2147483647 ? value : undefined
})

export const float: Kind<number> = kind('a number, as 0.9', text =>
  /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?$/.test(text) && Number.isFinite(Number(text))
    ? Number(text)
    : undefined,
)

const units = { ns: 1e-9, us: 1e-6, µs: 1e-6, μs: 1e-6, ms: 1e-3, s: 1, m: 60, h: 3600 } as const

/** A duration of Go, in seconds. */
export const secondsOf = (text: string): number | undefined => {
  if (/^[+-]?0$/.test(text)) return 0
  if (!/^[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/.test(text)) return undefined
  const parts = text.matchAll(/([\d.]+)(ns|us|µs|μs|ms|s|m|h)/g)
  const sum = Array.from(parts, ([, amount, unit]) => Number(amount) * units[unit as keyof typeof units])
  return sum.reduce((total, part) => total + part, 0) * (text.startsWith('-') ? -1 : 1)
}

/** A duration of Go, kept as it is written; empty is none. */
export const duration: Kind<string> = kind('a duration, as 500ms, 5s or 1m30s', text =>
  text === '' || secondsOf(text) !== undefined ? text : undefined,
)

/** What Vault's configuration takes for a duration, with its seconds; empty is none. */
export type Interval = { readonly text: string; readonly seconds: number }

export const interval: Kind<Interval | 'none'> = kind('a duration, as 30s or 5m, or a number of seconds', text => {
  if (text === '') return 'none'
  const seconds = /^\d+$/.test(text) ? Number(text) : secondsOf(text)
  return seconds !== undefined && seconds >= 0 ? { text, seconds } : undefined
})

const sizeOf = (text: string): number | undefined => {
  const [, number, unit = '', exponent] =
    /^\+?(\d+\.?\d*|\.\d+)(?:([numkMGTPE]|[KMGTPE]i)|[eE]([+-]?\d{1,2}))?$/.exec(text) ?? []
  if (number === undefined) return undefined
  return (
    Number(number) * (exponent === undefined ? multipliers[unit as keyof typeof multipliers] : 10 ** Number(exponent))
  )
}

/** An amount of a resource; empty takes it away. */
export const quantity: Kind<Quantity | 'none'> = kind(
  'a quantity of Kubernetes, as 250m or 64Mi, or "" for none',
  text => {
    if (text === '') return 'none'
    const size = sizeOf(text)
    return size === undefined ? undefined : { text, size }
  },
)

/** The mode of a file, as Vault reads it: octal, twelve bits. */
export const perms: Kind<number | 'none'> = kind('octal digits, as 0600', text => {
  if (text === '') return 'none'
  return /^0*[0-7]{1,4}$/.test(text) ? Number.parseInt(text, 8) : undefined
})
