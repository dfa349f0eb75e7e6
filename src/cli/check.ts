import { Option } from 'commander'
import type { Command } from '../command.ts'
import { PodvaultError } from '../errors.ts'
import { commandLine, parseFlags } from '../webhook/flags.ts'
import { checkHere } from './check/here.ts'
import { checkLive } from './check/live.ts'
import { checkCode, checkReport, checkText } from './check/report.ts'
import { withCluster } from './explain-live.ts'
import { withOfflineSettings } from './offline.ts'

type CheckFlags = { readonly here: boolean; readonly output: 'text' | 'json' }

const stoppedWords = 'stopped before everything was looked at'

/** `podvault check`: what is wrong, and what to do about it. */
export const check: Command = async (io, args) => {
  const command = commandLine(
    io,
    'check',
    'Looks at a cluster through kubectl and says in a line each what is well, what is not, and what to do: the webhook, its certificates and rights, the workloads that ask for secrets, and with --probe Vault as a pod sees it. Exit code 1 when anything fails; warnings, and what may not be looked at, fail nothing.',
    'podvault check -n shop deployment/web --probe',
  )
    .option('-n, --namespace <name>', "where a pod is tried, and whose pods are looked at; else the kubeconfig's")
    .option('-A, --all-namespaces', 'look at the pods of all namespaces', false)
    .option('--probe', 'look at Vault from a pod, which is deleted afterwards', false)
    .option('--here', 'look at Vault from this process: for a container that podvault has injected', false)
    .addOption(new Option('-o, --output <format>', 'how to write it').choices(['text', 'json']).default('text'))
  const flags = parseFlags(withOfflineSettings(withCluster(command)), args)
  if (flags === undefined) return 0
  const given = flags.opts<CheckFlags>()
  const { findings, namespace } = await (given.here ? checkHere(io) : checkLive(flags, io)).catch((error: unknown) => {
    throw io.stop.aborted ? new PodvaultError('failed', stoppedWords, { cause: error }) : error
  })
  if (io.stop.aborted) throw new PodvaultError('failed', stoppedWords)
  const report = checkReport(findings, namespace)
  io.stdout.write(given.output === 'json' ? `${JSON.stringify(report, null, 2)}\n` : checkText(report))
  return checkCode(report)
}
