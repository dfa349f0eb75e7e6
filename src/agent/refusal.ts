// PURE: what a person reads when Vault gives nothing. Names roles, paths and keys; never a value or a token.
import type { AgentConfig } from '../contract.ts'
import { PodvaultError } from '../errors.ts'
import { requestPath } from '../vault/api.ts'
import type { Request } from './requests.ts'
import { type Mount, oneLine } from '../vault/responses.ts'
import { type Failure, passes } from '../vault/retry.ts'

/** Vault's or the network's own words. */
export const wordsOf = (failure: Failure): string => {
  if (failure.kind !== 'status') return failure.reason
  const { status, errors, gone } = failure
  if (gone !== undefined) return `version ${gone.version} of it has been ${gone.destroyed ? 'destroyed' : 'deleted'}`
  return errors.length === 0 ? `status ${status}` : `status ${status}, ${errors.join('; ')}`
}

const unreachable = ({ vault, auth, loginTimeout }: AgentConfig, what: string, failure: Failure): PodvaultError =>
  new PodvaultError(
    'vault-unreachable',
    `Vault at ${vault.address} gave ${what} for role ${auth.role} within ${loginTimeout} s; the last error was: ${wordsOf(failure)}`,
    { hint: hintOf(failure) },
  )

const hintOf = (failure: Failure): string => {
  if (failure.kind === 'status') return 'see the log of the Vault server'
  return /certificate/i.test(failure.reason)
    ? 'name the CA of Vault with podvault.dev/ca-configmap, or its name with podvault.dev/tls-server-name'
    : 'check the address, and that the network lets this pod reach it'
}

const elsewhere = (config: AgentConfig, reason: string): PodvaultError =>
  new PodvaultError('vault-refused', `Vault at ${config.vault.address} cannot be used: ${reason}`, {
    hint: 'set podvault.dev/address to the address that answers itself',
  })

export const loginRefused = (config: AgentConfig, failure: Failure): PodvaultError => {
  if (failure.kind === 'redirect') return elsewhere(config, failure.reason)
  if (passes(failure)) return unreachable(config, 'no login', failure)
  const { path, role } = config.auth
  return new PodvaultError(
    'vault-refused',
    `Vault at ${config.vault.address} refused the login as role ${role} at auth/${path}: ${wordsOf(failure)}`,
    {
      hint: `check that the role exists and admits this pod's service account, namespace and token audience (vault read auth/${path}/role/${role})`,
    },
  )
}

export const readRefused = (
  config: AgentConfig,
  request: Request,
  mount: Mount | undefined,
  failure: Failure,
): PodvaultError => {
  const { path, method } = request
  if (failure.kind === 'redirect') return elsewhere(config, failure.reason)
  if (passes(failure)) return unreachable(config, `no answer for ${path}`, failure)
  return new PodvaultError(
    'vault-refused',
    `Vault at ${config.vault.address} refused to ${method === 'GET' ? 'read' : 'write'} ${path} for role ${config.auth.role}: ${wordsOf(failure)}`,
    { hint: whatToDo(request, mount, failure) },
  )
}

/** A way on, for a person. */
export const whatToDo = (request: Request, mount: Mount | undefined, failure: Failure): string => {
  const { path, method, version } = request
  const requested = requestPath(request, mount)
  const parent = path.split('/').slice(0, -1).join('/')
  if (failure.kind !== 'status' || failure.status === 400)
    return `try it by hand: vault ${method === 'GET' ? 'read' : 'write'} ${requested}`
  const capability = method === 'GET' ? 'read' : 'update'
  if (failure.status === 403)
    return `give the role a policy with: path "${requested}" { capabilities = ["${capability}"] }`
  if (failure.gone !== undefined)
    return `${failure.gone.destroyed ? 'it cannot be brought back' : `bring it back: vault kv undelete -versions=${failure.gone.version} ${path}`}; ${version === undefined ? 'write a new one' : 'ask for another version'}`
  if (mount?.versioned === true && path.startsWith(`${mount.path}data/`))
    return `paths are written without data/: ${mount.path}${path.slice(`${mount.path}data/`.length)}`
  return `see what is there: vault ${mount?.versioned === true ? 'kv list' : 'list'} ${parent === '' ? path : parent}`
}

/** @param keys what the secret has; names are no secrets */
export const keyMissing = (path: string, key: string, keys: readonly string[]): PodvaultError =>
  new PodvaultError('vault-refused', `the secret ${path} has no key ${key}`, {
    hint: keys.length === 0 ? 'it is empty' : `it has: ${oneLine(keys.toSorted().join(', '))}`,
  })
