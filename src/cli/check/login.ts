// What Vault gives this pod: a token, and what it may do with it. Reads no secret, and ends the token.
import { readFileSync } from 'node:fs'
import type { Clock } from '../../agent/agent.ts'
import { whoOf } from '../../agent/identity.ts'
import { readMounted } from '../../agent/mounted.ts'
import { loginRefused, whatToDo, wordsOf } from '../../agent/refusal.ts'
import type { Request } from '../../agent/requests.ts'
import { wantedOf } from '../../agent/wanted.ts'
import { grantOf } from '../../agent/ways.ts'
import type { AgentConfig } from '../../contract.ts'
import { PodvaultError, sentence } from '../../errors.ts'
import { type Check, isRecord, listOf, member, objectWith, text } from '../../shape.ts'
import { type Bearer, guessedMount, lookUpMount, requestPath, revokeToken } from '../../vault/api.ts'
import { type Vault, vaultAt } from '../../vault/client.ts'
import { understand } from '../../vault/responses.ts'
import type { Failure } from '../../vault/retry.ts'
import { noRole } from './dry-run.ts'
import { type Finding, found, ok } from './table.ts'

/** For each question. Milliseconds. */
export const patience = 10_000

/** What looking takes. */
export type Look = { readonly config: AgentConfig; readonly clock: Clock; readonly signal: AbortSignal }

/** Logs in as the pod would, and asks what the token may do with each path. */
export const loggedIn = async (look: Look): Promise<readonly Finding[]> => {
  const { config } = look
  const { auth } = config
  if ('role' in auth && auth.role === noRole) return []
  // Each of these tries may be the only one there is.
  if (auth.method === 'approle')
    return [
      found(
        'vault-login',
        'unknown',
        'not tried: a secret id may be good for one login only',
        'the log of podvault-login tells',
      ),
    ]
  const vault = vaultAt(config.vault)
  return askedBy(look, vault)
    .catch((error: unknown) => [asFinding('vault-login', error)])
    .finally(() => vault.rest())
}

const askedBy = async ({ config, clock, signal }: Look, vault: Vault): Promise<readonly Finding[]> => {
  const { auth } = config
  const outcome = await grantOf({ config, vault, clock, signal }, patience)
  if (outcome.kind !== 'ok') return [loginRefusedBy(config, outcome)]
  const { token, seconds } = outcome.value
  const login = ok('vault-login', `logs in as ${whoOf(auth)}, for ${seconds} s${accountOf(config)}`)
  const paths = pathFindings(config, vault, { token, signal, timeout: patience }).catch((error: unknown) => [
    asFinding('vault-paths', error),
  ])
  const ended = paths.finally(async () => (auth.method === 'token-file' ? undefined : revokeToken(vault, token, 5000)))
  return [login, ...(await ended)]
}

const asFinding = (check: Finding['check'], error: unknown): Finding =>
  error instanceof PodvaultError
    ? found(check, 'failure', error.message, error.hint)
    : found(check, 'failure', sentence(error))

const loginRefusedBy = (config: AgentConfig, outcome: Failure): Finding => {
  const { message, hint } = loginRefused(config, outcome)
  return found('vault-login', 'failure', message + accountOf(config), hint)
}

const audiences: Check<readonly string[]> = (value, at) =>
  Array.isArray(value) ? listOf(text)(value, at) : [text(value, at)]

const claims = objectWith({ sub: text }, { aud: audiences })

/** Who the token says it is for, and of whom; never the token. */
const accountOf = ({ auth }: AgentConfig): string => {
  if (auth.method !== 'kubernetes' && auth.method !== 'jwt') return ''
  try {
    const [, payload = ''] = readFileSync(auth.tokenFile, 'utf8').split('.')
    const { sub, aud = [] } = claims(JSON.parse(Buffer.from(payload, 'base64url').toString()), '')
    return ` (its token: ${sub}, audience ${aud.join(' and ')})`
  } catch {
    return ''
  }
}

type Asked = { readonly request: Request; readonly paths: readonly string[]; readonly needed: readonly string[] }

/** What the token may do with each path that the secrets files name; nothing is read. */
const pathFindings = async (config: AgentConfig, vault: Vault, bearer: Bearer): Promise<readonly Finding[]> => {
  const requests = [...wantedOf(config, await readMounted(config)).requests.values()]
  if (requests.length === 0) return [ok('vault-paths', 'it asks for no path')]
  const asked = await Promise.all(
    requests.map(async request => askedOf(request, await mountOf(vault, bearer, request))),
  )
  const paths = asked.flatMap(each => each.paths)
  const body = { paths }
  const answer = await vault.request({ method: 'POST', path: 'sys/capabilities-self', body, ...bearer })
  const outcome = understand(answer, given => capabilitiesIn(given, paths))
  if (outcome.kind !== 'ok')
    return [
      found(
        'vault-paths',
        'unknown',
        `Vault does not say what the token may: ${wordsOf(outcome)}`,
        'let the role have the policy default, or look into the log of podvault-login',
      ),
    ]
  const { value } = outcome
  const denied = asked.filter(
    ({ paths: each, needed }) => !each.some(path => needed.some(capability => value.get(path)?.includes(capability))),
  )
  if (denied.length === 0) return [ok('vault-paths', `may use each of ${asked.length} paths`)]
  return denied.map(({ request, paths: [path = request.path], needed: [capability = ''] }) => ({
    ...found('vault-paths', 'failure', `may not ${capability} ${path}`, policyFor(request, path)),
    objects: [path],
  }))
}

const policyFor = (request: Request, path: string): string =>
  whatToDo({ ...request, path, kv: 'v1' }, undefined, { kind: 'status', status: 403, errors: [] })

const mountOf = async (vault: Vault, bearer: Bearer, { path, method, kv }: Request) => {
  if (method !== 'GET' || kv === 'v1') return undefined
  const outcome = await lookUpMount(vault, bearer, path)
  return outcome.kind === 'ok' ? outcome.value : kv === 'v2' ? guessedMount(path) : 'unknown'
}

const askedOf = (request: Request, mount: Awaited<ReturnType<typeof mountOf>>): Asked => ({
  request,
  // Where Vault does not say which engine it is, either spelling will do.
  paths:
    mount === 'unknown'
      ? [requestPath(request, guessedMount(request.path)), request.path]
      : [requestPath(request, mount)],
  needed: [...(request.method === 'GET' ? ['read'] : ['update', 'create']), 'root'],
})

const capabilitiesIn = (body: unknown, paths: readonly string[]): ReadonlyMap<string, readonly string[]> => {
  const data = isRecord(body) ? (member(body, 'data') ?? body) : {}
  return new Map(paths.map(path => [path, listOf(text)(isRecord(data) ? member(data, path) : undefined, path)]))
}
