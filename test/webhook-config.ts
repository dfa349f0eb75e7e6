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
import { failureReasons } from '../src/agent/log-events.ts'
import { agentMetrics } from '../src/agent/metrics.ts'
import { requestResults } from '../src/agent/tally.ts'
import { readChart, renderChart, type Values } from '../src/cli/chart.ts'
import { inOrder } from '../src/cli/install.ts'
import { secretsFileLabel } from '../src/inject/files.ts'
import { version as podvaultVersion } from '../src/version.ts'
import { type AllowRule, allowRules } from '../src/webhook/allow.ts'
import { readConfig } from '../src/webhook/config.ts'
import { emptyConfigFile, parseConfigFile } from '../src/webhook/config-file.ts'
import { commandLine, parseFlags, settingFlags, withSettings } from '../src/webhook/flags.ts'
import { webhookHosts } from '../src/webhook/make-certificates.ts'
import { reasons } from '../src/inject/reasons.ts'
import { eventResults } from '../src/webhook/events.ts'
import { createMetrics } from '../src/webhook/metrics.ts'
import { serverSettings, type SettingName } from '../src/webhook/server-settings.ts'
import { alertsOf, queriesOf, ruleGroups } from './cluster/rules.ts'
import { gauges } from './fixtures/gauges.ts'
import { matchesGolden } from './fixtures/golden.ts'

const folder = 'webhook-config'
const read = (name: string): string => readFileSync(`${folder}/${name}.yaml`, 'utf8')

const chart = readChart(`${folder}/chart`)
const textOf = (path: string): string => chart.get(path) ?? ''
const schema = JSON.parse(textOf('values.schema.json'))

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

t.test('the manifests for kustomize are those of the chart, and kustomize applies each of them', async t => {
  const rendered = inOrder(renderChart(chart, 'podvault', { createNamespace: true }))
  for (const { name, text } of rendered) {
    matchesGolden(t, `${folder}/${name}`, text)
    for (const { errors } of parseAllDocuments(text)) t.same(errors, [], name)
  }
  const names = rendered.map(({ name }) => name)
  t.same(parse(read('kustomization')).resources, names)
  const files = readdirSync(folder).filter(name => name.endsWith('.yaml'))
  t.same(new Set(files), new Set([...names, 'kustomization.yaml']))
})

t.test("the chart is of podvault's version, and describes each of its values", async t => {
  const { version, appVersion } = parse(textOf('Chart.yaml'))
  t.same([version, appVersion], [podvaultVersion, podvaultVersion])
  const { properties } = schema
  t.same(Object.keys(properties).sort(), [...Object.keys(parse(textOf('values.yaml'))), 'global'].sort())
  for (const name of ['networkPolicy', 'monitoring'])
    t.same(Object.keys(properties[name].properties), Object.keys(parse(textOf('values.yaml'))[name]), name)
})

t.test("the chart's schema knows what the operator's file may say, no more and no less", async t => {
  const { config } = schema.properties
  const settings = Object.keys(serverSettings).filter(name => name !== 'config')
  t.same(Object.keys(config.properties), [...settings, 'defaults', 'profiles', 'namespaces', 'allow'])
  const allow = config.properties.allow.properties
  t.same(Object.keys(allow), Object.keys(allowRules))
  for (const [name, { item }] of Object.entries<AllowRule>(allowRules))
    t.equal(allow[name].type, item === undefined ? 'boolean' : 'array', name)
})

/** Names of metrics in a text, without what Prometheus appends to a histogram's. */
const metricsIn = (text: string): readonly string[] =>
  [...new Set(text.match(/\b(?:podvault|process)_[a-z_]+/g) ?? [])].map(name => name.replace(/_bucket$/, ''))

