/** What a template is made of. `at` is the offset in its text. */
export type Node =
  | { readonly kind: 'text'; readonly at: number; readonly text: string }
  | { readonly kind: 'action'; readonly at: number; readonly pipe: Pipe }
  | Branch
  | { readonly kind: 'template'; readonly at: number; readonly name: string; readonly pipe: Pipe | undefined }
  | { readonly kind: 'break' | 'continue'; readonly at: number }

export type Branch = {
  readonly kind: 'if' | 'with' | 'range'
  readonly at: number
  readonly pipe: Pipe
  readonly body: readonly Node[]
  readonly otherwise: readonly Node[] | undefined
}

export type Pipe = {
  readonly kind: 'pipe'
  readonly at: number
  /** Variables it sets. */
  readonly names: readonly string[]
  /** `=`, and not `:=`. */
  readonly assigns: boolean
  readonly commands: readonly Command[]
}

export type Command = { readonly at: number; readonly words: readonly [Word, ...Word[]] }

export type Word =
  | { readonly kind: 'dot' | 'nil'; readonly at: number }
  | { readonly kind: 'bool'; readonly at: number; readonly value: boolean }
  | ({ readonly kind: 'number'; readonly at: number } & Numeral)
  | { readonly kind: 'string'; readonly at: number; readonly text: string }
  | { readonly kind: 'field'; readonly at: number; readonly fields: Fields }
  | { readonly kind: 'variable'; readonly at: number; readonly name: string; readonly fields: readonly string[] }
  | { readonly kind: 'function'; readonly at: number; readonly name: string }
  | { readonly kind: 'chain'; readonly at: number; readonly of: Word; readonly fields: Fields }
  | Pipe

export type Fields = readonly [string, ...string[]]

/** A number may be written so that it is an integer and a float; without a type to fit, `value` holds. */
export type Numeral = {
  readonly value: bigint | number | undefined
  readonly int: bigint | undefined
  readonly float: number
}

/** By name; the template itself is ''. */
export type Templates = ReadonlyMap<string, readonly Node[]>
