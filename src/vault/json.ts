// JSON.rawJSON and the reviver's source are in Node 24, not yet in TypeScript's library.
type Source = { readonly source?: string }
type Raw = { readonly rawJSON: string }
const fidelity = JSON as unknown as {
  readonly parse: (text: string, reviver: (key: string, value: unknown, context: Source) => unknown) => unknown
  readonly rawJSON: (text: string) => Raw
  readonly isRawJSON: (value: unknown) => value is Raw
}

/**
 * Parses JSON without losing digits: a number that would come out otherwise than it was written (`1.10`,
 * `12345678901234567890`) is kept as JSON.stringify will write it again.
 * @throws SyntaxError; RangeError when it is nested too deeply
 */
export const parseJson = (text: string): unknown =>
  fidelity.parse(text, (_, value, { source }) =>
    typeof value === 'number' && source !== undefined && String(value) !== source ? fidelity.rawJSON(source) : value,
  )

/** Whether parseJson kept it as a number's own digits; it looks like an object, but is none. */
export const isNumeral = (value: unknown): value is Raw => fidelity.isRawJSON(value)
