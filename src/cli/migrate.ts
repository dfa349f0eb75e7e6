import { type Command as Commander, Option } from 'commander'
import type { Command, Io } from '../command.ts'
import { exitCodes, PodvaultError } from '../errors.ts'
import type { Settings } from '../inject/settings.ts'
import { type Migrated, migrate as migrateAll, type Subject } from './migrate/all.ts'
import { commandLine, parseFlags } from '../webhook/flags.ts'
import { wordsOf } from './explain-live.ts'
import { knownConfigMaps } from './known-config-maps.ts'
import { kubectlIn } from './kubectl.ts'
import { finderOf, manifestsOf, withManifests } from './manifest-flags.ts'
import { readPod } from './manifests.ts'
import { survey } from './migrate/live.ts'
import { migrationText } from './migrate/text.ts'
import { offlineSettings, withOfflineSettings } from './offline.ts'
import { type Finder, titleOf, workloadsOf } from './workloads.ts'

type MigrateFlags = {
  readonly file?: readonly string[]
  readonly namespace?: string
  readonly allNamespaces?: true
  readonly selector?: string
  readonly context?: string
  readonly kubeconfig?: string
  readonly output: 'text' | 'json'
}

/** `podvault migrate`: what becomes of the workloads that ask vault-k8s, bank-vaults or the Secrets Operator. */
export const migrate: Command = async (io, args) => {
  const command = commandLine(
    io,
    'migrate',
    'Reads a cluster, or manifests, and says of each workload that asks vault-k8s, bank-vaults or the Vault Secrets Operator: what stays as it is, what gets better, what needs a hand. Changes nothing. When anything needs a hand the exit code is 3.',
    'podvault migrate --all-namespaces',
  )
    .option('-A, --all-namespaces', 'workloads of the whole cluster')
    .option('-l, --selector <labels>', 'only live workloads with these labels')
    .option('--context <name>', 'context of the kubeconfig')
    .option('--kubeconfig <file>', 'kubeconfig')
    .addOption(new Option('-o, --output <format>', 'how to write it').choices(['text', 'json']).default('text'))
  const flags = parseFlags(withOfflineSettings(withManifests(command)), args)
  if (flags === undefined) return 0
  const { output, ...given } = flags.opts<MigrateFlags>()
  const { documents, settings, notes } = given.file === undefined ? await live(flags, io) : await written(flags, io)
  const result = migrated(documents, settings, finderOf(flags))
  if (output === 'json') io.stdout.write(`${JSON.stringify({ ...result, notes }, null, 2)}\n`)
  else {
    io.stderr.write(notes.map(note => `not known: ${note}\n`).join(''))
    io.stdout.write(migrationText(result))
  }
  return result.counts['by hand'] + result.objects.length > 0 ? exitCodes.refused : 0
}

type Read = {
  readonly documents: readonly unknown[]
  readonly settings: Settings
  readonly notes: readonly string[]
}

const written = async (flags: Commander, io: Io): Promise<Read> => {
  const { allNamespaces, selector } = flags.opts<MigrateFlags>()
  if (allNamespaces === true || selector !== undefined)
    throw new PodvaultError('usage', '--all-namespaces and --selector are for a cluster, --file is for manifests')
  const documents = (await manifestsOf(flags, io)).flatMap(manifest => manifest.documents.map(({ value }) => value))
  const configMap = knownConfigMaps(documents, finderOf(flags).namespace)
  return { documents, settings: offlineSettings(flags, io, { configMap }), notes: [] }
}

const live = async (flags: Commander, io: Io): Promise<Read> => {
  const { allNamespaces, namespace, selector, context, kubeconfig } = flags.opts<MigrateFlags>()
  if (allNamespaces === true && namespace !== undefined)
    throw new PodvaultError('usage', '--all-namespaces and --namespace exclude each other')
  const scope = allNamespaces === true ? ['--all-namespaces'] : wordsOf({ namespace })
  const kubectl = kubectlIn(io, wordsOf({ context, kubeconfig }))
  const { documents, known, notes } = await survey(kubectl, scope, wordsOf({ selector }))
  return { documents, settings: offlineSettings(flags, io, known), notes }
}

/** What is no pod cannot be judged, and is said. */
const migrated = (documents: readonly unknown[], settings: Settings, finder: Finder): Migrated => {
  const problems: string[] = []
  const subjects = documents
    .flatMap(document => workloadsOf(document, finder))
    .flatMap((workload): readonly Subject[] => {
      const read = readPod(workload.pod)
      if ('pod' in read) return [{ ...workload, pod: read.pod }]
      problems.push(`${titleOf(workload)}: ${read.problem}`)
      return []
    })
  const result = migrateAll(subjects, documents, settings, finder.namespace)
  return { ...result, objects: [...problems, ...result.objects] }
}
