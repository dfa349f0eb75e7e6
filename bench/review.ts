import { readFileSync } from 'node:fs'
import { parse } from 'yaml'

type Annotations = Readonly<Record<string, string>>

/**
 * An AdmissionReview as the API server sends it for a pod of a Deployment, with its managed fields: about 5.5 KB.
 * @param instead annotations in the place of the example's
 */
export const deploymentReview = (instead?: Annotations): string => {
  const { metadata, spec } = parse(readFileSync('docs/example.yaml', 'utf8')).spec.template
  const annotations: Annotations = instead ?? metadata.annotations
  const object = {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: {
      ...metadata,
      annotations,
      generateName: 'web-6d4cf56db6-',
      labels: { ...metadata.labels, 'pod-template-hash': '6d4cf56db6' },
      ownerReferences: [owner],
      managedFields: [managed(annotations)],
    },
    spec: {
      ...spec,
      containers: spec.containers.map((container: { readonly env: readonly object[] }) => ({
        ...container,
        ...running,
        env: [...container.env, ...plainVariables],
      })),
      volumes: [serviceAccountVolume],
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 30,
      dnsPolicy: 'ClusterFirst',
      serviceAccount: spec.serviceAccountName,
      securityContext: {},
      schedulerName: 'default-scheduler',
      tolerations: ['not-ready', 'unreachable'].map(state => ({
        key: `node.kubernetes.io/${state}`,
        operator: 'Exists',
        effect: 'NoExecute',
        tolerationSeconds: 300,
      })),
      priority: 0,
      enableServiceLinks: true,
      preemptionPolicy: 'PreemptLowerPriority',
    },
    status: {},
  }
  const request = {
    uid: '8f5c1f6e-6a52-4f0e-9c39-6f0a2f4d8c11',
    kind: { group: '', version: 'v1', kind: 'Pod' },
    resource: { group: '', version: 'v1', resource: 'pods' },
    requestKind: { group: '', version: 'v1', kind: 'Pod' },
    requestResource: { group: '', version: 'v1', resource: 'pods' },
    namespace: 'default',
    operation: 'CREATE',
    userInfo: {
      username: 'system:serviceaccount:kube-system:replicaset-controller',
      uid: '0c1ad1c4-9c4e-4c38-9d0c-2a8a0a1e8d3b',
      groups: ['system:serviceaccounts', 'system:serviceaccounts:kube-system', 'system:authenticated'],
      extra: { 'authentication.kubernetes.io/credential-id': ['JTI=5b0e0f3a-3a51-4d3c-8a6e-0b0f5f9f2d1e'] },
    },
    object,
    oldObject: null,
    dryRun: false,
    options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1' },
  }
  return JSON.stringify({ kind: 'AdmissionReview', apiVersion: 'admission.k8s.io/v1', request })
}

const owner = {
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  name: 'web-6d4cf56db6',
  uid: 'b9d9f8a1-6e0a-4f0b-8f9e-1f2a3b4c5d6e',
  controller: true,
  blockOwnerDeletion: true,
}

/** What such a container carries besides: settings that are no secret. */
const plainVariables = Array.from({ length: 20 }, (_, index) => ({
  name: `SETTING_${index}`,
  value: `https://service-${index}.example.com/path`,
}))

const running = {
  resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '256Mi' } },
  ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
  readinessProbe: { httpGet: { path: '/ready', port: 'http', scheme: 'HTTP' }, timeoutSeconds: 1, periodSeconds: 10 },
  livenessProbe: { httpGet: { path: '/live', port: 'http', scheme: 'HTTP' }, timeoutSeconds: 1, periodSeconds: 10 },
  volumeMounts: [
    { name: 'kube-api-access-4xk9p', readOnly: true, mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' },
  ],
  terminationMessagePath: '/dev/termination-log',
  terminationMessagePolicy: 'File',
  imagePullPolicy: 'IfNotPresent',
}

