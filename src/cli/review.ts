import { text } from 'node:stream/consumers'
import { parseAllDocuments } from 'yaml'
import type { Command } from '../command.ts'
import { PodvaultError } from '../errors.ts'
import { commandLine, parseFlags } from '../webhook/flags.ts'
import { review as reviewBody } from '../webhook/review.ts'
import { yamlOptions } from './edit-manifest.ts'
import { isConfigMap, knownConfigMaps } from './known-config-maps.ts'
import { offlineSettings, withOfflineSettings } from './offline.ts'

/** `podvault review`: the webhook's own answer, without a webhook. Exit code 0 whenever there is an answer. */
export const review: Command = async (io, args) => {
  const command = commandLine(
    io,
    'review',
    'Reads an AdmissionReview, or the manifest of a Pod, from stdin and writes the answer to stdout as the webhook would. ConfigMaps in the same YAML are known to it.',
    'podvault review --vault-address https://vault.example.com:8200 < pod.yaml',
  )
  const flags = parseFlags(withOfflineSettings(command), args)
  if (flags === undefined) return 0
  const documents = readInput(await text(io.stdin))
  const settings = offlineSettings(flags, io, { configMap: knownConfigMaps(documents, 'default') })
  const [input, ...more] = documents.filter(document => !isConfigMap(document))
  if (more.length > 0) throw new PodvaultError('usage', 'stdin holds more than one thing to review')
  const reviewed = reviewBody(asReview(input), settings)
  if (reviewed.kind === 'unreadable')
    throw new PodvaultError('usage', `stdin: ${reviewed.message}`, { hint: 'a Pod in YAML or JSON will do as well' })
  io.stdout.write(`${reviewed.text}\n`)
  return 0
}

/** JSON is YAML, but the YAML parser is many times slower and not loaded with numbers of any size. */
const readInput = (input: string): readonly unknown[] => {
  try {
    return [JSON.parse(input)]
  } catch {
    return readYaml(input)
  }
}

const readYaml = (input: string): readonly unknown[] => {
  try {
    const documents = [...parseAllDocuments(input, yamlOptions)]
    if (documents.some(({ errors }) => errors.length > 0)) throw new Error('broken YAML')
    return documents.map(document => document.toJS() as unknown).filter(value => value !== null)
  } catch (cause) {
    throw new PodvaultError('usage', 'stdin is neither JSON nor YAML', { cause })
  }
}

/** A bare Pod is taken as one about to be created in its namespace. */
const asReview = (input: unknown): unknown => {
  if (typeof input !== 'object' || input === null || !('kind' in input) || input.kind !== 'Pod') return input
  const metadata = 'metadata' in input ? input.metadata : undefined
  const named = typeof metadata === 'object' && metadata !== null && 'namespace' in metadata
  const namespace = named ? metadata.namespace : 'default'
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: '00000000-0000-0000-0000-000000000000',
      operation: 'CREATE',
      resource: { group: '', version: 'v1', resource: 'pods' },
      namespace,
      object: input,
    },
  }
}
