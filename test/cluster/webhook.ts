import { readFileSync, writeFileSync } from 'node:fs'
import process from 'node:process'
import { parse } from 'yaml'
import type { Api } from './api.ts'
import { certificate, pki } from './certificates.ts'
import { node, noVault, outageVault, run, vaultAddress, webhookAddress, webhookMetrics } from './place.ts'
import { start, until } from './processes.ts'

type WebhookConfiguration = { readonly webhooks: readonly { readonly name: string }[] }

const manifest = 'webhook-config/mutatingwebhookconfiguration.yaml'

/** Starts the built webhook on the node and registers it as the product's manifest says, but for where it is. */
export const startWebhook = async (api: Api): Promise<void> => {
  writeFileSync(`${run}/webhook.json`, JSON.stringify({ allow: { addresses: [outageVault, noVault] } }))
  certificate('webhook', '/CN=podvault-webhook', `DNS:localhost,IP:127.0.0.1,IP:${node}`)
  const server = start('webhook', process.execPath, ['dist/app/podvault.cjs', 'webhook', ...flags], {
    cwd: process.cwd(),
  })
  await until('a ready webhook', server, async () => (await fetch(`${webhookMetrics}/metrics`)).ok)
  const configuration = parse(readFileSync(manifest, 'utf8')) as WebhookConfiguration
  const clientConfig = { url: `${webhookAddress}/mutate`, caBundle: readFileSync(`${pki}/ca.crt`, 'base64') }
  await api.create('/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations', {
    ...configuration,
    webhooks: configuration.webhooks.map(webhook => ({ ...webhook, clientConfig })),
  })
}

const settings: Readonly<Record<string, string>> = {
  listen: new URL(webhookAddress).host,
  'metrics-listen': new URL(webhookMetrics).host,
  'tls-cert-file': `${pki}/webhook.crt`,
  'tls-key-file': `${pki}/webhook.key`,
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
