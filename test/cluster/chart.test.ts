// The chart as Helm itself sees it. No cluster is asked.
import { readFileSync } from 'node:fs'
import t from 'tap'
import { parse, parseAllDocuments } from 'yaml'
import { readChart, renderChart, type Values } from '../../src/cli/chart.ts'
import { chart, helm, set } from './helm.ts'
import { kubectl } from './namespace.ts'

type Manifest = {
  readonly kind: string
  readonly metadata: { readonly name: string; readonly annotations?: Readonly<Record<string, string>> }
  readonly data?: Readonly<Record<string, string>>
}

/** Whatever the order and the spelling. What is YAML or JSON itself is compared as that, too. */
const meaning = (text: string): Readonly<Record<string, Manifest>> =>
  Object.fromEntries(
    parseAllDocuments(text)
      .map(document => document.toJS() as Manifest | null)
      .filter(manifest => manifest !== null && manifest.metadata.annotations?.['helm.sh/hook'] === undefined)
      .map(manifest => manifest as Manifest)
      .map(manifest => [`${manifest.kind}/${manifest.metadata.name}`, { ...manifest, ...dataOf(manifest) }]),
  )

const dataOf = ({ data }: Manifest) =>
  data && { data: Object.fromEntries(Object.entries(data).map(([key, text]) => [key, parse(text)])) }

const ours = (values: Values): string =>
  renderChart(readChart(chart), 'podvault', values)
    .map(({ text }) => `---\n${text}`)
    .join('')

/** Each value that is documented, other than its default. */
const cases: Readonly<Record<string, Values>> = {
  defaults: {},
  image: { image: 'example.com/podvault@sha256:0123', imagePullPolicy: 'Always', imagePullSecrets: ['a', 'b'] },
  replicas: { replicas: 3 },
  config: {
    config: {
      'vault-address': 'https://vault.example.com:8200',
      defaults: { refresh: '1m', 'vault.hashicorp.com/role': 'app' },
      profiles: { internal: { 'renew-at': '0.5' } },
      namespaces: { shop: { profile: 'internal' } },
      allow: { addresses: ['https://other:8200'], 'tls-skip-verify': true },
    },
    vaultCA: '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n',
  },
  lives: { config: { 'vault-address': 'https://v:1', 'ca-lifetime': '2160h' } },
  files: { certificates: 'files', tlsSecret: 'mine', caBundle: 'TUlJQg==' },
  'cert-manager': { certificates: 'cert-manager' },
  issuer: { certificates: 'cert-manager', issuer: { name: 'company', kind: 'ClusterIssuer' } },
  'failing open': { failurePolicy: 'Ignore', timeoutSeconds: 10, policy: 'warn' },
  'no policy': { policy: 'off' },
  namespaces: {
    excludedNamespaces: ['kube-system'],
    namespaceSelector: {
      matchLabels: { team: 'a' },
      matchExpressions: [{ key: 'stage', operator: 'In', values: ['test'] }],
    },
  },
  'no ConfigMaps': { watchConfigMaps: false, monitoring: { rules: true } },
  pods: {
    podDisruptionBudget: false,
    priorityClassName: 'system-cluster-critical',
    nodeSelector: { disk: 'ssd' },
    tolerations: [{ key: 'a', operator: 'Exists' }],
    affinity: { nodeAffinity: {} },
    podLabels: { team: 'a' },
    podAnnotations: { note: 'x' },
    resources: { requests: { cpu: '1', memory: '1Gi' }, limits: { memory: '2Gi' } },
  },
  network: {
    port: 10250,
    networkPolicy: {
      apiServerPorts: [6443],
      collectorPorts: [4318],
      metricsFrom: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } } }],
    },
  },
  'no network policy': { networkPolicy: { enabled: false } },
  monitoring: {
    monitoring: {
      podMonitor: true,
      rules: true,
      dashboard: true,
      labels: { release: 'prometheus' },
      runbooks: 'https://wiki.example.com/podvault',
    },
  },
  namespace: { createNamespace: true },
  'host network': { createNamespace: true, hostNetwork: true },
}

t.test('every value that values.yaml documents is in a case', async t => {
  const documented = Object.keys(parse(readFileSync(`${chart}/values.yaml`, 'utf8')) as object)
  t.same(
    documented.filter(name => !Object.values(cases).some(values => Object.hasOwn(values, name))),
    [],
  )
})

for (const [name, values] of Object.entries(cases))
  t.test(`Helm finds nothing to say about the chart, and makes of it what podvault does: ${name}`, async t => {
    t.match(await helm('lint', '--strict', chart, ...set(values)), '0 chart(s) failed')
    const made = await helm('template', 'podvault', chart, '-n', 'podvault', ...set(values))
    t.same(meaning(ours(values)), meaning(made))
  })

t.test(
  'what kustomize builds is what Helm makes without a value, and the namespace that Helm makes otherwise',
  async t => {
    const { 'Namespace/podvault': namespace, ...rest } = meaning(await kubectl('kustomize', 'webhook-config'))
    t.match(namespace, { metadata: { labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } } })
    t.same(rest, meaning(await helm('template', 'podvault', chart, '-n', 'podvault')))
  },
)

t.test('a value that there is not, or that is not allowed, is refused by name', async t => {
  for (const [value, message] of [
    ['replcas=3', /additional properties 'replcas' not allowed/],
    ['certificates=none', /at '\/certificates': value must be one of/],
    ['config.vault-adress=x', /additional properties 'vault-adress' not allowed/],
    ['policy=denied', /at '\/policy'/],
    ['caBundle=no base64', /at '\/caBundle'/],
    ['config.defaults.revoke=true', /at '\/config\/defaults\/revoke': got boolean, want string/],
  ] as const)
    await t.rejects(helm('template', 'podvault', chart, '--set', value), { message }, value)
})

t.test('the notes say what is missing', async t => {
  // Another test may have installed it.
  const notes = async (values: Values) =>
    helm('install', 'podvault', chart, '-n', 'podvault', '--dry-run=client', '--take-ownership', ...set(values))
  const files = { certificates: 'files' }
  t.match(await notes(files), /WITHOUT THE VALUE caBundle THE API SERVER DOES NOT BELIEVE THEM, and refuses every pod/)
  t.match(await notes({ ...files, failurePolicy: 'Ignore' }), /DOES NOT BELIEVE THEM, and lets every pod/)
  t.notMatch(await notes({ ...files, caBundle: 'TUlJQg==' }), /WITHOUT/)
  t.notMatch(await notes({}), /podvault-tls|WITHOUT/)
  t.match(await notes({ policy: 'off' }), /NOBODY LOOKS AFTER/)
})
