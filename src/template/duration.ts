import { isInt, type Value } from './value.ts'

/** `1h2m3s`, for whole seconds. */
export const durationText = (value: Value): string => {
  const text = typeof value === 'string' && /^[+-]?[0-9]{1,19}$/.test(value) ? BigInt(value.replace(/^\+/, '')) : 0n
  const seconds =
    BigInt.asIntN(64, (isInt(value) && value.type === 'int64' ? value.value : text) * 1_000_000_000n) / 1_000_000_000n
  const size = seconds < 0n ? -seconds : seconds
  const [hours, minutes, rest] = [size / 3600n, (size / 60n) % 60n, size % 60n]
  const long = hours > 0n ? `${hours}h${minutes}m` : minutes > 0n ? `${minutes}m` : ''
  return `${seconds < 0n ? '-' : ''}${long}${rest}s`
}

const units: Readonly<Record<string, number>> = {
  ns: 1e-9,
  us: 1e-6,
  µs: 1e-6,
  μs: 1e-6,
  ms: 1e-3,
  s: 1,
  m: 60,
  h: 3600,
}

/** Seconds of `1h30m`; 0 for what is none. */
const secondsIn = (text: string): number => {
  const bare = text.replace(/^[+-]/, '')
  if (!/^(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:ns|us|µs|μs|ms|s|m|h))+$/.test(bare)) return 0
  const all = [...bare.matchAll(/([0-9.]+)([a-zµμ]+)/g)]
  return all.reduce((sum, [, count, unit]) => sum + Number(count) * Number(units[String(unit)]), 0)
}

const sizes = [
  ['y', 365 * 86_400],
  ['mo', 30 * 86_400],
  ['d', 86_400],
  ['h', 3600],
  ['m', 60],
  ['s', 1],
] as const

/** The largest unit alone: `2h` for `2h10m5s`. */
export const roundedDuration = (value: Value): string => {
  const seconds =
    typeof value === 'string' && value.length < 100
      ? secondsIn(value)
      : isInt(value) && value.type === 'int64'
        ? Math.abs(Number(value.value)) / 1e9
        : 0
  const [unit, size] = sizes.find(([, each]) => seconds > each) ?? ['s', Infinity]
  return `${Math.floor(seconds / size)}${unit}`
}
