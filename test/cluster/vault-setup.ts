import { readFileSync } from 'node:fs'
import type { Api } from './api.ts'
import { pki } from './certificates.ts'
import { superuser } from './postgres.ts'
import { apiServer, node } from './place.ts'
import type { Vault } from './vault-client.ts'

/**
 * Makes a Vault know this cluster's service accounts. The reviewer's token is needed: a pod's token, made for Vault alone,
 * may not ask the API server about itself, and the login would only say "permission denied".
 * @param host where Vault is to find the API server
 */
export const enableKubernetesAuth = async (api: Api, vault: Vault, host = apiServer): Promise<void> => {
  await vault.write('sys/auth/kubernetes', { type: 'kubernetes' })
  await nameReviewer(api, vault, host)
}

/** Also where somebody else has been named since. */
export const nameReviewer = async (api: Api, vault: Vault, host = apiServer): Promise<void> => {
  const { status } = await api.create<{ readonly status: { readonly token: string } }>(
    '/api/v1/namespaces/kube-system/serviceaccounts/vault-reviewer/token',
    { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} },
  )
  await vault.write('auth/kubernetes/config', {
    kubernetes_host: host,
    kubernetes_ca_cert: readFileSync(`${pki}/ca.crt`, 'utf8'),
    token_reviewer_jwt: status.token,
  })
}

/** The other ways in; `jwt` believes what the API server has signed without asking it. */
export const enableOtherLogins = async (vault: Vault): Promise<void> => {
  for (const type of ['approle', 'cert', 'userpass', 'jwt']) await vault.write(`sys/auth/${type}`, { type })
  await vault.write('auth/jwt/config', { jwt_validation_pubkeys: readFileSync(`${pki}/sa.pub`, 'utf8') })
}

/** Makes the service account that Vault asks the API server with. */
export const makeReviewer = async (api: Api): Promise<void> => {
  await api.create('/api/v1/namespaces/kube-system/serviceaccounts', { metadata: { name: 'vault-reviewer' } })
  await api.create('/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
    metadata: { name: 'vault-reviewer' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'system:auth-delegator' },
    subjects: [{ kind: 'ServiceAccount', name: 'vault-reviewer', namespace: 'kube-system' }],
  })
}

/** Mounts `secret/` (KV v2), `old/` (KV v1) and `database/`, which makes users in PostgreSQL. */
export const mountEngines = async (vault: Vault): Promise<void> => {
  await vault.write('sys/mounts/secret', { type: 'kv', options: { version: '2' } })
  await vault.write('sys/mounts/old', { type: 'kv', options: { version: '1' } })
  await vault.write('sys/mounts/database', { type: 'database' })
  await vault.write('database/config/postgres', {
    plugin_name: 'postgresql-database-plugin',
    allowed_roles: '*',
    connection_url: `postgresql://{{username}}:{{password}}@${node}:5432/postgres`,
    ...superuser,
  })
}
