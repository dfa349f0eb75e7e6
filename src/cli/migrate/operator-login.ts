import type { Texts } from '../../inject/settings.ts'
import { listOf, numberOf, type OperatorObject, recordOf, type Spec, textOf, titleOf } from './operator-objects.ts'

/** How the operator logs in for an object, as podvault's annotations; and what of it is left to somebody. */
export type OperatorLogin = { readonly texts: Texts; readonly byHand: readonly string[] }

const defined = (texts: Readonly<Record<string, string | undefined>>): Texts =>
  Object.fromEntries(Object.entries(texts).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])))

/** @param address the operator's own, which no pod has to name */
export const loginOf = (
  { spec, namespace, ...object }: OperatorObject,
  objects: readonly OperatorObject[],
  account: string,
  address: string | undefined,
): OperatorLogin => {
  const find = (kind: string, ref: string | undefined, from: string): OperatorObject | undefined => {
    const [first = '', second] = (ref ?? 'default').split('/')
    const [place, name] = second === undefined ? [from, first] : [first, second]
    return objects.find(
      each => each.kind === kind && each.name === name && (each.namespace === place || ref === undefined),
    )
  }
  const auth = find('VaultAuth', textOf(spec, 'vaultAuthRef'), namespace)
  if (auth === undefined) {
    const wanted = textOf(spec, 'vaultAuthRef') ?? 'default'
    return {
      texts: {},
      byHand: [
        `${titleOf({ namespace, ...object })} logs in by VaultAuth ${wanted}, which is not among what is read: set podvault.dev/role, and auth-path where it is not kubernetes`,
      ],
    }
  }
  const connection = find('VaultConnection', textOf(auth.spec, 'vaultConnectionRef'), auth.namespace)
  const method = methodOf(auth, account)
  const connected = connection === undefined ? { texts: {}, byHand: [] } : connectionOf(connection, address)
  const place = textOf(spec, 'namespace') ?? textOf(auth.spec, 'namespace')
  return {
    texts: { ...method.texts, ...defined({ namespace: place }), ...connected.texts },
    byHand: [...method.byHand, ...connected.byHand],
  }
}

const methodOf = (auth: OperatorObject, account: string): OperatorLogin => {
  const { spec } = auth
  const method = textOf(spec, 'method') ?? 'kubernetes'
  const mount = textOf(spec, 'mount')
  const byHand = Object.hasOwn(spec, 'vaultAuthGlobalRef')
    ? [`${titleOf(auth)} takes defaults from a VaultAuthGlobal: they are not translated`]
    : []
  if (method === 'kubernetes' || method === 'jwt') {
    const said = recordOf(spec, method)
    const login = serviceAccountLogin(auth, said, account)
    const texts = defined({ ...login.texts, 'auth-path': mount === method ? undefined : mount })
    return { texts: { ...(method === 'jwt' && { auth: 'jwt' }), ...texts }, byHand: [...byHand, ...login.byHand] }
  }
  if (method === 'appRole')
    return {
      texts: defined({
        auth: 'approle',
        'auth-path': mount === 'approle' ? undefined : mount,
        'auth-secret': textOf(recordOf(spec, 'appRole'), 'secretRef'),
      }),
      byHand: [
        ...byHand,
        `${titleOf(auth)} is an AppRole: its Secret needs the keys role-id and secret-id, see docs/auth.md`,
      ],
    }
  return {
    texts: {},
    byHand: [
      ...byHand,
      `${titleOf(auth)} logs in by ${method}: podvault's agent does not, see docs/auth.md for what it does`,
    ],
  }
}

const serviceAccountLogin = (auth: OperatorObject, said: Spec, account: string): OperatorLogin => {
  const { audiences } = said
  const audience: unknown = Array.isArray(audiences) ? audiences[0] : undefined
  const seconds = numberOf(said, 'tokenExpirationSeconds')
  const other = textOf(said, 'serviceAccount')
  const role = textOf(said, 'role')
  return {
    texts: defined({
      role,
      audience: typeof audience === 'string' ? audience : undefined,
      'token-ttl': seconds === undefined ? undefined : `${seconds}s`,
    }),
    byHand:
      other === undefined || other === account
        ? []
        : [
            `${titleOf(auth)} logs in as the service account ${other}, a pod as its own: bind the Vault role ${role ?? ''} to ${account}`,
          ],
  }
}

const connectionOf = (connection: OperatorObject, own: string | undefined): OperatorLogin => {
  const { spec } = connection
  const address = textOf(spec, 'address')?.replace(/\/+$/, '')
  const isOwn = address === own?.replace(/\/+$/, '')
  const headers = Object.keys(recordOf(spec, 'headers')).length + listOf(spec, 'headers').length
  return {
    texts: defined({
      address: isOwn ? undefined : address,
      'ca-secret': textOf(spec, 'caCertSecretRef'),
      'tls-server-name': textOf(spec, 'tlsServerName'),
      'tls-skip-verify': spec['skipTLSVerify'] === true ? 'true' : undefined,
      'client-timeout': textOf(spec, 'timeout'),
    }),
    byHand: headers > 0 ? [`${titleOf(connection)} sends headers, which podvault does not`] : [],
  }
}
