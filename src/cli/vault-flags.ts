// Where Vault is and how to log in to it, for the commands that are run by hand or by an app's own entry point. The names
// are those of vaultenv, and of Vault's own command line.
import type { AgentConfig } from '../contract.ts'
import { PodvaultError } from '../errors.ts'
import { address, flag, mountPath, text, word } from '../inject/kinds.ts'
import { type FlagSetting, type Level, readLevel } from './layered-flags.ts'

const setting = <T>(parts: FlagSetting<T>): FlagSetting<T> => parts

const file = { allowed: 'a file', read: (path: string): string => path }

const port = {
  allowed: 'a number from 1 to 65535',
  read: (value: string): number | undefined =>
    /^[1-9]\d{0,4}$/.test(value) && Number(value) <= 65535 ? Number(value) : undefined,
}

/** A name or an address; or what people give instead, a whole URL. */
const host = {
  allowed: 'the name of a host, as vault.example.com, or its URL',
  read: (value: string): string | undefined =>
    /^(?:[\w.-]+|\[[0-9a-fA-F:.]+\])$/.test(value) ? value : address.read(value),
}

export const vaultFlags = {
  addr: setting({
    ...address,
    argument: 'url',
    env: ['VAULT_ADDR'],
    doc: 'where Vault is; https://localhost:8200 when nothing is said',
  }),
  host: setting({ ...host, argument: 'host', env: ['VAULT_HOST'], doc: 'its host, in the place of --addr' }),
  port: setting({ ...port, argument: 'port', env: ['VAULT_PORT'], doc: 'its port, in the place of --addr' }),
  'connect-tls': setting({ ...flag, env: ['VAULTENV_CONNECT_TLS'], doc: 'speak TLS, in the place of --addr' }),
  'validate-certs': setting({ ...flag, env: ['VAULTENV_VALIDATE_CERTS'], doc: "believe only Vault's own certificate" }),
  'ca-file': setting({ ...file, argument: 'file', env: ['VAULT_CACERT'], doc: 'certificates to believe, in PEM' }),
  'tls-server-name': setting({
    ...word('vault.internal'),
    argument: 'name',
    env: ['VAULT_TLS_SERVER_NAME'],
    doc: 'the name in its certificate',
  }),
  namespace: setting({
    ...word('team-a'),
    argument: 'namespace',
    env: ['VAULT_NAMESPACE'],
    doc: "Vault's namespace",
  }),
  token: setting({
    allowed: 'a token without blanks',
    read: value => (/^[\x21-\x7e]+$/.test(value.trim()) ? value.trim() : undefined),
    argument: 'token',
    env: ['VAULT_TOKEN'],
    secret: true,
    doc: 'the token to use; others see it on a command line, so rather give the variable, or log in with `vault login`',
  }),
  'kubernetes-role': setting({
    ...word('web'),
    argument: 'role',
    env: ['VAULTENV_KUBERNETES_ROLE'],
    doc: 'log in with a service account token, as this role',
  }),
  'kubernetes-token-file': setting({
    ...file,
    argument: 'file',
    env: ['VAULTENV_KUBERNETES_TOKEN_FILE'],
    doc: "the service account token, where not the pod's own",
  }),
  'github-token': setting({
    ...text,
    argument: 'token',
    env: ['VAULTENV_GITHUB_TOKEN'],
    secret: true,
    doc: 'log in with a token of GitHub',
  }),
  'auth-backend': setting({
    ...mountPath('kubernetes'),
    argument: 'path',
    env: ['VAULT_AUTH_BACKEND'],
    doc: 'where the method is mounted; kubernetes or github when nothing is said',
  }),
} as const

export type Login =
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'kubernetes'; readonly path: string; readonly role: string; readonly tokenFile: string }
  | { readonly kind: 'github'; readonly path: string; readonly token: string }

export type Access = { readonly connection: AgentConfig['vault']; readonly login: Login }

type Given = ReturnType<typeof readLevel<typeof vaultFlags>>

/**
 * @param levels from what beats to what is beaten
 * @param fallback the token that `vault login` has left, where there is one
 * @throws PodvaultError `usage`
 */
export const accessOf = (levels: readonly Level[], fallback: string | undefined): Access => {
  const given = levels.map(level => readLevel(vaultFlags, level))
  const merged: Given = Object.assign({}, ...given.toReversed())
  return { connection: connectionOf(given.map(placeOf), merged), login: loginOf(given, merged, fallback) }
}

type Place = { readonly host?: string; readonly port?: number; readonly tls?: boolean }

/** What one level says of Vault's address. @throws PodvaultError where it contradicts itself */
const placeOf = ({ addr, host: named, port: number, 'connect-tls': tls }: Given): Place => {
  const url = named?.includes('://') === true ? named : undefined
  const parts = [addr, url].filter(each => each !== undefined).map(partsOf)
  const own: Place = {
    ...(named !== undefined && url === undefined && { host: named }),
    ...(number !== undefined && { port: number }),
    ...(tls !== undefined && { tls }),
  }
  const all = [...parts, own]
  const contradicts = (key: keyof Place) =>
    new Set(all.map(each => each[key]).filter(each => each !== undefined)).size > 1
  const said = (['host', 'port', 'tls'] as const).find(contradicts)
  if (said !== undefined)
    throw new PodvaultError('usage', `addr and ${said === 'tls' ? 'connect-tls' : said} say different things`, {
      hint: 'give the one or the other, as flags or as variables',
    })
  return Object.assign({}, ...all) as Place
}

const partsOf = (url: string): Place => {
  const { protocol, hostname, port: number } = new URL(url)
  const tls = protocol === 'https:'
  return { host: hostname, port: number === '' ? (tls ? 443 : 80) : Number(number), tls }
}

const connectionOf = (places: readonly Place[], given: Given): AgentConfig['vault'] => {
  const place: Place = Object.assign({}, ...places.toReversed())
  const { host: name = 'localhost', port: number = 8200, tls = true } = place
  return {
    address: new URL(`${tls ? 'https' : 'http'}://${name}:${number}`).origin,
    ...(given.namespace !== undefined && { namespace: given.namespace }),
    ...(given['ca-file'] !== undefined && { caFile: given['ca-file'] }),
    ...(given['tls-server-name'] !== undefined && { tlsServerName: given['tls-server-name'] }),
    ...(given['validate-certs'] === false && { tlsSkipVerify: true }),
  }
}

const podsToken = '/var/run/secrets/kubernetes.io/serviceaccount/token'

/** The first level that says how: a role on the command line beats a token of the environment. */
const loginOf = (given: readonly Given[], merged: Given, fallback: string | undefined): Login => {
  const level = given.find(each => (each.token ?? each['kubernetes-role'] ?? each['github-token']) !== undefined)
  const {
    token = level === undefined ? fallback : undefined,
    'kubernetes-role': role,
    'github-token': github,
  } = level ?? {}
  const path = merged['auth-backend']
  if (token !== undefined) return { kind: 'token', token }
  if (role !== undefined)
    return {
      kind: 'kubernetes',
      path: path ?? 'kubernetes',
      role,
      tokenFile: merged['kubernetes-token-file'] ?? podsToken,
    }
  if (github !== undefined) return { kind: 'github', path: path ?? 'github', token: github }
  throw new PodvaultError('usage', 'nothing says how to log in to Vault', {
    hint: 'set VAULT_TOKEN, run `vault login`, or name a --kubernetes-role',
  })
}
