import { setTimeout as sleep } from 'node:timers/promises'
import { type Command as Commander, Option } from 'commander'
import type { Command, Io } from '../command.ts'
import { PodvaultError } from '../errors.ts'
import { commandLine, parseFlags } from '../webhook/flags.ts'
import { wordsOf } from './explain-live.ts'
import { kubectlIn } from './kubectl.ts'
import { livePodsIn } from './live-pods.ts'
import { liveSettings } from './live-settings.ts'
import { offlineSettings, withOfflineSettings } from './offline.ts'
import { type StatusRow, statusRows } from './status-rows.ts'
import { statusText } from './status-text.ts'

type StatusFlags = {
  readonly namespace?: string
  readonly allNamespaces: boolean
  readonly selector?: string
  readonly watch: boolean
  readonly output: 'table' | 'wide' | 'json'
  readonly context?: string
  readonly kubeconfig?: string
}

/** Between two tables. Milliseconds. */
const pause = 5000

/** `podvault status`: which workloads run with podvault, and which of them would be otherwise today. */
export const status: Command = async (io, args) => statusWith(io, args, pause)

/** @param every milliseconds between two tables */
export const statusWith = async (io: Io, args: readonly string[], every: number): Promise<number> => {
  const command = commandLine(
    io,
    'status',
    'Lists the workloads that podvault has injected, through kubectl: by which version and engine, since when, and whether a pod created today would be another.',
    'podvault status -A --watch',
  )
    .option('-n, --namespace <name>', "whose pods are looked at; else the kubeconfig's")
    .option('-A, --all-namespaces', 'look at the pods of all namespaces', false)
    .option('-l, --selector <query>', 'only pods with these labels, as kubectl takes it')
    .option('-w, --watch', 'show it again every five seconds, until you stop it', false)
    .option('--context <name>', 'context of the kubeconfig')
    .option('--kubeconfig <file>', 'kubeconfig')
    .addOption(
      new Option('-o, --output <format>', 'how to write it').choices(['table', 'wide', 'json']).default('table'),
    )
  const flags = parseFlags(withOfflineSettings(command), args)
  if (flags === undefined) return 0
  const { watch, allNamespaces, namespace } = flags.opts<StatusFlags>()
  if (allNamespaces && namespace !== undefined)
    throw new PodvaultError('usage', '--all-namespaces and --namespace say different things')
  if (!watch) return show(flags, io, '')
  // Where a person looks at it, each table takes the place of the one before.
  const clear = 'isTTY' in io.stdout && io.stdout.isTTY === true ? '\u001B[H\u001B[2J' : ''
  while (!io.stop.aborted) {
    await show(flags, io, clear).catch(error => {
      if (!io.stop.aborted) throw error
    })
    await sleep(every, undefined, { signal: io.stop }).catch(() => undefined)
  }
  return 0
}

const show = async (flags: Commander, io: Io, before: string): Promise<number> => {
  const { output } = flags.opts<StatusFlags>()
  const { rows, note } = await look(flags, io)
  if (note !== undefined) io.stderr.write(`${note}\n`)
  if (output === 'json') io.stdout.write(`${JSON.stringify(rows, null, 2)}\n`)
  else {
    if (rows.length === 0) io.stderr.write('podvault has injected no pod that runs here\n')
    else io.stdout.write(before + statusText(rows, output === 'wide', Date.now()))
  }
  return 0
}

type Looked = { readonly rows: readonly StatusRow[]; readonly note: string | undefined }

const look = async (flags: Commander, io: Io): Promise<Looked> => {
  const { namespace, allNamespaces, selector, context, kubeconfig } = flags.opts<StatusFlags>()
  const kubectl = kubectlIn(io, wordsOf({ context, kubeconfig }))
  const place = allNamespaces ? ['--all-namespaces'] : wordsOf({ namespace })
  const [pods, live] = await Promise.all([
    kubectl('get', 'pods', ...place, ...wordsOf({ selector })).then(livePodsIn),
    liveSettings(kubectl, place, known => offlineSettings(flags, io, known)),
  ])
  return {
    rows: statusRows(pods, live.settings, live.version),
    note: 'lack' in live.settings ? `drift is not known: ${live.settings.lack}` : undefined,
  }
}
