import { randomBytes } from 'node:crypto'
import { realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { type Command as Commander, Option } from 'commander'
import type { Io } from '../command.ts'
import { PodvaultError, sentence } from '../errors.ts'
import { coloured, unifiedDiff, wantsColor, type When } from './diff.ts'
import { type Manifest, textOf } from './documents.ts'
import { stdinName } from './inputs.ts'
import { type Edited, verdicts } from './manifests.ts'

type OutputFlags = {
  readonly output?: 'yaml' | 'json' | 'patch'
  readonly diff?: boolean
  readonly inPlace?: boolean
  readonly color: When
}

/** Adds the flags that say how manifests are written. */
export const withOutput = (command: Commander): Commander =>
  command
    .addOption(
      new Option(
        '-o, --output <format>',
        'yaml keeps comments and all (the default), patch gives a line of JSON a workload, for `kubectl patch --type=json`',
      ).choices(['yaml', 'json', 'patch']),
    )
    .addOption(new Option('--diff', 'only what changes').conflicts(['output', 'inPlace']))
    .addOption(new Option('-i, --in-place', 'write back to the files').conflicts('output'))
    .addOption(new Option('--color <when>', 'colour of the diff').choices(['auto', 'always', 'never']).default('auto'))

/** A file of manifests before and after the work. */
export type Worked = { readonly before: Manifest; readonly after: Edited<Verdict> }

/** Writes what became of some manifests. @throws PodvaultError `usage`, `failed` */
export const writeManifests = (flags: Commander, files: readonly Worked[], io: Io): void => {
  const { output, diff, inPlace, color } = flags.opts<OutputFlags>()
  if (inPlace === true) return replaceFiles(files)
  const manifests = files.map(({ after }) => after.manifest)
  io.stdout.write(
    diff === true
      ? diffsOf(files, wantsColor(color, io))
      : output === 'patch'
        ? files.map(({ after }) => patchesOf(after)).join('')
        : output === 'json'
          ? jsonOf(manifests)
          : manifests.map(textOf).reduce(joinFiles, ''),
  )
}

const diffsOf = (files: readonly Worked[], inColor: boolean): string => {
  const diffs = files.map(({ before, after }) => unifiedDiff(before.name, textOf(before), textOf(after.manifest)))
  return inColor ? coloured(diffs.join('')) : diffs.join('')
}

/** One document as it is, several as a List, as kubectl does. */
const jsonOf = (manifests: readonly Manifest[]): string => {
  const values = manifests
    .flatMap(({ documents }) => documents.map(({ value }) => value))
    .filter(value => value !== null)
  const whole = values.length === 1 ? values[0] : { apiVersion: 'v1', kind: 'List', items: values }
  return `${JSON.stringify(whole, null, 2)}\n`
}

/** What was decided about a workload, in a word or with a reason. */
type Verdict = string | { readonly kind: keyof typeof verdicts; readonly reason: string }

const patchesOf = ({ judged }: Edited<Verdict>): string =>
  judged
    .map(({ workload: { apiVersion, kind, namespace, name }, verdict, patch }) => {
      const decided =
        typeof verdict === 'string' ? { verdict } : { verdict: verdicts[verdict.kind], reason: verdict.reason }
      return `${JSON.stringify({ apiVersion, kind, namespace, name, ...decided, patch })}\n`
    })
    .join('')

/** The documents of several files are one stream; a separator where the files bring none. */
const joinFiles = (before: string, next: string): string => {
  if (before === '') return next
  const ended = before.endsWith('\n') ? before : `${before}\n`
  return next.startsWith('---') ? ended + next : `${ended}---\n${next}`
}

/** Each file is swapped in one step, and none before all have been written beside. */
const replaceFiles = (files: readonly Worked[]): void => {
  if (files.some(({ before }) => before.name === stdinName))
    throw new PodvaultError('usage', 'stdin cannot be written back to', { hint: 'name files with --file' })
  const beside: { readonly path: string; readonly temporary: string }[] = []
  try {
    for (const { before, after } of files) {
      const text = textOf(after.manifest)
      if (text === textOf(before)) continue
      const path = realpathSync(before.name)
      const temporary = `${path}.${randomBytes(4).toString('hex')}`
      beside.push({ path, temporary })
      writeFileSync(temporary, text, { mode: statSync(path).mode, flag: 'wx' })
    }
    for (const { path, temporary } of beside) renameSync(temporary, path)
  } catch (cause) {
    for (const { temporary } of beside) rmSync(temporary, { force: true })
    throw new PodvaultError('failed', `a manifest cannot be written back: ${sentence(cause)}`, { cause })
  }
}
