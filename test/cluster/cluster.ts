import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import type { Test } from 'tap'
import type { Pod } from '../../src/inject/pod.ts'
import { ApiError, connectApi } from './api.ts'
import type { Api } from './api.ts'
import { vaultClient } from './vault-client.ts'
import type { Vault } from './vault-client.ts'
import { eventually } from './eventually.ts'
import { node, vaultAddress } from './place.ts'
import { superuser } from './postgres.ts'

/** The running cluster, as tests use it. Tests run side by side: each takes a namespace of its own. */
export type Cluster = {
  readonly api: Api
  readonly vault: Vault
  readonly kubectl: (...args: readonly string[]) => Promise<string>
  /** Runs a statement in PostgreSQL, as the superuser unless told, and gives its rows as text. */
  readonly sql: (statement: string, user?: Credentials) => Promise<string>
  /** A role of the database engine that makes users who may log in. */
  readonly databaseRole: (name: string, ttls: Ttls, vault?: Vault) => Promise<void>
  /** A namespace and, with a policy, a Vault role of the same name for its `default` service account; removed with the test. */
  readonly namespace: (t: Test, options?: NamespaceOptions) => Promise<Namespace>
  readonly makeNamespace: (name: string, options?: NamespaceOptions) => Promise<Namespace>
}

export type Credentials = { readonly username: string; readonly password: string }

type Ttls = { readonly default_ttl: string; readonly max_ttl: string }

type NamespaceOptions = {
  /** What the role may do, in Vault's policy language. */
  readonly policy?: string
  readonly labels?: Readonly<Record<string, string>>
  /** Another Vault than the cluster's own. */
  readonly vault?: Vault
}

export type Namespace = {
  readonly name: string
  readonly path: string
  readonly create: (pod: PodSpec) => Promise<Pod>
  /** Waits until the pod is as wanted; fails with the pod's last status. */
  readonly until: (pod: string, what: string, done: (pod: Pod) => boolean, seconds?: number) => Promise<Pod>
  /** Waits until a line of the container's log matches, and gives the match. */
  readonly line: (pod: string, container: string, pattern: RegExp, seconds?: number) => Promise<RegExpExecArray>
  readonly logs: (pod: string, container: string) => Promise<string>
  readonly exec: (pod: string, container: string, ...command: readonly string[]) => Promise<string>
  readonly remove: (pod: string) => Promise<void>
  /** Waits until a removed pod has ended. */
  readonly gone: (pod: string) => Promise<void>
}

/** A pod as tests write it: what is not said is left to the API server. */
export type PodSpec = {
  readonly name: string
  readonly annotations?: Readonly<Record<string, string>>
  readonly containers: readonly object[]
  readonly [field: string]: unknown
}

/** For programs and tests that run inside `npm run test:cluster`. */
export const connect = (): Cluster => {
  const token = process.env['VAULT_TOKEN']
  if (token === undefined) throw new Error('there is no cluster here: run this with `npm run test:cluster -- COMMAND`')
  const api = connectApi()
  const vault = vaultClient(vaultAddress, token)
  const makeNamespace: Cluster['makeNamespace'] = async (name, options = {}) => {
    await createNamespace(api, name, options.labels ?? {})
    if (options.policy !== undefined) await makeRole(options.vault ?? vault, name, options.policy)
    return namespaceOf(api, name)
  }
  return {
    api,
    vault,
    kubectl,
    sql,
    makeNamespace,
    namespace: async (t, options) => {
      const namespace = await makeNamespace(`t-${randomBytes(4).toString('hex')}`, options)
      t.teardown(async () => api.remove(namespace.path))
      return namespace
    },
    databaseRole: async (name, ttls, server = vault) => {
      await server.write(`database/roles/${name}`, { db_name: 'postgres', creation_statements: createUser, ...ttls })
    },
  }
}

const createUser = [`CREATE ROLE "{{name}}" LOGIN PASSWORD '{{password}}' VALID UNTIL '{{expiration}}'`]

const sql = async (statement: string, user: Credentials = superuser): Promise<string> => {
  const env = { ...process.env, PGUSER: user.username, PGPASSWORD: user.password, PGHOST: node, PGDATABASE: 'postgres' }
  return (await promisify(execFile)('psql', ['-XAtc', statement], { env })).stdout.trim()
}

const kubectl = async (...args: readonly string[]): Promise<string> =>
  (await promisify(execFile)('kubectl', args, { maxBuffer: 64 * 2 ** 20 })).stdout

const createNamespace = async (api: Api, name: string, labels: Readonly<Record<string, string>>): Promise<void> => {
  await api.create('/api/v1/namespaces', { metadata: { name, labels } })
  // Pods are refused until the controller has made the service account.
  const accounts = `/api/v1/namespaces/${name}/serviceaccounts?watch=1&fieldSelector=metadata.name=default`
  await api.follow(accounts, 'a service account', () => true)
}

const makeRole = async (vault: Vault, name: string, policy: string): Promise<void> => {
  await vault.write(`sys/policies/acl/${name}`, { policy })
  await vault.write(`auth/kubernetes/role/${name}`, {
    bound_service_account_names: 'default',
    bound_service_account_namespaces: name,
    audience: 'vault',
    token_policies: name,
    token_ttl: '10m',
  })
}

const namespaceOf = (api: Api, name: string): Namespace => {
  const path = `/api/v1/namespaces/${name}`
  const log = (pod: string, container: string, more = '') => `${path}/pods/${pod}/log?container=${container}${more}`
  const namespace: Namespace = {
    name,
    path,
    create: async spec => api.create(`${path}/pods`, manifest(spec)),
    until: async (pod, what, done, seconds) =>
      api.follow(
        `${path}/pods?watch=1&fieldSelector=metadata.name=${pod}`,
        `${what} (pod ${pod})`,
        line => {
          const { object } = JSON.parse(line) as { readonly object: Pod }
          return done(object) ? object : undefined
        },
        seconds,
      ),
    line: async (pod, container, pattern, seconds) => {
      await namespace.until(pod, `a start of ${container}`, object => hasStarted(object, container))
      return api.follow(
        log(pod, container, '&follow=1'),
        `${String(pattern)} in the log of ${pod}/${container}`,
        line => pattern.exec(line) ?? undefined,
        seconds,
      )
    },
    logs: async (pod, container) => api.text(log(pod, container)),
    exec: async (pod, container, ...command) => kubectl('-n', name, 'exec', pod, '-c', container, '--', ...command),
    remove: async pod => api.remove(`${path}/pods/${pod}`),
    gone: async pod =>
      eventually(`pod ${pod} has ended`, 30, async () => api.get(`${path}/pods/${pod}`).then(no, isNotFound)),
  }
  return namespace
}

/** A container's log can be read from then on. */
const hasStarted = ({ status }: Pod, container: string): boolean =>
  [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])].some(
    ({ name, state, lastState }) =>
      name === container && (state?.running ?? state?.terminated ?? lastState?.terminated) !== undefined,
  )

const no = () => false
const isNotFound = (error: unknown) => error instanceof ApiError && error.status === 404

/** The pod's object. Pods end within two seconds, so that tests do. */
export const manifest = ({ name, annotations, ...spec }: PodSpec): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, ...(annotations === undefined ? {} : { annotations }) },
  spec: { terminationGracePeriodSeconds: 5, ...spec },
})

export const isRunning = (pod: Pod): boolean => pod.status?.phase === 'Running'

export const isReady = (pod: Pod): boolean =>
  pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false

export const hasSucceeded = (pod: Pod): boolean => pod.status?.phase === 'Succeeded'
