// Logs in and reads, once: what `podvault login` does for a pod, for the commands that run beside it.
import { readFileSync } from 'node:fs'
import { answered } from '../agent/answers.ts'
import { keyMissing, whatToDo, wordsOf } from '../agent/refusal.ts'
import { eachOf, isMissing, readerOf } from '../agent/read.ts'
import type { ShownToken, Value, Values } from '../agent/values.ts'
import type { Request } from '../agent/requests.ts'
import { askersOf, isOptional, requiredKeys, type Wanted } from '../agent/wanted.ts'
import type { AgentConfig } from '../contract.ts'
import { PodvaultError, sentence } from '../errors.ts'
import { member } from '../shape.ts'
import type { Vault } from '../vault/client.ts'
import { grantOf, type Outcome, type Secret, understand } from '../vault/responses.ts'
import { type Failure, passes } from '../vault/retry.ts'
import { type Patience, persist } from './persist.ts'
import type { Login } from './vault-flags.ts'

/** What asking Vault takes. */
export type Asker = {
  readonly vault: Vault
  readonly patience: Patience
  /** How many requests may be under way at once. */
  readonly width: number
  readonly signal: AbortSignal
}

/** A given token is taken as it is, without asking. @throws PodvaultError */
export const tokenOf = async ({ vault, patience, signal }: Asker, login: Login): Promise<ShownToken> => {
  if (login.kind === 'token') return { value: login.token, accessor: '', renewable: false, seconds: 0 }
  const body = login.kind === 'github' ? { token: login.token } : { role: login.role, jwt: jwtOf(login.tokenFile) }
  const path = `auth/${login.path}/login`
  const outcome = await persist(patience, async () =>
    understand(await vault.request({ method: 'POST', path, body, signal }), answer => grantOf(answer, '')),
  )
  if (outcome.kind !== 'ok') throw refused(vault, `to log in at auth/${login.path}`, outcome, hintOf(login))
  const { token, accessor, renewable, seconds } = outcome.value
  return { value: token, accessor, renewable, seconds }
}

const hintOf = (login: Login): string =>
  login.kind === 'kubernetes'
    ? `check that the role admits this service account and the audience of its token (vault read auth/${login.path}/role/${login.role})`
    : 'check the token, and what the method makes of it'

const jwtOf = (path: string): string => {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch (cause) {
    throw new PodvaultError('usage', `the service account token cannot be read: ${sentence(cause)}`, {
      hint: 'name its file with --kubernetes-token-file',
      cause,
    })
  }
}

/**
 * Everything that is wanted, each request once; the first refusal ends the others.
 * @param config of those who make files, too: then also what their templates ask for
 * @throws PodvaultError
 */
export const readAll = async (asker: Asker, wanted: Wanted, token: string, config?: AgentConfig): Promise<Values> => {
  const { vault, patience, width } = asker
  const reader = readerOf(vault)
  const failed = new AbortController()
  const signal = AbortSignal.any([asker.signal, failed.signal])
  const ask = async (
    request: Request,
    asking: Wanted,
  ): Promise<{ readonly id: string; readonly value: Value | null }> => {
    const { id } = request
    const outcome = await persist(patience, () => reader.read({ token, signal }, request))
    if (outcome.kind === 'ok') return { id, value: checked(asking, request, outcome) }
    if (isMissing(outcome) && isOptional(askersOf(asking, id))) return { id, value: null }
    const what = `to ${request.method === 'GET' ? 'read' : 'write'} ${request.path}`
    throw refused(vault, what, outcome, whatToDo(request, reader.mountOf(request), outcome))
  }
  const reads =
    config === undefined
      ? eachOf([...wanted.requests.values()], request => ask(request, wanted), width)
      : answered({ wanted, held: [] }, { config, signal, width, ask }).then(({ held }) => held)
  return new Map((await reads.finally(() => failed.abort())).map(({ id, value }) => [id, value]))
}

const checked = (
  wanted: Wanted,
  { id, path }: Request,
  { value }: Outcome<Secret> & { readonly kind: 'ok' },
): Value => {
  const needed = askersOf(wanted, id).flatMap(requiredKeys)
  const missing = needed.find(key => member(value.data, key) === undefined)
  if (missing !== undefined) throw keyMissing(path, missing, Object.keys(value.data))
  return value
}

const refused = ({ address }: Vault, what: string, failure: Failure, hint: string): PodvaultError => {
  const words = wordsOf(failure)
  if (!passes(failure))
    return new PodvaultError('vault-refused', `Vault at ${address} refused ${what}: ${words}`, { hint })
  return new PodvaultError('vault-unreachable', `Vault at ${address} gave no answer when asked ${what}: ${words}`, {
    hint: 'check the address (VAULT_ADDR or --addr), its certificate, and that the network lets you reach it',
  })
}
