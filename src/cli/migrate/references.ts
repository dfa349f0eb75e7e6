// What bank-vaults reads in the values of variables: https://bank-vaults.dev/docs/mutating-webhook/configuration
/** A value of Vault that a variable asks for. */
export type Reference = {
  /** As people write it for podvault: without the `data/` of KV version 2. */
  readonly path: string
  readonly key: string
  readonly version?: number
  /** Sent to Vault, which answers with something new. */
  readonly params?: Readonly<Record<string, unknown>>
}

/** What the value of a variable is: nothing of Vault's, one value, a text with values in it, the token, or what nobody can translate. */
export type Parsed =
  | { readonly kind: 'plain' }
  | { readonly kind: 'whole'; readonly reference: Reference }
  | { readonly kind: 'inside'; readonly parts: readonly (string | Reference)[] }
  | { readonly kind: 'token' }
  | { readonly kind: 'unreadable'; readonly why: string }

const inline = /\$\{((?:>>)?vault:[^{}]*(?:\{[^{}]*\}[^{}]*)*)\}/g

export const parseValue = (value: string): Parsed => {
  if (value === 'vault:login') return { kind: 'token' }
  if (/^(?:>>)?vault:/.test(value)) {
    const read = referenceOf(value)
    return typeof read === 'string' ? { kind: 'unreadable', why: read } : { kind: 'whole', reference: read }
  }
  const parts: (string | Reference)[] = []
  let end = 0
  for (const { 0: all, 1: inside = '', index } of value.matchAll(inline)) {
    const read = referenceOf(inside)
    if (typeof read === 'string') return { kind: 'unreadable', why: read }
    parts.push(value.slice(end, index), read)
    end = index + all.length
  }
  return end === 0
    ? { kind: 'plain' }
    : { kind: 'inside', parts: [...parts, value.slice(end)].filter(part => part !== '') }
}

/** A reference, or why it is none that podvault can follow. */
const referenceOf = (text: string): Reference | string => {
  if (/^vault:v\d+:/.test(text))
    return 'it is text that transit has encrypted: read PATH/decrypt/KEY with params, into a file of format raw with decode: base64'
  const writes = text.startsWith('>>')
  const [, path = '', key = '', rest] = /^(?:>>)?vault:([^#]+)#([^#]*)(?:#(.*))?$/s.exec(text) ?? []
  if (path === '' || key === '') return 'it names no path and key'
  if (key.includes('{')) return 'a template makes it: write it as a file of a secrets file, with podvault.dev/env: none'
  if (writes) return written(path, key, rest ?? '{}')
  const version = rest === undefined || rest === '' ? undefined : Number(rest)
  if (version !== undefined && !(Number.isSafeInteger(version) && version > 0)) return 'its version is no number'
  return { path: plainPath(path), key, ...(version !== undefined && { version }) }
}

const written = (path: string, key: string, json: string): Reference | string => {
  try {
    const params: unknown = JSON.parse(json)
    if (typeof params === 'object' && params !== null && !Array.isArray(params))
      return { path: path.replace(/^\/+/, ''), key, params: params as Record<string, unknown> }
  } catch {
    // Said below; the text itself may hold a secret.
  }
  return 'what it sends to Vault is no JSON object'
}

/** podvault asks Vault which engine it is, and puts `data/` there itself. */
export const plainPath = (path: string): string =>
  path
    .split('/')
    .filter(part => part !== '')
    .join('/')
    .replace(/^([^/]+(?:\/[^/]+)*?)\/data\//, '$1/')

/** The name of a variable that none gives: as vaultenv makes it. */
export const variableOf = ({ path, key }: Reference): string =>
  `${path}_${key}`
    .toUpperCase()
    .replaceAll(/[^A-Z0-9_]/g, '_')
    .replace(/^(\d)/, '_$1')
