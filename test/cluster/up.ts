// Inside fresh namespaces: starts the whole cluster, runs a command in it, and exits with the command's code.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'
import process from 'node:process'
import { connectApi } from './api.ts'
import type { Api } from './api.ts'
import { makeCertificates } from './certificates.ts'
import { startControlPlane } from './control-plane.ts'
import { importImage, shellImage, showImage } from './images.ts'
import { furnish } from './namespaces.ts'
import { startContainerd, startKubelet } from './node.ts'
import { node, run, vaultAddress, vaultTlsAddress } from './place.ts'
import { startPostgres } from './postgres.ts'
import { bin } from './servers.ts'
import { startVault } from './vault-server.ts'
import type { VaultServer } from './vault-server.ts'
import { enableKubernetesAuth, enableOtherLogins, makeReviewer, mountEngines } from './vault-setup.ts'
import { startWebhook } from './webhook.ts'

const startAll = async (id: string): Promise<VaultServer> => {
  furnish(id)
  makeCertificates()
  const api = connectApi()
  const [server] = await Promise.all([
    startVault('vault', vaultAddress, vaultTlsAddress),
    startPostgres(),
    startControlPlane(api),
    startContainerd(),
  ])
  startKubelet(id)
  await makeReviewer(api)
  await enableKubernetesAuth(api, server.vault)
  await enableOtherLogins(server.vault)
  await mountEngines(server.vault)
  for (const image of [showImage(), shellImage()]) importImage(image)
  if (existsSync('dist/image.tar')) importImage('dist/image.tar')
  await startWebhook(api)
  await nodeIsReady(api)
  return server
}

const nodeIsReady = async (api: Api): Promise<void> => {
  type Event = { readonly object: { readonly status?: { readonly conditions?: readonly Condition[] } } }
  type Condition = { readonly type: string; readonly status: string }
  await api.follow('/api/v1/nodes?watch=1', 'a node that is ready', line => {
    const { object } = JSON.parse(line) as Event
    const ready = object.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True')
    return ready === true ? true : undefined
  })
}

const began = Date.now()
const { vault } = await startAll(process.env['PODVAULT_CLUSTER'] ?? '')
process.stderr.write(`cluster: up after ${((Date.now() - began) / 1000).toFixed(1)} s on ${node}\n`)
const env = {
  ...process.env,
  PATH: `${bin}:${process.env['PATH'] ?? ''}`,
  KUBECONFIG: `${run}/admin.kubeconfig`,
  VAULT_ADDR: vaultAddress,
  VAULT_TOKEN: vault.token,
}
writeFileSync(
  `${run}/env`,
  ['PATH', 'KUBECONFIG', 'VAULT_ADDR', 'VAULT_TOKEN'].map(name => `export ${name}='${env[name as 'PATH']}'\n`).join(''),
)
const [command = 'sh', ...args] = process.argv.slice(2)
const [code] = (await once(spawn(command, args, { env, stdio: 'inherit' }), 'exit')) as [number | null]
// Servers are still running: the end of this process ends them, and everything else in the namespaces.
process.exit(code ?? 1)
