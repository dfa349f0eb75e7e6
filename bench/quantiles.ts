/** Milliseconds. */
export type Quantiles = { readonly p50: number; readonly p99: number; readonly p999: number }

/** The number below which this share of them lies; of the sorted ones. */
export const at = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN

export const quantiles = (numbers: readonly number[]): Quantiles => {
  const sorted = numbers.toSorted((a, b) => a - b)
  return { p50: round(at(sorted, 0.5)), p99: round(at(sorted, 0.99)), p999: round(at(sorted, 0.999)) }
}

/** Three digits are more than any of these is worth. */
export const round = (value: number): number => Number(value.toPrecision(3))
