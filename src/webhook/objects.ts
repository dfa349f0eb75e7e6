import { objectWith, record, text } from '../shape.ts'
import { ApiError, type ApiServer, jsonIn, jsonLines } from './api-server.ts'
import { type Lease, leaseOf, readLease } from './election.ts'
import {
  readRegistration,
  type Registration,
  type RegistrationKind,
  registrationKinds,
  registrationPath,
} from './registration.ts'
import type { Seen } from './tend.ts'
import type { SecretData } from './trust.ts'

/** What the objects are called: a Secret and the Lease of whoever tends it, in our own namespace, and both registrations. */
export type Names = { readonly namespace: string; readonly secret: string; readonly configuration: string }

/** Milliseconds that one answer may take. */
const patience = 5000

/** Bytes of one object: an object of Kubernetes has 1.5 MiB at most. */
const longest = 4 * 2 ** 20

const secretPath = ({ namespace, secret }: Names): string => `/api/v1/namespaces/${namespace}/secrets/${secret}`
const leasePath = ({ namespace, secret }: Names): string =>
  `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/${secret}`

type Call = readonly [method: 'GET' | 'PUT' | 'PATCH', path: string, body?: object, type?: string]

const call = async (api: ApiServer, [method, path, body, type]: Call): Promise<unknown> =>
  jsonIn(await api.ask(method, path, AbortSignal.timeout(patience), body, type), longest)

const unlessMissing = async <T>(answer: Promise<T>): Promise<T | undefined> =>
  answer.catch((error: unknown) => {
    if (error instanceof ApiError && error.status === 404) return undefined
    throw error
  })

/** @throws ApiError, AnswerError, ShapeError; Error when there is no answer. So do all below. */
export const seeLease = async (api: ApiServer, names: Names): Promise<Lease | undefined> => {
  const body = await unlessMissing(call(api, ['GET', leasePath(names)]))
  return body === undefined ? undefined : readLease(body)
}

/** Takes the Lease, or with an empty name gives it back; fails with a conflict where somebody else was faster. */
export const putLease = async (api: ApiServer, names: Names, me: string, before: Lease | undefined): Promise<Lease> =>
  readLease(await call(api, ['PUT', leasePath(names), leaseOf(names.secret, me, before, api.now())]))

export const see = async (api: ApiServer, names: Names): Promise<Seen> => {
  const [secret, registrations] = await Promise.all([seeSecret(api, names), seeRegistrations(api, names.configuration)])
  return { secret, registrations }
}

const secretShape = objectWith({ metadata: objectWith({ resourceVersion: text }, {}) }, { data: record })

const seeSecret = async (api: ApiServer, names: Names): Promise<Seen['secret']> => {
  const body = await unlessMissing(call(api, ['GET', secretPath(names)]))
  if (body === undefined) return undefined
  const { metadata, data = {} } = secretShape(body, 'Secret')
  return { version: metadata.resourceVersion, data }
}

/** Those of that name that there are. */
export const seeRegistrations = async (api: ApiServer, name: string): Promise<readonly Registration[]> => {
  const found = await Promise.all(
    registrationKinds.map(async kind => {
      const body = await unlessMissing(call(api, ['GET', `${registrationPath(kind)}/${name}`]))
      return body === undefined ? [] : [readRegistration(kind, body)]
    }),
  )
  return found.flat()
}

/**
 * Stores the Secret, as long as nobody else has since `version`. Other keys in it stay. A server-side apply, because it is
 * the one way to create an object that RBAC can allow by name; a manager of its own for each replica makes the second of
 * two that create it at a time fail.
 * @param version undefined where there is none yet
 */
export const putSecret = async (
  api: ApiServer,
  names: Names,
  me: string,
  data: SecretData,
  version: string | undefined,
): Promise<void> => {
  const { secret: name } = names
  const labels = { 'app.kubernetes.io/name': 'podvault' }
  const metadata = { name, labels, ...(version !== undefined && { resourceVersion: version }) }
  const body = { apiVersion: 'v1', kind: 'Secret', metadata, data }
  const query = `fieldManager=${encodeURIComponent(me)}&force=${version !== undefined}`
  await call(api, ['PATCH', `${secretPath(names)}?${query}`, body, 'application/apply-patch+yaml'])
}

/** Writes the caBundle of each of its webhooks, as long as nobody has changed the object since it was seen. */
export const putCaBundle = async (
  api: ApiServer,
  name: string,
  { kind, version, webhooks }: Registration,
  caBundle: string,
): Promise<void> => {
  const value = Buffer.from(caBundle).toString('base64')
  const patch = [
    { op: 'replace', path: '/metadata/resourceVersion', value: version },
    ...webhooks.map((_, index) => ({ op: 'add', path: `/webhooks/${index}/clientConfig/caBundle`, value })),
  ]
  const path = `${registrationPath(kind)}/${name}?fieldManager=podvault`
  await call(api, ['PATCH', path, patch, 'application/json-patch+json'])
}

/** Calls `changed` whenever a registration of that kind and name changes, until the API server ends the watch. */
export const watchRegistration = async (
  api: ApiServer,
  kind: RegistrationKind,
  name: string,
  stop: AbortSignal,
  changed: () => void,
): Promise<void> => {
  const seconds = 300
  const signal = AbortSignal.any([stop, AbortSignal.timeout((seconds + 15) * 1000)])
  const query = `watch=1&fieldSelector=metadata.name%3D${name}&timeoutSeconds=${seconds}`
  const response = await api.ask('GET', `${registrationPath(kind)}?${query}`, signal)
  for await (const _ of jsonLines(response, longest)) changed()
}
