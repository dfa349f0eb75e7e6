import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from './place.ts'

/** The value as it is, in hex, and inside base64 at each of the three places it can start. */
export const forms = (value: string): readonly Buffer[] => [
  Buffer.from(value),
  Buffer.from(Buffer.from(value).toString('hex')),
  ...[0, 1, 2].map(shift =>
    Buffer.from(
      Buffer.from(`${'x'.repeat(shift)}${value}`)
        .toString('base64')
        .slice(4, -4),
    ),
  ),
]

export const filesIn = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))

/** Where a value can be found: logs of containers and servers, etcd's own files, and the arguments of all processes. */
export const findings = (value: string): readonly string[] =>
  [...filesIn('/var/log/pods'), ...filesIn(`${run}/logs`), ...filesIn(`${run}/etcd`), ...commandLines()].filter(path =>
    contains(path, value),
  )

const commandLines = (): readonly string[] =>
  readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(pid => `/proc/${pid}/cmdline`)

export const contains = (path: string, value: string): boolean => {
  const content = read(path)
  return forms(value).some(form => content.includes(form))
}

export const read = (path: string): Buffer => {
  try {
    return readFileSync(path)
  } catch {
    // A log that was rotated or a process that has ended.
    return Buffer.alloc(0)
  }
}
