import {
  chmodSync,
  closeSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import type { Rendered } from './render.ts'

// The kubelet's own layout for ConfigMaps, so that programs which watch those watch ours too:
// name → ..data/name, ..data → ..podvault-x7Yz (one whole set of files).
const data = '..data'
const nextData = '..data_next'
const nextLink = '..link_next'
const setPrefix = '..podvault-'

/** What stands in the folder now; undefined when nothing was ever written there. */
export const readFiles = (folder: string): Rendered | undefined => {
  try {
    const set = join(folder, data)
    return new Map(readdirSync(set).map(name => [name, readFileSync(join(set, name), 'utf8')]))
  } catch {
    return undefined
  }
}

/**
 * Writes all files at once: a reader sees the old set or the new one, never a mix, also when this process is killed.
 * Writes nothing when the files already say the same.
 * @returns whether the files have changed
 */
export const writeFiles = (folder: string, files: Rendered, mode: number): boolean => {
  mkdirSync(folder, { recursive: true })
  const changed = !same(files, readFiles(folder))
  Array.from(changed ? swap(folder, files, mode) : tidy(folder, files))
  return changed
}

const same = (files: Rendered, others: Rendered | undefined): boolean =>
  files.size === others?.size && [...files].every(([name, content]) => others.get(name) === content)

/** The swap, step by step; after each of them the folder shows one whole set. */
export const swap = function* (folder: string, files: Rendered, mode: number): Generator<string> {
  const set = mkdtempSync(join(folder, setPrefix))
  // Search bits to match: 0440 → 0750. An fsGroup's setgid bit must stay, or the files get another group.
  const inherited = statSync(set).mode & 0o2000
  yield 'made a folder'
  for (const [name, content] of files) {
    writeDurably(join(set, name), content, mode)
    yield `wrote ${name}`
  }
  chmodSync(set, inherited | 0o200 | mode | ((mode & 0o444) >> 2))
  rmSync(join(folder, nextData), { force: true })
  symlinkSync(set.slice(folder.length).replace(/^\/+/, ''), join(folder, nextData))
  yield 'made the next link'
  renameSync(join(folder, nextData), join(folder, data))
  yield 'swapped'
  yield* tidy(folder, files)
}

/** Puts the links in place that people open, and removes what earlier writers, finished or killed, left behind. */
const tidy = function* (folder: string, files: Rendered): Generator<string> {
  for (const name of files.keys()) {
    if (linkAt(join(folder, name)) === `${data}/${name}`) continue
    rmSync(join(folder, nextLink), { force: true })
    symlinkSync(`${data}/${name}`, join(folder, nextLink))
    renameSync(join(folder, nextLink), join(folder, name))
    yield `linked ${name}`
  }
  const current = linkAt(join(folder, data))
  for (const name of readdirSync(folder)) {
    const ours = name.startsWith(setPrefix) ? name !== current : name === nextData || name === nextLink
    const stale = linkAt(join(folder, name)) === `${data}/${name}` && !files.has(name)
    if (!ours && !stale) continue
    rmSync(join(folder, name), { recursive: true, force: true })
    yield `removed ${name}`
  }
}

const linkAt = (path: string): string | undefined =>
  lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true ? readlinkSync(path) : undefined

/** Creates the file with exactly this mode, whatever the umask; on disk before it returns. */
export const writeDurably = (path: string, content: string, mode: number): void => {
  const file = openSync(path, 'w', 0o600)
  try {
    writeFileSync(file, content)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  chmodSync(path, mode)
}
