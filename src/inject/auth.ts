import { type Auth, names } from '../contract.ts'
import type { AnnotationKey, Intent } from './annotations.ts'
import type { Mount, Pod, Volume } from './pod.ts'
import { quote } from './quote.ts'
import type { Problem } from './reasons.ts'
import { serviceAccountPath } from './wiring.ts'

type Method = Intent['auth']

/** Where the injected containers find what they log in with. */
export const authFolder = '/podvault/auth'
/** As `kubectl create secret tls` and vaultconf call them, and Vault's documentation. */
export const authFiles = {
  roleId: `${authFolder}/role-id`,
  secretId: `${authFolder}/secret-id`,
  wrapped: `${authFolder}/wrapped-secret-id`,
  certificate: `${authFolder}/tls.crt`,
  key: `${authFolder}/tls.key`,
  token: `${authFolder}/token`,
  login: `${authFolder}/login`,
} as const

/** Whether the pod logs in with its service account. */
export const usesAccount = (method: Method): boolean => method === 'kubernetes' || method === 'jwt'

/** The annotations that some methods have no use for, and those that have. */
const uses: Readonly<Partial<Record<AnnotationKey, (method: Method) => boolean>>> = {
  role: method => method !== 'token-file' && method !== 'userpass',
  'auth-path': method => method !== 'token-file',
  approle: usesAccount,
  'auth-secret': method => !usesAccount(method),
  'auth-volume': method => !usesAccount(method),
  audience: usesAccount,
  'token-ttl': usesAccount,
}

const bad = (message: string): Problem => ({ reason: 'bad-value', message })

/** A login that lacks something, or is told what it has no use for. @param given what the pod says itself */
export const authProblems = (
  intent: Intent,
  given: ReadonlySet<string>,
  pod: Pod,
  address: string | undefined,
): readonly Problem[] => {
  const method = intent.auth
  const idle = Object.entries(uses).filter(([key, isUsed]) => given.has(key) && !isUsed(method))
  return [
    ...idle.map(([key]) =>
      bad(`podvault.dev/${key} means nothing to podvault.dev/auth: ${method}; remove one of them`),
    ),
    ...(usesAccount(method) ? roleProblems(intent, given) : sourceProblems(intent, given, pod)),
    ...(method === 'cert' && address?.startsWith('http:') === true
      ? [
          bad(
            `podvault.dev/auth: cert needs TLS, and the address of Vault is ${address}; podvault.dev/address chooses another`,
          ),
        ]
      : []),
  ]
}

const roleProblems = (intent: Intent, given: ReadonlySet<string>): readonly Problem[] =>
  intent.role === undefined && !given.has('role')
    ? [
        {
          reason: 'missing-setting',
          message: "podvault.dev/role is missing; set it to the Vault role of the pod's service account",
        },
      ]
    : []

const sourceProblems = (intent: Intent, given: ReadonlySet<string>, pod: Pod): readonly Problem[] => {
  const [secret, volume] = [intent['auth-secret'], intent['auth-volume']]
  if (secret !== undefined && volume !== undefined)
    return [bad('podvault.dev/auth-secret and podvault.dev/auth-volume exclude each other; keep one')]
  if (secret === undefined && volume === undefined)
    return given.has('auth-secret') || given.has('auth-volume')
      ? []
      : [
          {
            reason: 'missing-setting',
            message: `podvault.dev/auth: ${intent.auth} needs podvault.dev/auth-secret or podvault.dev/auth-volume, with what to log in with`,
          },
        ]
  const volumes = (pod.spec?.volumes ?? []).map(({ name }) => name)
  if (volume === undefined || volumes.includes(volume)) return []
  const there = volumes.length === 0 ? 'none' : quote(volumes.join(', '), 200)
  return [bad(`podvault.dev/auth-volume is ${quote(volume)}; the volumes of the pod are: ${there}`)]
}

/** What the agent is told. A role that is needed and missing has been refused. */
export const authOf = (intent: Intent, tokenFile: string): Auth => {
  const { auth: method, role, approle } = intent
  const path = intent['auth-path'] ?? method
  switch (method) {
    case 'kubernetes':
    case 'jwt':
      return {
        method,
        path,
        role: role ?? '',
        tokenFile,
        ...(approle !== undefined && { approle: appRoleOf(approle) }),
      }
    case 'approle':
      return {
        method,
        path,
        roleIdFile: authFiles.roleId,
        secretIdFile: authFiles.secretId,
        wrappedFile: authFiles.wrapped,
        ...(role !== undefined && { creationPath: `auth/${path}/role/${role}/secret-id` }),
      }
    case 'cert':
      return { method, path, ...(role !== undefined && { role }) }
    case 'token-file':
      return { method, tokenFile: authFiles.token }
    case 'userpass':
      return { method, path, loginFile: authFiles.login }
  }
}

const appRoleOf = (approle: string): { readonly path: string; readonly role: string } => {
  const end = approle.lastIndexOf('/')
  return end === -1 ? { path: 'approle', role: approle } : { path: approle.slice(0, end), role: approle.slice(end + 1) }
}

/** The Secret with what to log in with; a volume of the pod's own is there already. */
export const authVolumes = (intent: Intent): readonly Volume[] => {
  const secretName = intent['auth-secret']
  return secretName === undefined || usesAccount(intent.auth)
    ? []
    : [{ name: names.authVolume, secret: { secretName } }]
}

export const authMounts = (intent: Intent): readonly Mount[] => {
  const name = intent['auth-secret'] === undefined ? intent['auth-volume'] : names.authVolume
  if (name === undefined || usesAccount(intent.auth)) return []
  // The second one keeps the API server's token out, as folders.token does where there is one for Vault.
  return [authFolder, serviceAccountPath].map(mountPath => ({ name, mountPath, readOnly: true }))
}
