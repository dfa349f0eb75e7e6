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
import { dirname, join } from 'node:path'
import { PodvaultError } from '../errors.ts'
import { contentOf } from './bytes.ts'
import type { Content, Rendered } from './values.ts'

// The kubelet's own layout for ConfigMaps, so that programs which watch those watch ours too:
// name → ..data/name, ..data → ..podvault-x7Yz (one whole set of files). Of tls/server, tls is the link.
/** The link to the set of files that is in place. */
export const currentSet = '..data'
const data = currentSet
const nextData = '..data_next'
const nextLink = '..link_next'
const setPrefix = '..podvault-'

type Files = ReadonlyMap<string, Content>

/** What stands in the folder now; undefined when nothing was ever written there. */
export const readFiles = (folder: string): Files | undefined => {
  try {
    const set = join(folder, data)
    const names = readdirSync(set, { recursive: true, encoding: 'utf8' }).filter(name =>
      statSync(join(set, name)).isFile(),
    )
    return new Map(names.map(name => [name, contentAt(join(set, name))]))
  } catch {
    return undefined
  }
}

const contentAt = (path: string): Content => ({
  ...contentOf(readFileSync(path)),
  mode: statSync(path).mode & 0o777,
})

/** Whether anything was ever written there. */
export const areThere = (folder: string): boolean => linkAt(join(folder, data)) !== undefined

/** The folders in which other files stand than these. */
export const changedIn = (rendered: Rendered): Rendered =>
  new Map([...rendered].filter(([folder, files]) => !same(files, readFiles(folder))))

/**
 * Writes all files: a reader of a folder sees the old set or the new one, never a mix, also when this process is killed.
 * All folders are prepared before the first is swapped.
 */
export const writeFiles = (rendered: Rendered, changed = changedIn(rendered)): void => {
  try {
    Array.from(swap(changed))
  } catch (error) {
    // What has been prepared takes room that the next attempt may need.
    for (const [folder, files] of changed) Array.from(tidy(folder, files, false))
    throw explained([...changed.keys()].join(' or '), error)
  }
  for (const [folder, files] of rendered) Array.from(tidy(folder, files, true))
}

const same = (files: Files, others: Files | undefined): boolean =>
  files.size === others?.size &&
  [...files].every(([name, { content, encoding, mode }]) => {
    const other = others.get(name)
    return other?.content === content && other.encoding === encoding && other.mode === mode
  })

/** The swap, step by step; after each of them every folder shows one whole set. */
export const swap = function* (rendered: Rendered): Generator<string> {
  const links: (readonly [next: string, link: string])[] = []
  for (const [folder, files] of rendered) {
    const set = yield* prepareSet(folder, files)
    const next = join(folder, nextData)
    rmSync(next, { force: true })
    symlinkSync(set.slice(folder.length).replace(/^\/+/, ''), next)
    links.push([next, join(folder, data)])
    yield 'made the next link'
  }
  for (const [next, link] of links) {
    renameSync(next, link)
    yield 'swapped'
  }
  for (const [folder, files] of rendered) yield* tidy(folder, files, true)
}

const prepareSet = function* (folder: string, files: Files): Generator<string, string> {
  mkdirSync(folder, { recursive: true })
  const set = mkdtempSync(join(folder, setPrefix))
  // Who may read a file may search its folder: 0440 → 0750. An fsGroup's setgid bit must stay, or the files get another group.
  const readable = [...files.values()].reduce((bits, { mode }) => bits | (mode & 0o044), 0)
  const mode = (statSync(set).mode & 0o2000) | 0o700 | readable | (readable >> 2)
  yield 'made a folder'
  const folders = new Set([set])
  for (const [name, { content, encoding, mode: fileMode }] of files) {
    const path = join(set, name)
    for (let above = dirname(path); !folders.has(above); above = dirname(above)) folders.add(above)
    mkdirSync(dirname(path), { recursive: true })
    writeDurably(path, content, fileMode, encoding)
    yield `wrote ${name}`
  }
  for (const each of folders) chmodSync(each, mode)
  return set
}

/**
 * Puts the links in place that people open, and removes what earlier writers, finished or killed, left behind.
 * @param links false: only removes
 */
const tidy = function* (folder: string, files: Files, links: boolean): Generator<string> {
  const tops = new Set([...files.keys()].map(name => name.split('/', 1).join('')))
  for (const name of links ? tops : []) {
    if (linkAt(join(folder, name)) === `${data}/${name}`) continue
    rmSync(join(folder, nextLink), { force: true })
    symlinkSync(`${data}/${name}`, join(folder, nextLink))
    renameSync(join(folder, nextLink), join(folder, name))
    yield `linked ${name}`
  }
  const there = list(folder)
  const current = there.length === 0 ? undefined : linkAt(join(folder, data))
  for (const name of there) {
    const ours = name.startsWith(setPrefix) ? name !== current : name === nextData || name === nextLink
    const stale = links && linkAt(join(folder, name)) === `${data}/${name}` && !tops.has(name)
    if (!ours && !stale) continue
    rmSync(join(folder, name), { recursive: true, force: true })
    yield `removed ${name}`
  }
}

const list = (folder: string): readonly string[] => {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

const linkAt = (path: string): string | undefined =>
  lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true ? readlinkSync(path) : undefined

/** The system says what has happened, not where. */
export const explained = (folder: string, error: unknown): unknown =>
  error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT')
    ? new PodvaultError('failed', `there is no room left in ${folder}`, {
        hint: 'it is a small volume in memory: ask for fewer or smaller secrets, and keep other files out of it',
        cause: error,
      })
    : error

/** Creates the file with exactly this mode, whatever the umask; on disk before it returns. */
export const writeDurably = (path: string, content: string, mode: number, encoding: BufferEncoding = 'utf8'): void => {
  const file = openSync(path, 'w', 0o600)
  try {
    writeFileSync(file, content, encoding)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  chmodSync(path, mode)
}
