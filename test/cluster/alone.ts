import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import process from 'node:process'
import type { Test } from 'tap'
import { eventually } from './eventually.ts'
import { run } from './place.ts'

/**
 * Of the tests that install podvault as its pages say, one at a time, until the test ends: all of them use the namespace and the
 * names of the pages.
 */
export const alone = async (t: Test, seconds = 280): Promise<void> => {
  const file = `${run}/installing`
  await eventually('nobody else installs podvault', seconds, () => take(file))
  t.teardown(() => rmSync(file, { force: true }))
}

const take = (file: string): boolean => {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' })
    return true
  } catch {
    // Whoever was killed has left it.
    if (!isAlive(file)) rmSync(file, { force: true })
    return false
  }
}

const isAlive = (file: string): boolean => {
  try {
    return process.kill(Number(readFileSync(file, 'utf8')), 0)
  } catch {
    return false
  }
}
