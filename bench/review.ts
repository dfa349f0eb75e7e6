import { readFileSync } from 'node:fs'
import { parse } from 'yaml'

/** An AdmissionReview as the API server sends it for a pod of a Deployment, with its managed fields: about 5.5 KB. */
export const deploymentReview = (): string => {
  const { metadata, spec } = parse(readFileSync('docs/example.yaml', 'utf8')).spec.template
  const object = {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: {
      ...metadata,
      generateName: 'web-6d4cf56db6-',
      labels: { ...metadata.labels, 'pod-template-hash': '6d4cf56db6' },
      ownerReferences: [owner],
      managedFields: [managed(metadata.annotations)],
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
