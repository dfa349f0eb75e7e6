// Every way in: from what the pod has to a token of Vault.
import type { AppRoleAuth, CertAuth, ServiceAccountAuth, UserpassAuth } from '../contract.ts'
import { ask, inspectToken, logIn, type Options, revokeToken } from '../vault/api.ts'
import type { Grant, Outcome } from '../vault/responses.ts'
import type { Failure, Step } from '../vault/retry.ts'
import type { Agent } from './agent.ts'
import { contentOf, credential } from './credential.ts'
import { secretIdOf } from './secret-id.ts'
import { parseUserpass } from './userpass.ts'

type Few = Pick<Agent, 'config' | 'vault' | 'clock' | 'signal'>
type Granted = Promise<Outcome<Grant>>

/**
 * One attempt.
 * @param timeout milliseconds for all of it
 * @throws PodvaultError where a file is of no use, or a wrapping token may have been stolen
 */
export const grantOf = async (agent: Few, timeout?: number): Granted => {
  const { config, vault, clock, signal } = agent
  const { auth } = config
  const end = timeout === undefined ? undefined : clock.now() + timeout
  const options = (): Options => ({ signal, ...(end !== undefined && { timeout: Math.max(1, end - clock.now()) }) })
  switch (auth.method) {
    case 'kubernetes':
    case 'jwt':
      return byAccount(agent, auth, options)
    case 'approle':
      return byAppRole(agent, auth, options)
    case 'cert':
      return byCertificate(agent, auth, options)
    case 'token-file':
      return inspectToken(vault, { token: credential(auth.tokenFile, 'the token'), ...options() })
    case 'userpass':
      return byPassword(agent, auth, options)
  }
}

const byAccount = async (agent: Few, auth: ServiceAccountAuth, options: () => Options): Granted => {
  const { path, role, tokenFile, approle } = auth
  const jwt = credential(tokenFile, 'the service account token')
  const granted = await logIn(agent.vault, `auth/${path}/login`, { role, jwt }, options())
  return approle === undefined || granted.kind !== 'ok'
    ? granted
    : handOver(agent, granted.value.token, approle, options)
}

/** The pod ends in two seconds whether Vault answers or not. */
export const farewell = 1500

/** The first token is made for two requests, the third ends it; a secret id is made for one login, and made anew for each. */
const handOver = async (
  { vault }: Few,
  token: string,
  { path, role: name }: NonNullable<ServiceAccountAuth['approle']>,
  options: () => Options,
): Granted => {
  const [role, login] = [`auth/${path}/role/${name}`, `auth/${path}/login`]
  const [get, make] = [
    { method: 'GET', path: `${role}/role-id` },
    { method: 'POST', path: `${role}/secret-id` },
  ] as const
  try {
    const roleId = await ask(vault, { token, ...options() }, get, 'role_id')
    if (roleId.kind !== 'ok') return at({ path: get.path, capability: 'read', role }, roleId)
    const secretId = await ask(vault, { token, ...options() }, make, 'secret_id')
    if (secretId.kind !== 'ok') return at({ path: make.path, capability: 'update', role }, secretId)
    const credentials = { role_id: roleId.value, secret_id: secretId.value }
    const granted = await logIn(vault, login, credentials, options())
    return granted.kind === 'ok' ? granted : at({ path: login, capability: 'update', role }, granted)
  } finally {
    // It may have no use left; then it has ended already.
    await revokeToken(vault, token, farewell)
  }
}

const at = (step: Step, failure: Failure): Failure => (failure.kind === 'status' ? { ...failure, at: step } : failure)

const byAppRole = async (agent: Few, auth: AppRoleAuth, options: () => Options): Granted => {
  const role_id = credential(auth.roleIdFile, 'the role id')
  const secretId = await secretIdOf(agent, auth, options)
  if (secretId.kind !== 'ok') return secretId
  const credentials = { role_id, ...(secretId.value !== undefined && { secret_id: secretId.value }) }
  return logIn(agent.vault, `auth/${auth.path}/login`, credentials, options())
}

/** The connection shows it; whether it is there is told here, as of every other file. */
const byCertificate = async ({ config, vault }: Few, { path, role }: CertAuth, options: () => Options): Granted => {
  const { certFile, keyFile } = config.vault
  if (certFile !== undefined) contentOf(certFile, 'the certificate')
  if (keyFile !== undefined) contentOf(keyFile, 'the key of the certificate')
  return logIn(vault, `auth/${path}/login`, role === undefined ? {} : { name: role }, options())
}

const byPassword = async ({ vault }: Few, { path, loginFile }: UserpassAuth, options: () => Options): Granted => {
  const { username, password } = parseUserpass(contentOf(loginFile, 'the login file'), loginFile)
  return logIn(vault, `auth/${path}/login/${username}`, { password }, options())
}
