// PURE: the files that a template makes: its own, and those of `writeToFile`, which stay below the pod's folders.
import type { AgentConfig, OutputFile } from '../contract.ts'
import { PodvaultError } from '../errors.ts'
import type { WrittenFile } from '../template/value.ts'
import { contentOf } from './bytes.ts'
import { makeOutput } from './questions.ts'
import type { Content, Place, Values } from './values.ts'
import type { Wanted, WantedEntry } from './wanted.ts'

type Made = Place & Content

/** The template asks for what has not been read. */
export class Unanswered extends PodvaultError {}

/** @throws PodvaultError naming file, line and column, or what stands in the way of a file that it writes */
export const templateFiles = (
  config: AgentConfig,
  wanted: Pick<Wanted, 'now'>,
  { entry, output }: { readonly entry: WantedEntry; readonly output: OutputFile },
  values: Values,
): readonly Made[] => {
  const made = makeOutput(config, wanted, { entry, output }, values)
  if (made.kind === 'failed') throw made.error
  if (made.kind === 'missing')
    throw new Unanswered('failed', `the template of the file ${output.name} asks for a secret that has not been read`)
  const own = {
    folder: output.folder ?? config.folders.secrets,
    name: output.name,
    ...contentOf(made.contents),
    mode: output.mode ?? config.mode,
  }
  return [own, ...writtenFiles(config, output, made.files)]
}

/** In the order of writing: a file that is written twice has what came last, or all of it where that appends. */
const writtenFiles = (config: AgentConfig, output: OutputFile, files: readonly WrittenFile[]): readonly Made[] => {
  const made = new Map<string, Place & { readonly bytes: Buffer; readonly mode: number }>()
  for (const file of files) {
    const refuse = (words: string, hint: string): PodvaultError =>
      new PodvaultError('usage', `the template of the file ${output.name}, writeToFile: ${words}`, { hint })
    const place = placeOf(config, output, file.path)
    if (place === undefined)
      throw refuse(
        'a file would not lie in the folder of the secrets',
        'name it below the path where the app sees them',
      )
    if (!isOwn(config, file))
      throw refuse('a file cannot be given to another user or group', 'leave both empty: the agent has no right to')
    if (file.mode < 0o400 || file.mode > 0o777)
      throw refuse('a mode must be one that its owner can read', 'write it as "0400"')
    const key = `${place.folder}/${place.name}`
    const before = file.append ? made.get(key)?.bytes : undefined
    made.set(key, {
      ...place,
      bytes: Buffer.concat([...(before === undefined ? [] : [before]), file.contents]),
      mode: file.mode,
    })
  }
  return Array.from(made.values(), ({ bytes, ...file }) => ({ ...file, ...contentOf(bytes) }))
}

/** Below a folder of the pod, in the app's words or, where it is relative, beside the template's own file. */
const placeOf = ({ folders, paths = {} }: AgentConfig, output: OutputFile, written: string): Place | undefined => {
  const path = written.replaceAll(/\/{2,}/g, '/')
  const known = path.startsWith('/')
    ? Object.entries(paths)
        .map(([seen, folder]) => [seen.replace(/\/+$/, ''), folder] as const)
        .toSorted(([one], [other]) => other.length - one.length)
        .find(([seen]) => path.startsWith(`${seen}/`))
    : (['', output.folder ?? folders.secrets] as const)
  if (known === undefined) return undefined
  const [seen, folder] = known
  const name = path.slice(seen.length).replace(/^\//, '')
  const isPlain = /^(?:(?:^|\/)(?!\.\.|\.(?:\/|$))[^/\p{Cc}]{1,253})+$/u.test(name)
  return isPlain ? { folder, name } : undefined
}

/** By number, or by the names that the user and group of vault-k8s's image have. */
const isOwn = ({ place }: AgentConfig, { user, group }: WrittenFile): boolean =>
  ['', place?.user, place?.user === '100' ? 'vault' : ''].includes(user) &&
  ['', place?.group, place?.group === '1000' ? 'vault' : ''].includes(group)
