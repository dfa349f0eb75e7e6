import type { Command } from '../command.ts'
import { exitCodes } from '../errors.ts'
import type { Decision } from '../inject/decision.ts'
import { reasons } from '../inject/reasons.ts'
import { commandLine, parseFlags } from '../webhook/flags.ts'
import { knownConfigMaps } from './known-config-maps.ts'
import { finderOf, manifestsOf, withManifests } from './manifest-flags.ts'
import { injectManifest, type Judged, verdicts } from './manifests.ts'
import { offlineSettings, withOfflineSettings } from './offline.ts'
import { titleOf } from './workloads.ts'
import { withOutput, writeManifests } from './write-manifests.ts'

/** `podvault inject`: manifests in, the same manifests with the webhook's own patch applied out. */
export const inject: Command = async (io, args) => {
  const command = commandLine(
    io,
    'inject',
    'Applies to manifests what the webhook would do to their pods. Comments and unknown fields stay; a report goes to stderr. When a workload is refused nothing is written, and the exit code is 3.',
    'podvault inject -f deployment.yaml --vault-address https://vault.example.com:8200 | kubectl apply -f -',
  )
  const flags = parseFlags(withOfflineSettings(withOutput(withManifests(command))), args)
  if (flags === undefined) return 0
  const finder = finderOf(flags)
  const manifests = await manifestsOf(flags, io)
  const values = manifests.flatMap(({ documents }) => documents.map(({ value }) => value))
  const settings = offlineSettings(flags, io, { configMap: knownConfigMaps(values, finder.namespace) })
  const files = manifests.map(before => ({ before, after: injectManifest(before, finder, settings) }))
  const judged = files.flatMap(({ after }) => after.judged)
  io.stderr.write(judged.map(report).join(''))
  const refused = judged.filter(({ verdict }) => verdict.kind === 'reject').length
  if (refused > 0) {
    io.stderr.write(`nothing is written: ${refused} of ${judged.length} workloads are refused\n`)
    return exitCodes.refused
  }
  writeManifests(flags, files, io)
  return 0
}

const report = ({ workload, verdict }: Judged<Decision>): string => {
  const what = `${titleOf(workload)}: ${verdicts[verdict.kind]}`
  if (verdict.kind === 'reject') return `${what}\n${verdict.problems.map(({ message }) => `  ${message}\n`).join('')}`
  const warnings = verdict.warnings.map(warning => `  warning: ${warning}\n`).join('')
  return `${what}: ${reasons[verdict.reason]}\n${warnings}`
}
