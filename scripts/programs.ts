import { execFileSync } from 'node:child_process'
import { readFileSync, realpathSync } from 'node:fs'
import type { FileEntry } from './tar.ts'

/** A program of this machine as an image's entry: `program('/usr/bin/psql', 'bin/psql')`. */
export const program = (source: string, path: string): FileEntry => ({
  kind: 'file',
  path,
  mode: 0o755,
  content: readFileSync(source),
})

/** The shared libraries a program needs, where its loader looks for them; none for a static program. */
export const libraries = (source: string): readonly FileEntry[] =>
  [...linked(source)].map(path => ({
    kind: 'file',
    path: path.slice(1),
    mode: 0o755,
    content: readFileSync(realpathSync(path)),
  }))

const linked = (source: string): ReadonlySet<string> => {
  const output = execFileSync('ldd', [source], { encoding: 'utf8' })
  const missing = /(\S+) => not found/.exec(output)
  if (missing !== null) throw new Error(`${source} needs ${missing[1]}, which this machine lacks`)
  return new Set([...output.matchAll(/(?:=> |^\t)(\/\S+) \(/gm)].flatMap(match => match[1] ?? []))
}
