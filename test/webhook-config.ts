import { readdirSync, readFileSync } from 'node:fs'
import { PassThrough, Readable } from 'node:stream'
import type {
  V1ClusterRole,
  V1ConfigMap,
  V1Deployment,
  V1MutatingWebhookConfiguration,
  V1Namespace,
  V1Service,
  V1ValidatingWebhookConfiguration,
} from '@kubernetes/client-node'
import t from 'tap'
import { parse, parseAllDocuments } from 'yaml'
import { secretsFileLabel } from '../src/inject/files.ts'
import { readConfig } from '../src/webhook/config.ts'
import { emptyConfigFile, parseConfigFile } from '../src/webhook/config-file.ts'
import { commandLine, parseFlags, settingFlags, withSettings } from '../src/webhook/flags.ts'
import { webhookHosts } from '../src/webhook/make-certificates.ts'
import { serverSettings, type SettingName } from '../src/webhook/server-settings.ts'

const folder = 'webhook-config'
const read = (name: string): string => readFileSync(`${folder}/${name}.yaml`, 'utf8')

const namespace: V1Namespace = parse(read('namespace'))
const deployment: V1Deployment = parse(read('deployment'))
const service: V1Service = parse(read('service'))
const configuration: V1MutatingWebhookConfiguration = parse(read('mutatingwebhookconfiguration'))
const [webhook] = configuration.webhooks ?? []
const validating: V1ValidatingWebhookConfiguration = parse(read('validatingwebhookconfiguration'))
const [validator] = validating.webhooks ?? []
const operators: V1ConfigMap = parse(read('configmap'))
const pod = deployment.spec?.template.spec
const [container] = pod?.containers ?? []

t.test('every file is YAML, and kustomize applies each of them', async t => {
  const files = readdirSync(folder).filter(name => name.endsWith('.yaml'))
  for (const file of files)
    for (const document of parseAllDocuments(readFileSync(`${folder}/${file}`, 'utf8')))
      t.same(document.errors, [], file)
  const { resources } = parse(read('kustomization'))
  t.same(new Set([...resources, 'kustomization.yaml']), new Set(files))
})

