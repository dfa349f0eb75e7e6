// An installation of vault-k8s by its chart, with podvault's image in the place of its own and nothing else changed.
import { writeFileSync } from 'node:fs'
import t from 'tap'
import type { Pod } from '../../src/inject/pod.ts'
import { forever, shell } from './apps.ts'
import { connect } from './cluster.ts'
import { isReady } from './namespace.ts'
import { run, vaultAddress } from './place.ts'
import { serveService } from './service.ts'
import { injectorConfiguration } from './vault-k8s-pods.ts'
import { otherOperator } from './webhook.ts'

const cluster = connect()
const label = 'install-vault-k8s.test'
const home = 'hashicorp'
const name = 'hashi-vault-agent-injector'
const labels = { 'app.kubernetes.io/name': 'vault-agent-injector', component: 'webhook' }

const metadata = { name, namespace: home, labels }
const probe = {
  httpGet: { path: '/health/ready', port: 8080, scheme: 'HTTPS' },
  failureThreshold: 2,
  initialDelaySeconds: 5,
  periodSeconds: 2,
  successThreshold: 1,
  timeoutSeconds: 5,
}

const variables: Readonly<Record<string, string>> = {
  AGENT_INJECT_LISTEN: ':8080',
  AGENT_INJECT_LOG_LEVEL: 'info',
  AGENT_INJECT_VAULT_ADDR: vaultAddress,
  AGENT_INJECT_VAULT_AUTH_PATH: 'auth/kubernetes',
  AGENT_INJECT_VAULT_IMAGE: 'hashicorp/vault:2.0.4',
  AGENT_INJECT_TLS_AUTO: `${name}-cfg`,
  AGENT_INJECT_TLS_AUTO_HOSTS: `${name}-svc,${name}-svc.${home},${name}-svc.${home}.svc`,
  AGENT_INJECT_LOG_FORMAT: 'standard',
  AGENT_INJECT_REVOKE_ON_SHUTDOWN: 'false',
  AGENT_INJECT_CPU_REQUEST: '250m',
  AGENT_INJECT_CPU_LIMIT: '500m',
  AGENT_INJECT_MEM_REQUEST: '64Mi',
  AGENT_INJECT_MEM_LIMIT: '128Mi',
  AGENT_INJECT_DEFAULT_TEMPLATE: 'map',
  AGENT_INJECT_TEMPLATE_CONFIG_EXIT_ON_RETRY_FAILURE: 'true',
}

const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata,
  spec: {
    replicas: 1,
    selector: { matchLabels: labels },
    template: {
      metadata: { labels },
      spec: {
        serviceAccountName: name,
        securityContext: { runAsNonRoot: true, runAsGroup: 1000, runAsUser: 100, fsGroup: 1000 },
        containers: [
          {
            name: 'sidecar-injector',
            image: 'localhost/podvault:dev',
            imagePullPolicy: 'IfNotPresent',
            securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
            env: [
              ...Object.entries(variables).map(([variable, value]) => ({ name: variable, value })),
              { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
            ],
            args: ['agent-inject', '2>&1'],
            livenessProbe: probe,
            readinessProbe: probe,
            startupProbe: { ...probe, failureThreshold: 12, periodSeconds: 5 },
          },
        ],
      },
    },
  },
}

const rbac = 'rbac.authorization.k8s.io'
const installation = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: home } },
  { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
  {
    apiVersion: `${rbac}/v1`,
    kind: 'ClusterRole',
    metadata: { name: `${name}-clusterrole` },
    rules: [
      {
        apiGroups: ['admissionregistration.k8s.io'],
        resources: ['mutatingwebhookconfigurations'],
        verbs: ['get', 'list', 'watch', 'patch'],
      },
    ],
  },
  {
    apiVersion: `${rbac}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name: `${name}-binding` },
    roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: `${name}-clusterrole` },
    subjects: [{ kind: 'ServiceAccount', name, namespace: home }],
  },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { ...metadata, name: `${name}-svc` },
    spec: { ports: [{ name: 'https', port: 443, targetPort: 8080 }], selector: labels },
  },
  deployment,
  {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    ...injectorConfiguration(
      `${name}-cfg`,
      { [label]: 'here' },
      { service: { name: `${name}-svc`, namespace: home, path: '/mutate' }, caBundle: '' },
    ),
  },
]

t.test("vault-k8s's Deployment comes up with podvault's image, registers itself and injects", async t => {
  const file = `${run}/vault-k8s.json`
  writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: installation }))
  await cluster.kubectl('apply', '-f', file)
  t.teardown(async () => {
    await cluster.kubectl('delete', '-f', file, '--timeout=60s')
  })
  await cluster.kubectl('-n', home, 'rollout', 'status', `deployment/${name}`, '--timeout=120s')
  await serveService(t, cluster.api, home, `${name}-svc`)

  const namespace = await cluster.namespace(t, { labels: { [label]: 'here', [otherOperator]: 'vault-k8s' } })
  const path = `secret/data/${namespace.name}`
  const policy = `path "${path}" { capabilities = ["read"] }`
  await cluster.vault.write(`sys/policies/acl/${namespace.name}`, { policy })
  await cluster.vault.write(`auth/kubernetes/role/${namespace.name}`, {
    bound_service_account_names: 'default',
    bound_service_account_namespaces: namespace.name,
    token_policies: namespace.name,
  })
  await cluster.vault.write(path, { data: { password: 'as-before' } })
  const annotations = { 'agent-inject': 'true', role: namespace.name, 'agent-inject-secret-db': path }
  const created: Pod = await namespace.create({
    name: 'app',
    annotations: Object.fromEntries(
      Object.entries(annotations).map(([key, value]) => [`vault.hashicorp.com/${key}`, value]),
    ),
    containers: [shell(`cat /vault/secrets/db; echo; ${forever}`)],
  })
  t.match(created.spec?.initContainers, [{ name: 'vault-agent-init', image: 'localhost/podvault:dev' }])
  t.ok(await namespace.line('app', 'app', /password:as-before/))
  await namespace.until('app', 'a pod that is ready', isReady)
})
