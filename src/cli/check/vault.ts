// Vault as this pod sees it: by its configuration, its files and its network. Writes nothing, and reads no secret.
import { lookup } from 'node:dns/promises'
import { connect, isIP } from 'node:net'
import { wordsOf } from '../../agent/refusal.ts'
import type { AgentConfig } from '../../contract.ts'
import { sentence } from '../../errors.ts'
import { numberFrom, objectWith, text, truth } from '../../shape.ts'
import { vaultAt } from '../../vault/client.ts'
import { understand } from '../../vault/responses.ts'
import { type Look, loggedIn, patience } from './login.ts'
import { type Finding, found, ok } from './table.ts'

/** From the name to the paths; the first thing that fails ends it. */
export const lookAtVault = async (look: Look): Promise<readonly Finding[]> => {
  const steps = [resolved, connected, healthy, loggedIn]
  const findings: Finding[] = []
  for (const step of steps) {
    findings.push(...(await step(look)))
    if (findings.some(({ level }) => level === 'failure')) break
  }
  return findings
}

const resolved = async ({ config }: Look): Promise<readonly Finding[]> => {
  const { hostname } = new URL(config.vault.address)
  if (isIP(hostname.replaceAll(/[[\]]/g, '')) !== 0) return [ok('vault-name', `${hostname} is an address`)]
  try {
    const addresses = await lookup(hostname, { all: true })
    return [ok('vault-name', `${hostname} is ${addresses.map(({ address }) => address).join(', ')}`)]
  } catch (error) {
    return [found('vault-name', 'failure', `${hostname}: ${sentence(error)}`)]
  }
}

const connected = async ({ config, signal }: Look): Promise<readonly Finding[]> => {
  const { hostname, port, protocol } = new URL(config.vault.address)
  const to = { host: hostname.replaceAll(/[[\]]/g, ''), port: Number(port || (protocol === 'https:' ? 443 : 80)) }
  const place = `${hostname}:${to.port}`
  const problem = await new Promise<string | undefined>(resolve => {
    const socket = connect({ ...to, signal: AbortSignal.any([signal, AbortSignal.timeout(patience)]) })
    socket
      .once('connect', () => resolve(undefined))
      .once('error', error => resolve(error.name === 'AbortError' ? 'no answer' : sentence(error)))
    socket.once('connect', () => socket.destroy())
  })
  return [
    problem === undefined
      ? ok('vault-connection', `${place} takes connections`)
      : found('vault-connection', 'failure', `${place}: ${problem}`),
  ]
}

const health = objectWith({ initialized: truth, sealed: truth, version: text }, { standby: truth })
const seal = objectWith({ t: numberFrom(0), progress: numberFrom(0) }, {})

/** Whatever state it is in, it answers with 200. */
const anyState = {
  standbyok: 'true',
  perfstandbyok: 'true',
  sealedcode: '200',
  uninitcode: '200',
  drsecondarycode: '200',
}

const healthy = async ({ config, signal }: Look): Promise<readonly Finding[]> => {
  // Its namespaces have no health of their own.
  const { namespace: _namespace, ...connection } = config.vault
  const vault = vaultAt(connection)
  try {
    const asked = { method: 'GET', path: 'sys/health', query: anyState, timeout: patience, signal } as const
    const outcome = understand(await vault.request(asked), body => health(body, ''))
    if (outcome.kind === 'network') return [unanswered(outcome.reason)]
    const tls = trusted(config)
    if (outcome.kind !== 'ok')
      return [...tls, found('vault-health', 'failure', wordsOf(outcome), 'is this the address of a Vault?')]
    const { initialized, sealed, version, standby = false } = outcome.value
    if (!initialized)
      return [...tls, found('vault-health', 'failure', `Vault ${version} is not initialized`, 'vault operator init')]
    if (!sealed) return [...tls, ok('vault-health', `Vault ${version}${standby ? ', a standby,' : ''} is unsealed`)]
    const status = understand(await vault.request({ ...asked, path: 'sys/seal-status', query: {} }), body =>
      seal(body, ''),
    )
    const keys = status.kind === 'ok' ? `: ${status.value.progress} of ${status.value.t} keys` : ''
    return [...tls, found('vault-health', 'failure', `Vault ${version} is sealed${keys}`)]
  } finally {
    vault.rest()
  }
}

const trusted = ({ vault }: AgentConfig): readonly Finding[] => {
  if (!vault.address.startsWith('https:'))
    return [
      found(
        'vault-certificate',
        'warning',
        'there is none: the connection is not encrypted',
        'give Vault a certificate, and an address with https',
      ),
    ]
  return vault.tlsSkipVerify === true
    ? [found('vault-certificate', 'warning', 'it is not verified: podvault.dev/tls-skip-verify')]
    : [
        ok(
          'vault-certificate',
          `it is believed ${vault.ca === undefined && vault.caFile === undefined ? 'with the certificates of the system' : 'with the CA that the pod has'}`,
        ),
      ]
}

const unanswered = (reason: string): Finding =>
  /certificate|SSL|TLS|altnames/i.test(reason)
    ? found('vault-certificate', 'failure', reason)
    : found('vault-connection', 'failure', `it takes connections, and does not answer: ${reason}`)
