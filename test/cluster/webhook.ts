import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import process from 'node:process'
import { parse, parseAllDocuments } from 'yaml'
import { nodeFlags } from '../../scripts/code-cache.ts'
import { serviceAccountPath } from '../../src/inject/wiring.ts'
import { eventually } from './eventually.ts'
import type { Api } from './api.ts'
import { pki } from './certificates.ts'
import {
  apiServer,
  node,
  noVault,
  oldVault,
  outageVault,
  run,
  vaultAddress,
  vaultTlsAddress,
  webhookAddress,
  webhookMetrics,
} from './place.ts'
import { execute, type Running, start, until } from './processes.ts'

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

/** Starts the built webhook on the node and registers it as the product's manifests say, but for where it is. */
export const startWebhook = async (api: Api): Promise<void> => {
  const addresses = [outageVault, noVault, oldVault, vaultTlsAddress]
  writeFileSync(`${run}/webhook.json`, JSON.stringify({ allow: { addresses } }))
  execute(process.execPath, program, 'certs', '--dir', certs, '--host', node)
  await makeIdentity(api)
  const server = startServer('webhook', settings, new URL(apiServer).port)
  await until('a ready webhook', server, async () => /_watch_up 1$/m.test(await metricsAt(webhookMetrics)))
  for (const kind of ['mutating', 'validating'] as const) await register(api, kind)
}

const paths = { mutating: '/mutate', validating: '/validate' } as const

const register = async (api: Api, kind: keyof typeof paths): Promise<void> => {
  const name = `${kind}webhookconfiguration`
  const configuration = parse(readFileSync(`webhook-config/${name}.yaml`, 'utf8')) as WebhookConfiguration
  const url = `${webhookAddress}${paths[kind]}`
  const clientConfig = { url, caBundle: readFileSync(`${certs}/ca.crt`, 'base64') }
  await api.create(`/apis/admissionregistration.k8s.io/v1/${name}s`, {
    ...configuration,
    // The installations that tests make have their own; the first by name is the one that `explain` is asked about.
    metadata: { name: 'a-webhook-of-the-tests', labels: { 'app.kubernetes.io/name': 'podvault' } },
    webhooks: configuration.webhooks.map(webhook => {
      const { matchExpressions } = webhook.namespaceSelector
      const notOurs = { key: otherOperator, operator: 'DoesNotExist' }
      return { ...webhook, clientConfig, namespaceSelector: { matchExpressions: [...matchExpressions, notOurs] } }
    }),
  })
}

/** Starts a webhook that takes itself to be in a pod, with the identity that lies where a pod has it. */
export const startServer = (name: string, flags: Readonly<Record<string, string>>, apiPort: string): Running =>
  start(
    name,
    process.execPath,
    [...nodeFlags, program, 'webhook', ...Object.entries(flags).map(([key, value]) => `--${key}=${value}`)],
    {
      cwd: process.cwd(),
      env: { ...process.env, KUBERNETES_SERVICE_HOST: node, KUBERNETES_SERVICE_PORT: apiPort },
    },
  )

export const metricsAt = async (address: string): Promise<string> => (await fetch(`${address}/metrics`)).text()

/** A namespace that no test removes. */
const home = 'podvault-on-node'

/** The service account and the rights of the product's manifests, its token where a pod of it would have it. */
const makeIdentity = async (api: Api): Promise<void> => {
  await api.create('/api/v1/namespaces', { metadata: { name: home } })
  const accounts = `/api/v1/namespaces/${home}/serviceaccounts`
  await api.create(accounts, { metadata: { name: 'podvault' } })
  const rbacFile = readFileSync('webhook-config/rbac.yaml', 'utf8')
  const [role, binding] = parseAllDocuments(rbacFile).map(document => document.toJS() as object)
  const rbac = '/apis/rbac.authorization.k8s.io/v1'
  await api.create(`${rbac}/clusterroles`, { ...role, metadata: { name: home } })
  await api.create(`${rbac}/clusterrolebindings`, {
    ...binding,
    metadata: { name: home },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: home },
    subjects: [{ kind: 'ServiceAccount', name: 'podvault', namespace: home }],
  })
  const { status } = await api.create<{ readonly status: { readonly token: string } }>(`${accounts}/podvault/token`, {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { expirationSeconds: 6 * 3600 },
  })
  mkdirSync(serviceAccountPath, { recursive: true })
  copyFileSync(`${pki}/ca.crt`, `${serviceAccountPath}/ca.crt`)
  writeFileSync(`${serviceAccountPath}/token`, status.token)
  writeFileSync(`${serviceAccountPath}/namespace`, home)
}

/** How the webhook of the tests is started. */
export const settings: Readonly<Record<string, string>> = {
  listen: new URL(webhookAddress).host,
  'metrics-listen': new URL(webhookMetrics).host,
  'tls-cert-file': `${certs}/tls.crt`,
  'tls-key-file': `${certs}/tls.key`,
  'vault-address': vaultAddress,
  image: 'localhost/podvault:dev',
  'kubernetes-version': '1.36',
  config: `${run}/webhook.json`,
}

/** What the webhook has logged so far. */
export const logOf = (name: string): readonly Readonly<Record<string, unknown>>[] =>
  readFileSync(`${run}/logs/${name}`, 'utf8')
    .split('\n')
    .filter(line => line.startsWith('{') && line.endsWith('}'))
    .map(line => JSON.parse(line))

/** A line of the webhook's log about a review. */
export type Reviewed = {
  readonly uid: string
  readonly namespace: string
  readonly decision: string
  readonly reason: string
}

/** The reviews of pods of a namespace that have reached the webhook so far. */
export const reviewsOf = (namespace: string): readonly Reviewed[] =>
  (logOf('webhook') as readonly Reviewed[]).filter(
    entry => entry.namespace === namespace && entry.decision !== undefined,
  )

/** Until the webhook has heard of a labelled ConfigMap: a pod that comes before that gets its files, and no environment. */
export const known = async (namespace: string, configMap: string, seconds: number): Promise<void> =>
  heard('webhook', `${namespace}/${configMap}`, 'secrets files are known', seconds)

/** Until a webhook says something of a ConfigMap, given as namespace/name. */
export const heard = async (server: string, configMap: string, what: string, seconds: number): Promise<void> => {
  await eventually(`${what}: ${configMap}`, seconds, () =>
    logOf(server).some(line => line['configMap'] === configMap && line['msg'] === what),
  )
}
