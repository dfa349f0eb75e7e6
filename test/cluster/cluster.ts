import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import type { Test } from 'tap'
import { connectApi } from './api.ts'
import type { Api } from './api.ts'
import { vaultClient } from './vault-client.ts'
import type { Vault } from './vault-client.ts'
import { kubectl, namespaceOf } from './namespace.ts'
import type { Namespace } from './namespace.ts'
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
