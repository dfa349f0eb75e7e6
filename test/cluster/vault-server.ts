import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { once } from 'node:events'
import { pki } from './certificates.ts'
import { run } from './place.ts'
import { start, until } from './processes.ts'
import type { Running } from './processes.ts'
import { bin } from './servers.ts'
import { vaultClient } from './vault-client.ts'
import type { Vault } from './vault-client.ts'

export type VaultServer = {
  readonly vault: Vault
  /** Ends the process as a crash would, starts it again with the same storage, and unseals it. */
  readonly restart: () => Promise<void>
  /** The same, but it stays sealed. */
  readonly restartSealed: () => Promise<void>
  readonly unseal: () => Promise<void>
  /** While it hangs, connections are accepted and never answered. */
  readonly hang: () => void
  readonly goOn: () => void
  readonly stop: () => Promise<void>
}

/**
 * Starts a Vault with storage of its own at an address of the node, initialised and unsealed.
 * @param tls another address of it, of https
 */
export const startVault = async (name: string, address: string, tls?: string): Promise<VaultServer> => {
  const folder = `${run}/${name}`
  mkdirSync(folder)
  const config = {
    storage: { file: { path: `${folder}/data` } },
    listener: [
      { tcp: { address: new URL(address).host, tls_disable: true } },
      ...(tls === undefined ? [] : [{ tcp: { address: new URL(tls).host, ...certificate } }]),
    ],
    api_addr: address,
    disable_mlock: true,
  }
  writeFileSync(`${folder}/config.json`, JSON.stringify(config))
  let server = await startProcess(name, address)
  const sealed = vaultClient(address, '')
  const { keys, root_token: token } = await sealed.write<{ keys: string[]; root_token: string }>('sys/init', {
    secret_shares: 1,
    secret_threshold: 1,
  })
  const unseal = async () => {
    await sealed.write('sys/unseal', { key: keys[0] })
    await until('an unsealed Vault', server, async () => (await fetch(`${address}/v1/sys/health`)).status === 200)
  }
  await unseal()
  const restartSealed = async () => {
    await stop(server)
    server = await startProcess(name, address)
  }
  const vault = vaultClient(address, token)
  const audit = `${run}/logs/${name}-audit`
  writeFileSync(audit, '')
  chmodSync(audit, 0o600)
  await vault.write('sys/audit/file', { type: 'file', options: { file_path: audit, hmac_accessor: 'false' } })
  return {
    vault,
    restart: async () => {
      await restartSealed()
      await unseal()
    },
    restartSealed,
    unseal,
    hang: () => void server.process.kill('SIGSTOP'),
    goOn: () => void server.process.kill('SIGCONT'),
    stop: async () => stop(server),
  }
}

const certificate = { tls_cert_file: `${pki}/apiserver.crt`, tls_key_file: `${pki}/apiserver.key` }

const startProcess = async (name: string, address: string): Promise<Running> => {
  const server = start(name, join(bin, 'vault'), ['server', `-config=${run}/${name}/config.json`])
  // Any answer will do: a sealed or new Vault says so with 501 or 503.
  await until('Vault', server, async () => (await fetch(`${address}/v1/sys/health`)).status > 0)
  return server
}

const stop = async ({ process }: Running): Promise<void> => {
  if (process.exitCode !== null || process.signalCode !== null) return
  process.kill('SIGKILL')
  await once(process, 'exit')
}
