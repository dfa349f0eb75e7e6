// PURE: the login file of vaultconf and vault-sidekick.
import { PodvaultError } from '../errors.ts'
import { member } from '../shape.ts'

export type Userpass = { readonly username: string; readonly password: string }

/**
 * Reads `{"method": "userpass", "username": …, "password": …}`, or the same as lines of `name: value`; other members are
 * those of other methods.
 * @throws PodvaultError that names what is wrong, never what stands there
 */
export const parseUserpass = (text: string, file: string): Userpass => {
  const wrong = (problem: string) =>
    new PodvaultError('failed', `the login file ${file} ${problem}`, {
      hint: 'it is JSON: {"method": "userpass", "username": "…", "password": "…"}',
    })
  const given = text.trimStart().startsWith('{') ? fromJson(text) : fromLines(text)
  if (given === undefined) throw wrong('is neither JSON nor lines of name: value')
  const [method, username, password] = ['method', 'username', 'password'].map(name => member(given, name))
  if (method !== undefined && method !== 'userpass') throw wrong('is for another method than userpass')
  if (typeof username !== 'string' || username === '') throw wrong('has no username')
  // It is a part of a path.
  if (/[/\p{Cc}]/u.test(username)) throw wrong('has a username that is none')
  if (typeof password !== 'string' || password === '') throw wrong('has no password')
  return { username, password }
}

type Members = Readonly<Record<string, unknown>>

const fromJson = (text: string): Members | undefined => {
  try {
    return JSON.parse(text) as Members
  } catch {
    return undefined
  }
}

/** As much of YAML as such a file has. */
const fromLines = (text: string): Members | undefined => {
  const lines = text.split(/\r?\n/).filter(line => !/^\s*(?:#.*|---)?$/.test(line))
  const pairs = lines.map(line => /^([a-zA-Z_]+):(?:\s+(.*?))?\s*$/.exec(line))
  const members: [string, string][] = []
  for (const pair of pairs) {
    const value = scalar(pair?.[2] ?? '')
    if (pair?.[1] === undefined || value === undefined) return undefined
    members.push([pair[1], value])
  }
  return Object.fromEntries(members)
}

const scalar = (text: string): string | undefined => {
  if (/^'(?:[^']|'')*'(?:\s+#.*)?$/.test(text)) return text.slice(1, text.lastIndexOf("'")).replaceAll("''", "'")
  const quoted = /^("(?:[^"\\]|\\.)*")(?:\s+#.*)?$/.exec(text)?.[1]
  if (quoted !== undefined) return unescaped(quoted)
  // What begins so is something else in YAML.
  return /^["'{[&*!|>%@`]/.test(text) ? undefined : text.replace(/(?:^|\s+)#.*$/, '')
}

const unescaped = (quoted: string): string | undefined => {
  try {
    return JSON.parse(quoted) as string
  } catch {
    return undefined
  }
}
