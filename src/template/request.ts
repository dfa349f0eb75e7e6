import { TemplateError } from './errors.ts'
import type { VaultRequest } from './value.ts'

/** The same request has the same key. */
export const requestKey = ({ method, path, params }: VaultRequest): string =>
  JSON.stringify([method, path, ...Object.entries(params).sort(([a], [b]) => (a < b ? -1 : 1))])

const trimmed = (path: string): string => {
  const plain = path.trim().replace(/^\/+/, '').replace(/\/+$/, '')
  if (plain === '') throw new TemplateError('the path is empty')
  return plain
}

/** `k=v` words: what a write sends. Spaces around both are dropped, and empty words, as consul-template does. */
const paramsOf = (words: readonly string[]): Readonly<Record<string, string>> => {
  const pairs = words
    .filter(word => word !== '')
    .map(word => {
      const at = word.indexOf('=')
      if (at < 0) throw new TemplateError('parameters are written "name=value"')
      return [word.slice(0, at).trim(), word.slice(at + 1).trim()] as const
    })
  return Object.fromEntries(pairs)
}

/** A path with a query, as a URL has it. */
const parted = (text: string): { readonly path: string; readonly params: Readonly<Record<string, string>> } => {
  const [whole = ''] = trimmed(text).split('#')
  const [path = '', ...query] = whole.split('?')
  if (/^[^/]*:/.test(path)) throw new TemplateError('the first part of the path has a ":"')
  const words = query
    .join('?')
    .split('&')
    .filter(word => word !== '')
  return {
    path: decoded(path),
    params: Object.fromEntries(
      words.map(word => {
        const [name = '', ...value] = word.replaceAll('+', ' ').split('=')
        return [decoded(name), decoded(value.join('='))] as const
      }),
    ),
  }
}

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new TemplateError('the path has a "%" that encodes nothing')
  }
}

/** `secret "path"` reads; with words it writes. */
export const secretRequest = ([path = '', ...words]: readonly string[]): VaultRequest =>
  words.length === 0
    ? { method: 'read', ...parted(path) }
    : { method: 'write', path: trimmed(path), params: paramsOf(words) }

export const listRequest = (path: string): VaultRequest => ({ method: 'list', path: trimmed(path), params: {} })

export const pkiRequest = ([path = '', ...words]: readonly string[]): VaultRequest => ({
  method: 'pki',
  path: parted(path).path,
  params: paramsOf(words),
})
