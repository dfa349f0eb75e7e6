/** Where something stands in a template; both from 1. */
export type Place = { readonly line: number; readonly column: number }

/** What is wrong with a template: never a value that came from Vault. */
export type TemplateProblem = Place & { readonly message: string }

/** Ends an execution, or a parse. `at`: the offset in the text, where it is known. */
export class TemplateError extends Error {
  override readonly name: string = 'TemplateError'
  readonly at: number | undefined

  constructor(message: string, at?: number) {
    super(message)
    this.at = at
  }
}

/** A template that does too much: nothing forgives that. */
export class LimitError extends TemplateError {
  override readonly name = 'LimitError'
}

export const placeOf = (text: string, at: number): Place => {
  const before = text.slice(0, at)
  return { line: before.split('\n').length, column: at - before.lastIndexOf('\n') }
}
