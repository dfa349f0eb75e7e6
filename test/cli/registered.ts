import { readFileSync } from 'node:fs'
import t from 'tap'
import { parse } from 'yaml'
import { registeredFor, whyNot } from '../../src/cli/registered.ts'
import { podWith } from '../fixtures/pods.ts'

const product = parse(readFileSync('webhook-config/mutatingwebhookconfiguration.yaml', 'utf8'))
const rules = [{ operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] }]
const other = (webhook: object, metadata: object = {}) => ({
  metadata: { name: 'other', ...metadata },
  webhooks: [{ name: 'pods.example.com', rules, ...webhook }],
})
const seen = (configuration: object, pod: object = podWith(), labels = { 'kubernetes.io/metadata.name': 'shop' }) =>
  registeredFor({ items: [configuration] }, pod, labels)

t.test('the webhook that podvault installs is known, and its conditions are evaluated', async t => {
  t.match(seen(product), [
    {
      name: 'podvault/pods.podvault.dev',
      isPodvault: true,
      sees: 'yes',
      failurePolicy: 'Fail',
      conditions: [
        { name: 'asks-for-podvault', holds: true },
        { name: 'no-mirror-pod', holds: true },
      ],
    },
  ])
  t.match(seen(product, {}), [{ sees: 'no', because: 'its condition asks-for-podvault does not hold' }])
  const mirror = { metadata: { annotations: { 'podvault.dev/inject': 'true', 'kubernetes.io/config.mirror': 'x' } } }
  t.match(seen(product, mirror), [{ sees: 'no', because: 'its condition no-mirror-pod does not hold' }])
  t.match(seen(product, podWith(), { 'kubernetes.io/metadata.name': 'kube-system' }), [
    {
      sees: 'no',
      because: 'its namespaceSelector wants kubernetes.io/metadata.name NotIn (kube-system, kube-public, podvault)',
    },
  ])
})

t.test('podvault is known by its name, its Service or its label', async t => {
  t.match(seen(other({})), [{ isPodvault: false, created: '' }])
  t.match(seen(other({ name: 'vault.podvault.dev' })), [{ isPodvault: true }])
  const service = (name: string) => ({ clientConfig: { service: { name, namespace: 'x' } } })
  t.match(seen(other(service('podvault'))), [{ isPodvault: true }])
  t.match(seen(other(service('istiod'))), [{ isPodvault: false }])
  t.match(seen(other({ clientConfig: { url: 'https://x' } })), [{ isPodvault: false }])
  const labels = { 'app.kubernetes.io/name': 'podvault' }
  t.match(seen(other({}, { labels, creationTimestamp: '2026-01-01T00:00:00Z' })), [
    { isPodvault: true, created: '2026-01-01T00:00:00Z' },
  ])
})

t.test('only what is asked about new pods is told', async t => {
  const rule = (more: object) => other({ rules: [{ ...rules[0], ...more }] })
  for (const more of [{ operations: ['*'] }, { apiGroups: ['*'] }, { resources: ['*'] }, { resources: ['*/*'] }])
    t.equal(seen(rule(more)).length, 1, JSON.stringify(more))
  for (const more of [{ operations: ['UPDATE'] }, { apiGroups: ['apps'] }, { resources: ['pods/status'] }])
    t.equal(seen(rule(more)).length, 0, JSON.stringify(more))
  t.same(seen(other({ rules: undefined })), [])
  t.same(seen({ metadata: { name: 'empty' } }), [])
})

t.test('labels of the pod count, and what only the API server can tell is said to be so', async t => {
  const selector = { objectSelector: { matchLabels: { inject: 'yes' } } }
  t.match(seen(other(selector)), [{ sees: 'no', because: 'its objectSelector wants inject=yes' }])
  t.match(seen(other(selector), { metadata: { labels: { inject: 'yes' } } }), [{ sees: 'yes' }])
  const condition = (expression: string) => other({ matchConditions: [{ name: 'c', expression }] })
  t.match(seen(condition('object.spec.hostNetwork')), [{ sees: 'perhaps', because: /whether its condition c holds/ }])
  const either =
    "has(object.metadata.annotations) &&\n ('a/b' in object.metadata.annotations || 'podvault.dev/inject' in object.metadata.annotations)"
  t.match(seen(condition(either)), [{ sees: 'yes' }])
  t.match(seen(condition(either), { metadata: { annotations: { other: 'x' } } }), [{ sees: 'no' }])
})

t.test('what is no list of configurations is an error, none of its words in it', async t => {
  t.throws(
    () => registeredFor({ items: [{ metadata: { name: 7 } }] }, {}, {}),
    /items\[0\]\.metadata\.name must be text/,
  )
})

t.test('why a pod was not injected is the first rule that explains it', async t => {
  const created = '2026-01-02T00:00:00Z'
  const [ours] = seen({ ...product, metadata: { ...product.metadata, creationTimestamp: created } })
  t.match(whyNot(seen(other({})), ''), /has no MutatingWebhookConfiguration of podvault/)
  t.match(whyNot(seen(product, {}), ''), /pods\.podvault\.dev does not see it: its condition/)
  t.match(whyNot([ours!], '2026-01-01T00:00:00Z'), /the pod is older than the webhook podvault\/pods/)
  t.match(whyNot([{ ...ours!, failurePolicy: 'Ignore' }], '2026-01-03T00:00:00Z'), /its failurePolicy is Ignore/)
  t.match(whyNot([ours!], '2026-01-03T00:00:00Z'), /have changed since it was created/)
})
