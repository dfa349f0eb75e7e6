import { lstatSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { currentSet } from './files.ts'

/** What stands in some folders; `changedAt` in milliseconds since 1970, 0: nothing was ever written. */
export type FilesThere = { readonly count: number; readonly bytes: number; readonly changedAt: number }

/** Measures what the app sees. A folder that is swapped meanwhile counts for nothing this time. */
export const measureFiles = (folders: readonly string[]): FilesThere => {
  const measured = folders.map(measure)
  return {
    count: measured.reduce((sum, { count }) => sum + count, 0),
    bytes: measured.reduce((sum, { bytes }) => sum + bytes, 0),
    changedAt: Math.max(0, ...measured.map(({ changedAt }) => changedAt)),
  }
}

const measure = (folder: string): FilesThere => {
  try {
    const set = join(folder, currentSet)
    const stats = readdirSync(set, { recursive: true, encoding: 'utf8' }).map(name => statSync(join(set, name)))
    const files = stats.filter(stat => stat.isFile())
    const bytes = files.reduce((sum, { size }) => sum + size, 0)
    return { count: files.length, bytes, changedAt: lstatSync(set).mtimeMs }
  } catch {
    return { count: 0, bytes: 0, changedAt: 0 }
  }
}