t.test(
  'annotated pods alone are reviewed, once more where others change them, and never let through unseen',
  async t => {
    t.equal(configuration.metadata?.name, 'podvault')
    t.equal(configuration.webhooks?.length, 1)
    t.match(webhook, {
      name: 'pods.podvault.dev',
      rules: [
        { apiGroups: [''], apiVersions: ['v1'], resources: ['pods'], operations: ['CREATE'], scope: 'Namespaced' },
      ],
      failurePolicy: 'Fail',
      timeoutSeconds: 5,
      sideEffects: 'NoneOnDryRun',
      matchPolicy: 'Equivalent',
      reinvocationPolicy: 'IfNeeded',
      admissionReviewVersions: ['v1'],
    })
    t.same(webhook?.namespaceSelector?.matchExpressions, [
      {
        key: 'kubernetes.io/metadata.name',
        operator: 'NotIn',
        values: ['kube-system', 'kube-public', namespace.metadata?.name],
      },
    ])
    const conditions = (webhook?.matchConditions ?? []).map(({ expression }) => expression)
    t.match(conditions, [
      /\('podvault.dev\/inject' in object.metadata.annotations \|\| 'vault.hashicorp.com\/agent-inject' in object/,
      /!\('kubernetes.io\/config.mirror' in /,
    ])
    // `in` on a map that is not there is an error, which under Fail would reject the pod.
    t.ok(conditions.every(expression => /^!?has\(object.metadata.annotations\) (&&|\|\|) /.test(expression)))
  },
)

t.test('labelled ConfigMaps alone are checked, and written all the same while podvault is away', async t => {
  t.equal(validating.metadata?.name, 'podvault')
  t.equal(validating.webhooks?.length, 1)
  t.match(validator, {
    name: 'configmaps.podvault.dev',
    rules: [
      {
        apiGroups: [''],
        apiVersions: ['v1'],
        resources: ['configmaps'],
        operations: ['CREATE', 'UPDATE'],
        scope: 'Namespaced',
      },
    ],
    objectSelector: { matchLabels: { [secretsFileLabel]: 'true' } },
    failurePolicy: 'Ignore',
    timeoutSeconds: 5,
    sideEffects: 'None',
    matchPolicy: 'Equivalent',
    admissionReviewVersions: ['v1'],
  })
  t.same(validator?.namespaceSelector, webhook?.namespaceSelector)
  t.match(validator?.clientConfig, {
    caBundle: webhook?.clientConfig.caBundle,
    service: {
      name: service.metadata?.name,
      namespace: namespace.metadata?.name,
      path: '/validate',
      port: service.spec?.ports?.[0]?.port,
    },
  })
})

t.test("the operator's file is one that podvault takes, and says no more than where Vault is", async t => {
  const file = operators.data?.['config.yaml'] ?? ''
  const server = { 'vault-address': 'https://vault.vault.svc:8200' }
  t.same(parseConfigFile(file, 'config.yaml'), { ...emptyConfigFile, server })
  t.match(file, /^allow:/m)
})

t.test('the API server finds the webhook under a name of its certificate', async t => {
  const target = webhook?.clientConfig.service
  t.match(target, {
    name: service.metadata?.name,
    namespace: namespace.metadata?.name,
    path: '/mutate',
    port: service.spec?.ports?.[0]?.port,
  })
  t.ok(webhookHosts(target?.namespace ?? '', []).includes(`${target?.name}.${target?.namespace}.svc`))
  t.same(service.spec?.selector, deployment.spec?.template.metadata?.labels)
  t.same(deployment.spec?.selector.matchLabels, deployment.spec?.template.metadata?.labels)
  t.equal(service.spec?.ports?.[0]?.targetPort, container?.ports?.[0]?.name)
})

t.test('the server is started with flags that it knows', async t => {
  const [command, ...flags] = container?.args ?? []
  t.equal(command, 'webhook')
  t.equal(container?.command, undefined, 'the image starts podvault itself')
  const stop = new AbortController().signal
  const io = { env: {}, stdin: Readable.from([]), stdout: new PassThrough(), stderr: new PassThrough(), stop }
  const known = withSettings(commandLine(io, 'webhook', '', ''), Object.keys(serverSettings) as readonly SettingName[])
  const given = settingFlags(parseFlags(known, flags) ?? known)
  const mount = container?.volumeMounts?.[0]
  const volume = pod?.volumes?.find(({ name }) => name === mount?.name)
  const [configMap, secret] = volume?.projected?.sources ?? []
  t.equal(configMap?.configMap?.name, operators.metadata?.name)
  t.equal(secret?.secret?.name, 'podvault-tls')
  t.equal(mount?.subPath, undefined, 'the kubelet does not renew it')
  t.equal(given.config, `${mount?.mountPath}/config.yaml`)
  const dir = t.testdir(operators.data ?? {})
  const config = readConfig({ ...given, config: `${dir}/config.yaml` }, {})
  t.equal(config.listen.port, container?.ports?.find(({ name }) => name === 'https')?.containerPort)
  t.equal(config.metricsListen?.port, container?.ports?.find(({ name }) => name === 'metrics')?.containerPort)
  t.equal(config.settings.image, container?.image, 'pods get the image of the webhook')
  t.same(
    config.certificateFiles,
    Object.fromEntries(
      ['certFile', 'keyFile'].map((name, at) => [name, `${mount?.mountPath}/${secret?.secret?.items?.[at]?.path}`]),
    ),
  )
  t.same(
    secret?.secret?.items?.map(({ key, path }) => `${key} ${path}`),
    ['tls.crt tls/tls.crt', 'tls.key tls/tls.key'],
  )
})

t.test('the webhook itself is restricted, doubled and replaced without a gap', async t => {
  t.equal(namespace.metadata?.labels?.['pod-security.kubernetes.io/enforce'], 'restricted')
  t.match(pod?.securityContext, { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: 'RuntimeDefault' } })
  t.match(container?.securityContext, {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  })
  t.match(deployment.spec, { replicas: 2, strategy: { rollingUpdate: { maxUnavailable: 0 } } })
  t.match(container?.readinessProbe?.httpGet, { path: '/readyz', scheme: 'HTTPS' })
  t.match(container?.livenessProbe?.httpGet, { path: '/livez', scheme: 'HTTPS' })
  t.ok(Number(container?.lifecycle?.preStop?.sleep?.seconds) > 0)
  t.match(container?.resources, { requests: { cpu: String, memory: String }, limits: { memory: String } })
})

t.test('it may do what it does, by name where there is one, and nothing else', async t => {
  const rulesOf = (kind: string) =>
    parseAllDocuments(read('rbac'))
      .map(document => document.toJS() as V1ClusterRole)
      .filter(role => role.kind === kind)
      .flatMap(role => role.rules ?? [])
  const registrations = ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations']
  const names = [serverSettings['webhook-configuration'].default]
  t.same(rulesOf('ClusterRole'), [
    { nonResourceURLs: ['/version'], verbs: ['get'] },
    { apiGroups: [''], resources: ['configmaps'], verbs: ['list', 'watch'] },
    { apiGroups: [''], resources: ['events'], verbs: ['create'] },
    {
      apiGroups: ['admissionregistration.k8s.io'],
      resources: registrations,
      resourceNames: names,
      verbs: ['get', 'watch', 'patch'],
    },
  ])
  const resourceNames = [serverSettings['ca-secret'].default]
  t.same(rulesOf('Role'), [
    { apiGroups: [''], resources: ['secrets'], resourceNames, verbs: ['get', 'create', 'patch'] },
    { apiGroups: ['coordination.k8s.io'], resources: ['leases'], resourceNames, verbs: ['get', 'create', 'update'] },
  ])
})
