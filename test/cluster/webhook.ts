import { readFileSync, writeFileSync } from 'node:fs'
import process from 'node:process'
import { parse } from 'yaml'
import type { Api } from './api.ts'
import { node, noVault, outageVault, run, vaultAddress, webhookAddress, webhookMetrics } from './place.ts'
import { execute, start, until } from './processes.ts'

type WebhookConfiguration = {
  readonly webhooks: readonly {
    readonly namespaceSelector: { readonly matchExpressions: readonly object[] }
  }[]
}

/** Label of the namespaces whose pods a test answers for itself. */
export const otherOperator = 'other-operator.test'

/** The built product, as the image has it. */
export const program = 'dist/app/podvault.cjs'

/** What `podvault certs` made. */
export const certs = `${run}/certs`

const manifest = 'webhook-config/mutatingwebhookconfiguration.yaml'

/** Starts the built webhook on the node and registers it as the product's manifest says, but for where it is. */
export const startWebhook = async (api: Api): Promise<void> => {
  writeFileSync(`${run}/webhook.json`, JSON.stringify({ allow: { addresses: [outageVault, noVault] } }))
  execute(process.execPath, program, 'certs', '--dir', certs, '--host', node)
  const server = start('webhook', process.execPath, [program, 'webhook', ...flags], {
    cwd: process.cwd(),
  })
  await until('a ready webhook', server, async () => (await fetch(`${webhookMetrics}/metrics`)).ok)
  const configuration = parse(readFileSync(manifest, 'utf8')) as WebhookConfiguration
  const clientConfig = { url: `${webhookAddress}/mutate`, caBundle: readFileSync(`${certs}/ca.crt`, 'base64') }
  await api.create('/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations', {
    ...configuration,
    webhooks: configuration.webhooks.map(webhook => {
      const { matchExpressions } = webhook.namespaceSelector
      const notOurs = { key: otherOperator, operator: 'DoesNotExist' }
      return { ...webhook, clientConfig, namespaceSelector: { matchExpressions: [...matchExpressions, notOurs] } }
    }),
  })
}

const settings: Readonly<Record<string, string>> = {
  listen: new URL(webhookAddress).host,
  'metrics-listen': new URL(webhookMetrics).host,
  'tls-cert-file': `${certs}/tls.crt`,
  'tls-key-file': `${certs}/tls.key`,
  'vault-address': vaultAddress,
  image: 'localhost/podvault:dev',
  'kubernetes-version': '1.36',
  config: `${run}/webhook.json`,
}
const flags = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value])

/** A line of the webhook's log about a review. */
export type Reviewed = {
  readonly uid: string
  readonly namespace: string
  readonly decision: string
  readonly reason: string
}

/** The reviews of pods of a namespace that have reached the webhook so far. */
export const reviewsOf = (namespace: string): readonly Reviewed[] =>
  readFileSync(`${run}/logs/webhook`, 'utf8')
    .split('\n')
    .filter(line => line.startsWith('{') && line.endsWith('}'))
    .map(line => JSON.parse(line) as Reviewed)
    .filter(entry => entry.namespace === namespace && entry.decision !== undefined)
