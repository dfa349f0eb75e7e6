// PURE: what was read, and what becomes of it.
/** A secret as it was read, or the part of it that is wanted. */
export type Value = {
  readonly data: Readonly<Record<string, unknown>>
  readonly envelope?: Readonly<Record<string, unknown>>
  /** What else the answer has; only for templates. */
  readonly rest?: Readonly<Record<string, unknown>>
}

/** What was read, by request; null: Vault has no such secret. */
export type Values = ReadonlyMap<string, Value | null>

/** `latin1`: the content is bytes that are no text, one in each character. */
export type Content = { readonly content: string; readonly mode: number; readonly encoding?: 'latin1' }

/** By folder and name; the names may have folders of their own. */
export type Rendered = ReadonlyMap<string, ReadonlyMap<string, Content>>

/** The token, where the pod wants to have it. */
export type ShownToken = {
  readonly value: string
  readonly accessor: string
  readonly renewable: boolean
  readonly seconds: number
  /** Ids of the leases that the secrets came with, the newest first. */
  readonly leases?: readonly string[]
}

/** Where a file is: a folder of the agent's container, and a name below it. */
export type Place = { readonly folder: string; readonly name: string }
