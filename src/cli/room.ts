// How much a program can be handed over. The kernel would refuse more when it is too late to say so.
import { existsSync, readFileSync } from 'node:fs'
import { PodvaultError } from '../errors.ts'

const [least, most] = [128 * 1024, 6 * 1024 * 1024]

/**
 * Bytes for arguments and environment, pointers included: a quarter of the stack, within bounds. execve(2)
 * @param limits the text of /proc/self/limits; undefined where there is none
 */
export const roomOf = (limits: string | undefined): number => {
  const stack = Number(/^Max stack size +(\d+)/m.exec(limits ?? '')?.[1] ?? Infinity)
  return Math.max(least, Math.min(most, Math.floor(stack / 4)))
}

/** In this process. @param path where the system tells of limits, if it does */
export const roomHere = (path = '/proc/self/limits'): number =>
  roomOf(existsSync(path) ? readFileSync(path, 'utf8') : undefined)

/** @throws PodvaultError `failed` when it is too much */
export const checkRoom = (
  room: number,
  file: string,
  words: readonly string[],
  env: Readonly<Record<string, string>>,
): void => {
  const texts = [...words, ...Object.entries(env).map(([name, value]) => `${name}=${value}`)]
  // Each text ends with a NUL, and has a pointer to it.
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text) + 9, Buffer.byteLength(file) + 1)
  if (bytes > room)
    throw new PodvaultError(
      'failed',
      `arguments and environment have ${bytes} bytes, and this system hands over ${room}`,
      { hint: 'let podvault render write large secrets to files, or raise the limit of the stack (ulimit -s)' },
    )
}
