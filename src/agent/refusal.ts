// PURE: what a person reads when Vault gives nothing. Names roles, paths and keys; never a value or a token.
import type { AgentConfig } from '../contract.ts'
import { PodvaultError } from '../errors.ts'
import { loginHint, whoOf } from './identity.ts'
import { requestPath } from '../vault/api.ts'
import type { Request } from './requests.ts'
import { type Mount, oneLine } from '../vault/responses.ts'
import { type Failure, passes, type Step } from '../vault/retry.ts'

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
    `Vault at ${vault.address} gave ${what} for ${whoOf(auth)} within ${loginTimeout} s; the last error was: ${wordsOf(failure)}`,
    { hint: hintOf(failure) },
  )

const hintOf = (failure: Failure): string => {
  if (failure.kind === 'status') return 'see the log of the Vault server'
  if (/PEM routines|key values mismatch/.test(failure.reason))
    return 'check the certificate that podvault shows, and its key: both in PEM, the one belongs to the other'
  return /certificate/i.test(failure.reason)
    ? 'name the CA of Vault with podvault.dev/ca-configmap, or its name with podvault.dev/tls-server-name'
    : 'check the address, and that the network lets this pod reach it'
}

const elsewhere = (config: AgentConfig, reason: string): PodvaultError =>
  new PodvaultError('vault-refused', `Vault at ${config.vault.address} cannot be used: ${reason}`, {
    hint: 'set podvault.dev/address to the address that answers itself, or let the operator allow that one (allow.addresses)',
  })

export const loginRefused = (config: AgentConfig, failure: Failure): PodvaultError => {
  if (failure.kind === 'redirect') return elsewhere(config, failure.reason)
  if (passes(failure)) return unreachable(config, 'no login', failure)
  const { auth, vault } = config
  const step = 'at' in failure ? failure.at : undefined
  const refused =
    step !== undefined
      ? `to ${step.capability} ${step.path} for ${whoOf(auth)}`
      : auth.method === 'token-file'
        ? whoOf(auth)
        : `the login as ${whoOf(auth)} at auth/${auth.path}`
  return new PodvaultError('vault-refused', `Vault at ${vault.address} refused ${refused}: ${wordsOf(failure)}`, {
    hint: step === undefined ? loginHint(config) : stepHint(step, failure),
  })
}

const stepHint = ({ path, capability, role }: Step, failure: Failure): string =>
  failure.kind === 'status' && failure.status === 403 && path.startsWith(role)
    ? `give the role a policy with: path "${path}" { capabilities = ["${capability}"] }`
    : `check that the AppRole exists and admits this pod (vault read ${role})`

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
    `Vault at ${config.vault.address} refused to ${method === 'GET' ? 'read' : 'write'} ${path} for ${whoOf(config.auth)}: ${wordsOf(failure)}`,
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
