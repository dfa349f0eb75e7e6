import { accessSync, closeSync, constants, openSync, readSync, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { PodvaultError } from '../errors.ts'
import { quote } from '../inject/quote.ts'

/** The file that the kernel is to start, and the words in front of the arguments; the first is what the program is called. */
export type Program = { readonly file: string; readonly words: readonly string[] }

/**
 * Finds a program as a shell does. It must be right: once the kernel has been asked, nobody is left to complain.
 * @param path the folders to look in; undefined: the name is that of a file
 * @throws PodvaultError `usage`
 */
export const findProgram = (name: string, path: string | undefined, read = readBegin): Program => {
  const folders = name.includes('/') || path === undefined ? [''] : path.split(delimiter)
  const candidates = folders.map(folder => (folder === '' ? name : join(folder, name)))
  const file = candidates.find(canStart)
  if (file === undefined)
    throw unusable(name, folders.length > 1 ? 'no folder of PATH has it' : 'it is no file that may be run')
  const begin = beginOf(file, read)
  const interpreter = /^#![ \t]*([^ \t\n\0]+)/.exec(begin)?.[1]
  if (interpreter !== undefined && !canStart(interpreter))
    throw unusable(name, `its interpreter ${quote(interpreter)} is no file that may be run`)
  // A text that names no interpreter is for sh, as execvp has it.
  const isText = interpreter === undefined && begin !== '' && !begin.includes('\0')
  return isText ? { file: '/bin/sh', words: ['sh', file] } : { file, words: [name] }
}

const unusable = (name: string, reason: string): PodvaultError =>
  new PodvaultError('usage', `the command ${quote(name)} cannot be started: ${reason}`)

const canStart = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

const beginOf = (path: string, read: typeof readBegin): string => {
  try {
    return read(path)
  } catch {
    // Some programs may be run, but not read.
    return ''
  }
}

const readBegin = (path: string): string => {
  const bytes = Buffer.alloc(256)
  const file = openSync(path, 'r')
  const length = readSync(file, bytes)
  closeSync(file)
  return bytes.toString('latin1', 0, length)
}
