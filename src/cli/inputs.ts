import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, sep } from 'node:path'
import { text } from 'node:stream/consumers'
import type { Io } from '../command.ts'
import { PodvaultError, sentence } from '../errors.ts'

export type Input = { readonly name: string; readonly text: string }

/** The name of what came from stdin. */
export const stdinName = 'stdin'

/**
 * Reads files, every manifest below a folder in the order of their names, and `-` for stdin.
 * @throws PodvaultError `usage` where one cannot be read, or a folder has none
 */
export const readInputs = async (paths: readonly string[], { stdin }: Pick<Io, 'stdin'>): Promise<readonly Input[]> => {
  if (paths.filter(path => path === '-').length > 1)
    throw new PodvaultError('usage', '`-` is named twice, but stdin can be read only once')
  const inputs = paths.map(async path => (path === '-' ? [{ name: stdinName, text: await text(stdin) }] : read(path)))
  return (await Promise.all(inputs)).flat()
}

const read = (path: string): readonly Input[] => {
  try {
    if (!statSync(path).isDirectory()) return [{ name: path, text: readFileSync(path, 'utf8') }]
    const names = readdirSync(path, { recursive: true, encoding: 'utf8' })
      .filter(name => isManifest(name) && statSync(join(path, name)).isFile())
      .sort()
    if (names.length === 0) throw new Error(`the folder ${path} holds no .yaml, .yml or .json`)
    return names.map(name => ({ name: join(path, name), text: readFileSync(join(path, name), 'utf8') }))
  } catch (cause) {
    throw new PodvaultError('usage', `a manifest cannot be read: ${sentence(cause)}`, { cause })
  }
}

/** Hidden files and folders are not meant: `.git`, `..data`. */
const isManifest = (name: string): boolean =>
  /\.(?:ya?ml|json)$/.test(name) && !name.split(sep).some(part => part.startsWith('.'))
