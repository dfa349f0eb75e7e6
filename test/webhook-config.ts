import { readdirSync, readFileSync } from 'node:fs'
import { PassThrough, Readable } from 'node:stream'
import type {
  V1ClusterRole,
  V1Deployment,
  V1MutatingWebhookConfiguration,
  V1Namespace,
  V1Service,
} from '@kubernetes/client-node'
import t from 'tap'
import { parse, parseAllDocuments } from 'yaml'
import { readConfig } from '../src/webhook/config.ts'
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
      sideEffects: 'None',
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
      /'podvault.dev\/inject' in object.metadata.annotations/,
      /!\('kubernetes.io\/config.mirror' in /,
    ])
    // `in` on a map that is not there is an error, which under Fail would reject the pod.
    t.ok(conditions.every(expression => /^!?has\(object.metadata.annotations\) (&&|\|\|) /.test(expression)))
  },
)

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
  const config = readConfig(settingFlags(parseFlags(known, flags) ?? known), {})
  t.equal(config.listen.port, container?.ports?.find(({ name }) => name === 'https')?.containerPort)
  t.equal(config.metricsListen?.port, container?.ports?.find(({ name }) => name === 'metrics')?.containerPort)
  t.equal(config.settings.image, container?.image, 'pods get the image of the webhook')
  const mounted = container?.volumeMounts?.[0]?.mountPath
  t.same(config.certificateFiles, { certFile: `${mounted}/tls.crt`, keyFile: `${mounted}/tls.key` })
  t.equal(pod?.volumes?.[0]?.secret?.secretName, 'podvault-tls')
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

t.test('it may ask the API server its version and nothing else', async t => {
  const rules = parseAllDocuments(read('rbac'))
    .map(document => document.toJS() as V1ClusterRole)
    .flatMap(role => role.rules ?? [])
  t.same(rules, [{ nonResourceURLs: ['/version'], verbs: ['get'] }])
})
