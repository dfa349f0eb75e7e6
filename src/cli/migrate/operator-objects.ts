// What the Vault Secrets Operator's objects say, as far as it matters to a pod: https://developer.hashicorp.com/vault/docs/deploy/kubernetes/vso/api-reference
import { isRecord, member } from '../../shape.ts'
import type { WantedSecret } from './suggestion.ts'

export type Spec = Readonly<Record<string, unknown>>

/** An object of the group secrets.hashicorp.com. */
export type OperatorObject = {
  readonly kind: string
  readonly namespace: string
  readonly name: string
  readonly spec: Spec
}

export const group = 'secrets.hashicorp.com'

/** The operator's objects among documents, those of Lists included. */
export const operatorObjects = (documents: readonly unknown[], namespace: string): readonly OperatorObject[] =>
  documents.flatMap((document): readonly OperatorObject[] => {
    if (!isRecord(document)) return []
    const { apiVersion, kind, items, metadata, spec } = document
    if (Array.isArray(items)) return operatorObjects(items, namespace)
    if (typeof apiVersion !== 'string' || !apiVersion.startsWith(`${group}/`) || typeof kind !== 'string') return []
    const given = isRecord(metadata) ? metadata : {}
    return [
      {
        kind,
        namespace: textOf(given, 'namespace') ?? namespace,
        name: textOf(given, 'name') ?? '',
        spec: isRecord(spec) ? spec : {},
      },
    ]
  })

export const textOf = (spec: Spec, key: string): string | undefined => {
  const value = member(spec, key)
  return typeof value === 'string' && value !== '' ? value : undefined
}
export const numberOf = (spec: Spec, key: string): number | undefined => {
  const value = member(spec, key)
  return typeof value === 'number' ? value : undefined
}
export const recordOf = (spec: Spec, key: string): Spec => {
  const value = member(spec, key)
  return isRecord(value) ? value : {}
}
export const listOf = (spec: Spec, key: string): readonly Spec[] => {
  const value = member(spec, key)
  return Array.isArray(value) ? value.filter(isRecord) : []
}

/** A Secret that the operator fills, and the request that podvault makes in its place. */
export type Synced = {
  readonly object: OperatorObject
  /** Name of the Secret. */
  readonly secret: string
  readonly request: Pick<WantedSecret, 'path' | 'method' | 'params' | 'kv' | 'version'>
  /** Files of a certificate, in the place of one for each key. */
  readonly isCertificate: boolean
  readonly restarts: readonly { readonly kind: string; readonly name: string }[]
  readonly byHand: readonly string[]
}

type Read = (spec: Spec) => Pick<Synced, 'request'>

const pathOf = (spec: Spec, ...parts: readonly string[]): string =>
  parts
    .map(part => textOf(spec, part) ?? part)
    .join('/')
    .replaceAll(/\/{2,}/g, '/')

const kinds: Readonly<Record<string, { readonly read: Read; readonly fields: readonly string[] }>> = {
  VaultStaticSecret: {
    fields: ['mount', 'path', 'type', 'version', 'refreshAfter', 'hmacSecretData', 'syncConfig', 'namespace'],
    read: spec => {
      const version = numberOf(spec, 'version')
      return {
        request: {
          path: pathOf(spec, 'mount', 'path'),
          kv: textOf(spec, 'type') === 'kv-v1' ? 'v1' : 'v2',
          ...(version !== undefined && version > 0 && { version }),
        },
      }
    },
  },
  VaultDynamicSecret: {
    fields: [
      'mount',
      'path',
      'requestHTTPMethod',
      'params',
      'renewalPercent',
      'revoke',
      'allowStaticCreds',
      'refreshAfter',
      'namespace',
    ],
    read: spec => {
      const params = recordOf(spec, 'params')
      const method = textOf(spec, 'requestHTTPMethod')
      const sends = Object.keys(params).length > 0
      return {
        request: {
          path: pathOf(spec, 'mount', 'path'),
          ...(sends ? { params } : method !== undefined && method !== 'GET' && { method }),
        },
      }
    },
  },
  VaultPKISecret: {
    fields: [
      'mount',
      'role',
      'commonName',
      'altNames',
      'ipSans',
      'uriSans',
      'otherSans',
      'ttl',
      'expiryOffset',
      'revoke',
      'clear',
      'namespace',
    ],
    read: spec => {
      const lists = { alt_names: 'altNames', ip_sans: 'ipSans', uri_sans: 'uriSans', other_sans: 'otherSans' }
      const params = {
        common_name: textOf(spec, 'commonName'),
        ttl: textOf(spec, 'ttl'),
        ...Object.fromEntries(Object.entries(lists).map(([to, from]) => [to, commas(member(spec, from))])),
      }
      const given = Object.fromEntries(Object.entries(params).filter(([, value]) => value !== undefined))
      return { request: { path: pathOf(spec, 'mount', 'issue', 'role'), params: given } }
    },
  },
}

const commas = (value: unknown): string | undefined =>
  Array.isArray(value) && value.length > 0 ? value.join(',') : undefined

const common = ['vaultAuthRef', 'destination', 'rolloutRestartTargets']

/** What an object that makes a Secret wants of Vault; undefined where it makes none. */
export const syncedOf = (object: OperatorObject): Synced | undefined => {
  const { kind, spec } = object
  const known = Object.hasOwn(kinds, kind) ? kinds[kind] : undefined
  if (known === undefined) return undefined
  const destination = recordOf(spec, 'destination')
  const fields = [...common, ...known.fields]
  const unknown = Object.keys(spec).filter(field => !fields.includes(field))
  return {
    object,
    ...known.read(spec),
    secret: textOf(destination, 'name') ?? '',
    isCertificate: kind === 'VaultPKISecret',
    restarts: listOf(spec, 'rolloutRestartTargets').map(target => ({
      kind: textOf(target, 'kind') ?? '',
      name: textOf(target, 'name') ?? '',
    })),
    byHand: [
      ...unknown.map(field => `${titleOf(object)} has ${field}, which podvault does not translate`),
      ...(Object.hasOwn(destination, 'transformation')
        ? [
            `${titleOf(object)} transforms what it writes: write its templates as files of the secret, see docs/templates.md`,
          ]
        : []),
    ],
  }
}

export const titleOf = ({ kind, namespace, name }: Pick<OperatorObject, 'kind' | 'namespace' | 'name'>): string =>
  `${kind} ${namespace}/${name}`
