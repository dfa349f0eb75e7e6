import { type Command as Commander, Option } from 'commander'
import type { Command, Io } from '../command.ts'
import { PodvaultError } from '../errors.ts'
import { commandLine, parseFlags } from '../webhook/flags.ts'
import { explainLive, withCluster } from './explain-live.ts'
import { type Report, reportOn } from './explain-report.ts'
import { reportText } from './explain-text.ts'
import { explainWorkload } from './explain-workload.ts'
import { knownConfigMaps } from './known-config-maps.ts'
import { finderOf, manifestsOf, withManifests } from './manifest-flags.ts'
import { offlineSettings, withOfflineSettings } from './offline.ts'
import { workloadsOf } from './workloads.ts'

type ExplainFlags = {
  readonly file?: readonly string[]
  readonly output: 'text' | 'json'
  readonly all: boolean
}

/** `podvault explain`: what becomes of a pod and why, from a manifest or from a cluster. */
export const explain: Command = async (io, args) => {
  const command = commandLine(
    io,
    'explain',
    'Says what the webhook does to a pod and why: each setting with who gave it, what is added, what is wrong, and for a live pod which webhooks of the cluster see it. A live one is named POD or KIND/NAME and read through kubectl.',
    'podvault explain -n shop deployment/web',
  )
    .option('--all', 'settings that nobody gives a value, too', false)
    .addOption(new Option('-o, --output <format>', 'how to write it').choices(['text', 'json']).default('text'))
  const flags = parseFlags(withOfflineSettings(withCluster(withManifests(command))), args)
  if (flags === undefined) return 0
  const { file, output, all } = flags.opts<ExplainFlags>()
  if (flags.args.length > 0 && file !== undefined)
    throw new PodvaultError('usage', 'name live pods or a --file, not both')
  const reports = flags.args.length > 0 ? await explainLive(flags, io) : await explainManifests(flags, io)
  if (output === 'json') io.stdout.write(`${JSON.stringify(reports, null, 2)}\n`)
  else {
    if (reports.length === 0) io.stderr.write('there is no pod and no pod template\n')
    io.stdout.write(reports.map(report => reportText(report, all)).join('\n'))
  }
  return 0
}

const explainManifests = async (flags: Commander, io: Io): Promise<readonly Report[]> => {
  const finder = finderOf(flags)
  const values = (await manifestsOf(flags, io)).flatMap(({ documents }) => documents.map(({ value }) => value))
  const settings = offlineSettings(flags, io, { configMap: knownConfigMaps(values, finder.namespace) })
  return values.flatMap(value =>
    workloadsOf(value, finder).map(workload => reportOn(workload, explainWorkload(workload, value, settings))),
  )
}
