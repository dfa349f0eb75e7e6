import type { Entry } from '../contract.ts'

/** Where a secrets file breaks its grammar; lines and columns start at 1. Never quotes the file: it may hold a pasted value. */
export type FileProblem = { readonly line: number; readonly column: number; readonly message: string }

export type ParsedSecretsFile = { readonly entries: readonly Entry[] } | { readonly problems: readonly FileProblem[] }

/**
 * Whether a secrets file is written in YAML: its first line that says something begins with a key, a list, a document or
 * a brace, none of which a line `path#key` can be.
 */
export const isYaml = (text: string): boolean =>
  /^(?:\uFEFF)?(?:[^\S\n]*(?:#.*)?\n)*[^\S\n]*(?:["']?[\w-]+["']?:(?:[^\S\n]|\r?\n|$)|-(?:[^\S\n]|\r?\n|$)|---|%|\{)/.test(
    text,
  )

// vaultenv is written in Haskell: its blanks are isSpace without the newline, its components everything but blanks,
// control characters, '#' and '='. https://github.com/channable/vaultenv (format described in its README)
const blanks = /[\t\v\f\r\p{Zs}]*/uy
const component = /[^\p{Cc}\p{Zs}#=]+/uy
const identifier = /[A-Za-z_][A-Za-z0-9_]*(?==)/y
const version = /(version)(?=[\t\v\f\r\p{Zs}]|$)/iuy
const mount = /(mount)(?=[\t\v\f\r\p{Zs}]|$)/iuy
const glued = /(VERSION|MOUNT)[^#=]*$/y

/**
 * Reads a vaultenv secrets file, version 1 or 2. Accepts what vaultenv accepts without losing anything, and also comment
 * lines, lines of blanks, a byte order mark and a missing last newline; refuses what vaultenv would silently drop.
 */
export const parseSecretsFile = (text: string): ParsedSecretsFile => {
  const lines = text.replace(/^\uFEFF/, '').split('\n')
  const entries: Entry[] = []
  const problems: FileProblem[] = []
  const seen = new Map<string, number>()
  let header: Header = { kind: 'none' }
  for (const [index, content] of lines.entries()) {
    const parsed = parseLine(content, header)
    if (parsed.kind === 'nothing') continue
    if (parsed.kind === 'problem') {
      problems.push({ line: index + 1, column: columnOf(content, parsed.at), message: parsed.message })
      // One wrong header would make every line below it a problem too.
      if (parsed.last) break
      continue
    }
    if (parsed.kind === 'header') {
      header = parsed.header
      continue
    }
    if (header.kind === 'none') header = { kind: 'v1' }
    const { name } = parsed
    const first = seen.get(name)
    if (first !== undefined) {
      const message = `the variable ${name} is already on line ${first}; give one of them another name, as NAME=path#key`
      problems.push({ line: index + 1, column: columnOf(content, parsed.at), message })
      continue
    }
    seen.set(name, index + 1)
    entries.push(parsed.entry)
  }
  return problems.length === 0 ? { entries } : { problems }
}

/** What the lines above have said: nothing yet, version 1 (a secret came first), or version 2 with its current mount. */
type Header = { readonly kind: 'none' | 'v1' } | { readonly kind: 'v2'; readonly mount?: string }

type Line =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'header'; readonly header: Header }
  | { readonly kind: 'secret'; readonly name: string; readonly entry: Entry; readonly at: number }
  | { readonly kind: 'problem'; readonly at: number; readonly message: string; readonly last: boolean }

const problem = (at: number, message: string, last = false): Line => ({ kind: 'problem', at, message, last })

const match = (pattern: RegExp, text: string, at: number): string | undefined => {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0]
}

/** The first place at or after `at` that is no blank. */
const skip = (text: string, at: number): number => {
  blanks.lastIndex = at
  blanks.test(text)
  return blanks.lastIndex
}

const parseLine = (text: string, header: Header): Line => {
  const start = skip(text, 0)
  if (start === text.length || text[start] === '#') return { kind: 'nothing' }
  if (match(version, text, start) !== undefined) return versionLine(text, start, header)
  if (match(mount, text, start) !== undefined) return mountLine(text, start, header)
  if (match(glued, text, start) !== undefined)
    return problem(start, 'VERSION and MOUNT stand apart from their word: write "VERSION 2" or "MOUNT secret"', true)
  if (header.kind === 'v2' && header.mount === undefined)
    return problem(
      start,
      'a version 2 file names a mount before its secrets: write "MOUNT secret" above this line',
      true,
    )
  return secretLine(text, start, header)
}

const versionLine = (text: string, start: number, header: Header): Line => {
  const at = skip(text, start + 'VERSION'.length)
  if (header.kind !== 'none') return problem(start, 'VERSION may only stand on the first line that says anything')
  if (!text.startsWith('VERSION', start)) return problem(start, 'keywords are in capitals: write "VERSION 2"', true)
  if (text[at] !== '2' || skip(text, at + 1) !== text.length)
    return problem(at, 'the only version with a header is 2: write "VERSION 2", or no header for version 1', true)
  return { kind: 'header', header: { kind: 'v2' } }
}

const mountLine = (text: string, start: number, header: Header): Line => {
  const at = skip(text, start + 'MOUNT'.length)
  if (!text.startsWith('MOUNT', start)) return problem(start, 'keywords are in capitals: write "MOUNT secret"', true)
  if (header.kind !== 'v2')
    return problem(start, 'MOUNT belongs to version 2: write "VERSION 2" on the first line', true)
  const name = match(component, text, at)
  if (name === undefined) return problem(at, 'MOUNT needs the name of a secrets engine, as in "MOUNT secret"', true)
  if (skip(text, at + name.length) !== text.length)
    return problem(
      at + name.length,
      'only the name of the mount may follow MOUNT; secrets go on lines of their own',
      true,
    )
  return { kind: 'header', header: { kind: 'v2', mount: name } }
}

const secretLine = (text: string, start: number, header: Header): Line => {
  const explicit = match(identifier, text, start)
  const pathAt = explicit === undefined ? start : skip(text, start + explicit.length + 1)
  const path = match(component, text, pathAt)
  if (path === undefined) return problem(pathAt, 'a path is expected here: a secret is written [NAME=]path#key')
  const hashAt = pathAt + path.length
  if (text[hashAt] !== '#') return problem(hashAt, secretMistake(text, hashAt))
  const keyAt = skip(text, hashAt + 1)
  const key = match(component, text, keyAt)
  if (key === undefined) return problem(keyAt, 'a key is expected after "#": a secret is written [NAME=]path#key')
  const end = skip(text, keyAt + key.length)
  if (end !== text.length)
    return problem(end, 'one secret a line: nothing may follow the key, and path and key hold no "#", "=" or blank')
  const parts = header.kind === 'v2' && header.mount !== undefined ? [header.mount, path] : [path]
  const mountName = parts.length === 2 ? '' : 'secret/'
  const name = explicit ?? variableName([...parts, key])
  const entry: Entry = { path: mountName + parts.join('/'), env: [{ name, key }], files: [] }
  return { kind: 'secret', at: start, name, entry }
}

const secretMistake = (text: string, at: number): string => {
  if (text[at] === '=') return 'a name before "=" holds only letters, digits and "_", and does not begin with a digit'
  const next = text[skip(text, at)]
  return next === '#' || next === '='
    ? 'no blank may stand before "#" or "="'
    : '"#" and a key are expected here: a secret is written [NAME=]path#key'
}

/** vaultenv's rule: joined by "_", "/" and "-" become "_", each character in upper case where it has a single one. */
const variableName = (parts: readonly string[]): string =>
  Array.from(parts.join('_').replaceAll(/[/-]/g, '_'), upper).join('')

const upper = (character: string): string => {
  const changed = character.toUpperCase()
  return changed.length === character.length ? changed : character
}

const columnOf = (line: string, at: number): number => Array.from(line.slice(0, at)).length + 1
