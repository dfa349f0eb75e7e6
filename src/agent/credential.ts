import { readFileSync } from 'node:fs'
import { PodvaultError, sentence } from '../errors.ts'

/**
 * The one line of a file that somebody logs in with; read each time: it may have been rotated.
 * @param what it is, for people: `the role id`
 * @throws PodvaultError that names what and where, never what stands there
 */
export const credential = (file: string, what: string): string => {
  const line = contentOf(file, what).trim()
  const problem = line === '' ? 'is empty' : /\p{Cc}/u.test(line) ? 'has more than one line' : undefined
  if (problem !== undefined) throw new PodvaultError('failed', `${what} in ${file} ${problem}`)
  return line
}

/** @throws PodvaultError as credential */
export const contentOf = (file: string, what: string): string => {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new PodvaultError('failed', `${what} cannot be read: ${sentence(cause)}`, { cause })
  }
}
