import { readFileSync } from 'node:fs'
import type { Test } from 'tap'
import { forever, shell } from './apps.ts'
import type { Cluster } from './cluster.ts'
import type { Namespace } from './namespace.ts'
import { webhookAddress } from './place.ts'
import { certs } from './webhook.ts'

const here = () => ({ url: `${webhookAddress}/mutate`, caBundle: readFileSync(`${certs}/ca.crt`, 'base64') })

/** What vault-k8s's chart makes, pointed at podvault; only the namespaces with the label, because other tests have pods, too. */
export const injectorConfiguration = (
  name: string,
  label: Readonly<Record<string, string>>,
  clientConfig: object = here(),
) => ({
  metadata: { name },
  webhooks: [
    {
      name: 'vault.hashicorp.com',
      failurePolicy: 'Ignore',
      matchPolicy: 'Exact',
      sideEffects: 'None',
      timeoutSeconds: 30,
      admissionReviewVersions: ['v1', 'v1beta1'],
      clientConfig,
      rules: [{ operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] }],
      objectSelector: {
        matchExpressions: [{ key: 'app.kubernetes.io/name', operator: 'NotIn', values: ['vault-agent-injector'] }],
      },
      namespaceSelector: { matchLabels: label },
    },
  ],
})

export const configurations = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations'

/** A namespace whose role is as people make it for vault-k8s: without an audience. @param more of the policy */
export const namespaceFor = async (
  t: Test,
  cluster: Cluster,
  label: Readonly<Record<string, string>>,
  data: Readonly<Record<string, unknown>>,
  more: (name: string) => string = () => '',
): Promise<{ readonly namespace: Namespace; readonly path: string }> => {
  const namespace = await cluster.namespace(t, { labels: label })
  const path = `secret/data/${namespace.name}`
  await cluster.vault.write(`sys/policies/acl/${namespace.name}`, {
    policy: `path "${path}" { capabilities = ["read"] } ${more(namespace.name)}`,
  })
  await cluster.vault.write(`auth/kubernetes/role/${namespace.name}`, {
    bound_service_account_names: 'default',
    bound_service_account_namespaces: namespace.name,
    token_policies: namespace.name,
    token_ttl: '10m',
  })
  await cluster.vault.write(path, { data })
  return { namespace, path }
}

/** A pod in the language of vault-k8s, whose app waits for the file `db`. */
export const vaultK8sPod = (
  name: string,
  namespace: Namespace,
  settings: Readonly<Record<string, string>>,
  others: Readonly<Record<string, string>> = {},
) => ({
  name,
  annotations: {
    'vault.hashicorp.com/agent-inject': 'true',
    'vault.hashicorp.com/role': namespace.name,
    ...Object.fromEntries(Object.entries(settings).map(([key, text]) => [`vault.hashicorp.com/${key}`, text])),
    ...others,
  },
  containers: [shell(`until cat /vault/secrets/db; do sleep 0.2; done; echo; ${forever}`)],
})