const serviceAccountVolume = {
  name: 'kube-api-access-4xk9p',
  projected: {
    sources: [
      { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
      { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
      {
        downwardAPI: {
          items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
        },
      },
    ],
    defaultMode: 420,
  },
}

const managed = (annotations: object): object => ({
  manager: 'kube-controller-manager',
  operation: 'Update',
  apiVersion: 'v1',
  time: '2026-01-01T00:00:00Z',
  fieldsType: 'FieldsV1',
  fieldsV1: {
    'f:metadata': {
      'f:annotations': { '.': {}, ...Object.fromEntries(Object.keys(annotations).map(key => [`f:${key}`, {}])) },
      'f:generateName': {},
      'f:labels': { '.': {}, 'f:app': {}, 'f:pod-template-hash': {} },
      'f:ownerReferences': { '.': {}, [`k:{"uid":"${owner.uid}"}`]: {} },
    },
    'f:spec': {
      'f:containers': {
        'k:{"name":"web"}': {
          '.': {},
          ...Object.fromEntries(
            ['env', 'image', 'imagePullPolicy', 'livenessProbe', 'name', 'ports', 'readinessProbe', 'resources'].map(
              field => [
                `f:${field}`,
                { '.': {}, 'f:httpGet': { '.': {}, 'f:path': {}, 'f:port': {}, 'f:scheme': {} } },
              ],
            ),
          ),
        },
      },
      ...Object.fromEntries(
        ['dnsPolicy', 'enableServiceLinks', 'restartPolicy', 'schedulerName', 'securityContext', 'serviceAccount'].map(
          field => [`f:${field}`, {}],
        ),
      ),
    },
  },
})

const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index)

/** A secrets file of so many variables, two of each path, as teams write them. */
export const manyVariables = (count: number): Annotations => ({
  'podvault.dev/inject': 'true',
  'podvault.dev/role': 'web',
  'podvault.dev/secrets': numbers(count)
    .map(index => `VARIABLE_${index}=app/part-${Math.floor(index / 2)}#key-${index % 2}`)
    .join('\n'),
})

/** A pod of vault-k8s's with so many annotations: two that ask, then one secret after another and settings in between. */
export const manyVaultK8s = (count: number): Annotations => {
  const prefix = 'vault.hashicorp.com/'
  const settings: Annotations = {
    'agent-limits-cpu': '100m',
    'agent-limits-mem': '64Mi',
    'agent-requests-cpu': '10m',
    'agent-requests-mem': '32Mi',
    'log-level': 'info',
    namespace: 'team-a',
    'agent-pre-populate': 'true',
    'agent-init-first': 'true',
    'agent-run-as-user': '1001',
    'agent-run-as-group': '1001',
  }
  const secrets = numbers(count).map(
    index => [`agent-inject-secret-part-${index}`, `secret/data/app/${index}`] as const,
  )
  const entries = [
    ['agent-inject', 'true'] as const,
    ['role', 'web'] as const,
    ['agent-inject-secret-db', 'database/creds/web'] as const,
    ...Object.entries(settings).flatMap((setting, index) => [setting, secrets[index] ?? setting]),
    ...secrets.slice(Object.keys(settings).length),
  ]
  return Object.fromEntries(entries.slice(0, count).map(([key, value]) => [prefix + key, value]))
}

/** The example's pod with settings besides, until there are so many annotations. */
export const manySettings = (count: number): Annotations => {
  const settings: Annotations = {
    inject: 'true',
    role: 'web',
    secrets: 'DB_USER=app/db#username\nDB_PASSWORD=app/db#password',
    refresh: '1m',
    'renew-at': '0.5',
    revoke: 'true',
    path: '/run/secrets/app',
    containers: 'web',
    'init-containers': 'none',
    env: 'auto',
    'env-duplicates': 'error',
    token: 'file',
    renew: 'true',
    'on-change': 'http:POST http://127.0.0.1:8080/-/reload',
    auth: 'jwt',
    'auth-path': 'clusters/one',
    audience: 'vault',
    'token-ttl': '15m',
    'login-timeout': '1m',
    namespace: 'team-a',
    'ca-configmap': 'vault-ca',
    'tls-server-name': 'vault.internal',
    'run-as-user': '1001',
    'run-as-group': '1001',
    cpu: '10m',
    memory: '48Mi',
    'cpu-limit': '100m',
    'memory-limit': '96Mi',
    'native-sidecar': 'true',
    engine: 'podvault',
  }
  const entries = Object.entries(settings).slice(0, count)
  return Object.fromEntries(entries.map(([key, value]) => [`podvault.dev/${key}`, value]))
}