t.test('the alerts and the dashboard ask for metrics that podvault has, and leave none out', async t => {
  const metrics = createMetrics(gauges)
  const known = metrics.registry.getMetricsAsArray().map(({ name }) => name)
  const dashboard = JSON.parse(textOf('files/dashboard.json'))
  t.same(new Set(metricsIn(queriesOf(dashboard).join('\n'))), new Set(known), 'of the dashboard')
  const alerts = alertsOf(ruleGroups())
  const results = [...eventResults, ...Object.keys(requestResults)]
  const all = [...known, ...Object.keys(agentMetrics)]
  for (const { alert, expr, annotations, labels } of alerts) {
    for (const name of metricsIn(expr)) t.ok(all.includes(name), `${alert}: ${name}`)
    for (const [, reason = ''] of expr.matchAll(/reason="([^"]+)"/g))
      t.ok(Object.hasOwn({ ...reasons, ...failureReasons }, reason), `${alert}: ${reason}`)
    for (const [, result = ''] of expr.matchAll(/result=~?"([^"]+)"/g))
      for (const each of result.split('|')) t.ok(results.includes(each), `${alert}: ${each}`)
    t.match(annotations, { summary: /\.$/, description: String }, alert)
    t.match(labels, { severity: /^(critical|warning|info)$/ }, alert)
  }
})

t.test('monitoring, cert-manager and the rest come when they are asked for', async t => {
  const namesOf = (values: Values): readonly string[] => renderChart(chart, 'elsewhere', values).map(({ name }) => name)
  const usual = namesOf({})
  const more = (values: Values) => namesOf(values).filter(name => !usual.includes(name))
  t.same(more({ monitoring: { podMonitor: true, rules: true, dashboard: true } }), [
    'dashboard.yaml',
    'podmonitor.yaml',
    'prometheusrule.yaml',
  ])
  t.same(more({ certificates: 'cert-manager' }), ['certificate.yaml'])
  t.same(
    usual.filter(name => !namesOf({ certificates: 'files' }).includes(name)),
    ['authority.yaml'],
  )
  const less = { policy: 'off', podDisruptionBudget: false, networkPolicy: { enabled: false } }
  const gone = ['networkpolicy.yaml', 'poddisruptionbudget.yaml', 'validatingadmissionpolicy.yaml']
  t.same(
    namesOf(less),
    usual.filter(name => !gone.includes(name)),
  )
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
  t.match(deployment.spec?.template.metadata?.labels, service.spec?.selector)
  t.same(deployment.spec?.selector.matchLabels, service.spec?.selector)
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
  t.equal(secret, undefined, 'it makes its own certificates')
  t.equal(mount?.subPath, undefined, 'the kubelet does not renew it')
  t.equal(given.config, `${mount?.mountPath}/config.yaml`)
  const dir = t.testdir(operators.data ?? {})
  const config = readConfig({ ...given, config: `${dir}/config.yaml` }, {})
  t.equal(config.listen.port, container?.ports?.find(({ name }) => name === 'https')?.containerPort)
  t.equal(config.metricsListen?.port, container?.ports?.find(({ name }) => name === 'metrics')?.containerPort)
  t.equal(config.settings.image, container?.image, 'pods get the image of the webhook')
  t.equal(config.certificateFiles, undefined)
  t.equal(config.configuration, configuration.metadata?.name)
  const authority = parseAllDocuments(read('authority')).map(document => document.toJS() as V1Namespace)
  t.same(
    authority.map(({ kind, metadata }) => `${kind} ${metadata?.namespace}/${metadata?.name}`),
    ['Secret', 'Lease'].map(kind => `${kind} ${namespace.metadata?.name}/${config.caSecret}`),
  )
})

t.test('with certificates from elsewhere it reads them where they are mounted', async t => {
  const files = renderChart(chart, 'podvault', { certificates: 'files', tlsSecret: 'mine', caBundle: 'TUlJQg==' })
  const rendered = (name: string) => parse(files.find(file => file.name === name)?.text ?? '')
  const { volumes, containers } = (rendered('deployment.yaml') as V1Deployment).spec?.template.spec ?? {}
  const [, secret] = volumes?.[0]?.projected?.sources ?? []
  t.equal(secret?.secret?.name, 'mine')
  const paths = secret?.secret?.items?.map(({ key, path }) => `${key} ${path}`)
  t.same(paths, ['tls.crt tls/tls.crt', 'tls.key tls/tls.key'])
  const folder = containers?.[0]?.volumeMounts?.[0]?.mountPath
  for (const [flag, file] of [
    ['cert', 'tls.crt'],
    ['key', 'tls.key'],
  ] as const)
    t.ok(containers?.[0]?.args?.includes(`--tls-${flag}-file=${folder}/tls/${file}`))
  for (const name of ['mutatingwebhookconfiguration.yaml', 'validatingwebhookconfiguration.yaml'])
    t.match(rendered(name), { webhooks: [{ clientConfig: { caBundle: 'TUlJQg==' } }] })
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
