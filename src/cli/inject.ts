import { readFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import type { Command, Io } from '../command.ts'
import { exitCodes, PodvaultError, sentence } from '../errors.ts'
import { reasons } from '../inject/reasons.ts'
import { commandLine, parseFlags } from '../webhook/flags.ts'
import { injectManifests, type Judged } from './manifests.ts'
import { offlineSettings, withOfflineSettings } from './offline.ts'

/** `podvault inject`: manifests in, the same manifests with the webhook's own patch applied out. */
export const inject: Command = async (io, args) => {
  const command = commandLine(
    io,
    'inject',
    'Applies to manifests what the webhook would do to their pods. Comments and unknown fields stay; a report goes to stderr.',
    'podvault inject -f deployment.yaml --vault-address https://vault.example.com:8200 | kubectl apply -f -',
  ).option('-f, --file <file...>', 'manifest to read, `-` is stdin', ['-'])
  const flags = parseFlags(withOfflineSettings(command), args)
  if (flags === undefined) return 0
  const settings = offlineSettings(flags, io)
  const inputs = await readAll(flags.opts<{ readonly file: readonly string[] }>().file, io)
  const injected = inputs.map(input => injectManifests(input.text, input.name, settings))
  const judged = injected.flatMap(file => file.judged)
  io.stderr.write(judged.map(report).join(''))
  const refused = judged.filter(({ decision }) => decision.kind === 'reject').length
  if (refused > 0) {
    io.stderr.write(`nothing is written to stdout: ${refused} of ${judged.length} workloads are refused\n`)
    return exitCodes.refused
  }
  io.stdout.write(injected.map(file => file.text).reduce(joinFiles, ''))
  return 0
}

type Input = { readonly name: string; readonly text: string }

const readAll = (files: readonly string[], io: Io): Promise<readonly Input[]> =>
  Promise.all(
    files.map(async file =>
      file === '-' ? { name: 'stdin', text: await text(io.stdin) } : { name: file, text: readManifest(file) },
    ),
  )

const readManifest = (file: string): string => {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new PodvaultError('usage', `a manifest cannot be read: ${sentence(cause)}`, { cause })
  }
}

/** The documents of several files are one stream; a separator where the files bring none. */
const joinFiles = (before: string, next: string): string => {
  if (before === '') return next
  const ended = before.endsWith('\n') ? before : `${before}\n`
  return next.startsWith('---') ? ended + next : `${ended}---\n${next}`
}

const verdicts = { inject: 'injected', skip: 'skipped', reject: 'refused' } as const

const report = ({ workload, decision }: Judged): string => {
  const name = workload.name === '' ? '(no name)' : workload.name
  const what = `${workload.kind} ${workload.namespace}/${name}: ${verdicts[decision.kind]}`
  if (decision.kind === 'reject') return `${what}\n${decision.problems.map(({ message }) => `  ${message}\n`).join('')}`
  const warnings = decision.warnings.map(warning => `  warning: ${warning}\n`).join('')
  return `${what}: ${reasons[decision.reason]}\n${warnings}`
}
