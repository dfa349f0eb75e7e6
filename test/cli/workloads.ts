import t from 'tap'
import { knownTemplates, templatesFrom, titleOf, workloadsOf } from '../../src/cli/workloads.ts'

const finder = { namespace: 'default', templates: knownTemplates }
const find = (document: unknown) => workloadsOf(document, finder)

const pod = { metadata: { labels: { app: 'x' } }, spec: { containers: [] } }

t.test('finds the pod template of every kind that has one', async t => {
  const kinds: readonly (readonly [string, string, unknown, readonly string[]])[] = [
    ['v1', 'ReplicationController', { template: pod }, ['spec', 'template']],
    ['apps/v1', 'Deployment', { template: pod }, ['spec', 'template']],
    ['apps/v1', 'StatefulSet', { template: pod }, ['spec', 'template']],
    ['apps/v1', 'DaemonSet', { template: pod }, ['spec', 'template']],
    ['apps/v1', 'ReplicaSet', { template: pod }, ['spec', 'template']],
    ['batch/v1', 'Job', { template: pod }, ['spec', 'template']],
    ['v1', 'PodTemplate', undefined, ['template']],
    ['argoproj.io/v1alpha1', 'Rollout', { template: pod }, ['spec', 'template']],
    ['serving.knative.dev/v1', 'Service', { template: pod }, ['spec', 'template']],
    ['batch/v1', 'CronJob', { jobTemplate: { spec: { template: pod } } }, ['spec', 'jobTemplate', 'spec', 'template']],
  ]
  for (const [apiVersion, kind, spec, template] of kinds) {
    const metadata = { name: 'x', namespace: 'n' }
    t.same(find({ apiVersion, kind, metadata, spec, ...(spec === undefined && { template: pod }) }), [
      { apiVersion, kind, name: 'x', namespace: 'n', object: [], template, pod },
    ])
  }
})

t.test('a Pod is its own template, and belongs to default unless it says otherwise', async t => {
  const document = { apiVersion: 'v1', kind: 'Pod', ...pod }
  t.same(find(document), [
    { apiVersion: 'v1', kind: 'Pod', name: '', namespace: 'default', object: [], template: [], pod: document },
  ])
})

t.test('looks into lists', async t => {
  const document = {
    apiVersion: 'v1',
    kind: 'List',
    items: [{ kind: 'Service' }, null, { apiVersion: 'v1', kind: 'Pod' }],
  }
  t.match(find(document), [{ kind: 'Pod', object: ['items', 2], template: [] }])
  t.same(find({ kind: 'List' }), [])
  t.match(find({ ...document, kind: 'PodList' }), [{ kind: 'Pod' }])
})

t.test('other kinds have none, nor has what is no manifest', async t => {
  const others = [
    null,
    7,
    'Pod',
    [],
    {},
    { kind: 'Pod', apiVersion: 'example.com/v1' },
    { apiVersion: 'v1', kind: 'Deployment' },
    { kind: 'toString' },
  ]
  for (const document of others) t.same(find(document), [])
})

t.test('a template that is not there is found missing, not guessed', async t => {
  t.match(find({ apiVersion: 'apps/v1', kind: 'Deployment', spec: 7 }), [{ pod: undefined }])
})

t.test('a Rollout that leaves the pods to a Deployment has none', async t => {
  const rollout = { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout' }
  t.same(find({ ...rollout, spec: { workloadRef: { name: 'web' } } }), [])
  t.match(find({ ...rollout, spec: { workloadRef: { name: 'web' }, template: pod } }), [{ pod }])
})

t.test('further kinds are found where --pod-path says', async t => {
  const templates = templatesFrom(['example.com/Database=.spec.pod_1.template', '/Thing=.x'])
  t.same(templates, { 'example.com/Database': ['spec', 'pod_1', 'template'], '/Thing': ['x'] })
  const database = { apiVersion: 'example.com/v1', kind: 'Database', spec: { pod_1: { template: pod } } }
  t.match(workloadsOf(database, { namespace: 'n', templates }), [{ namespace: 'n', pod }])
  for (const wrong of ['', 'Database=.x', 'example.com/Database', 'example.com/Database=spec', 'a/B=.', 'a/B=.x/y'])
    t.throws(() => templatesFrom([wrong]), {
      code: 'usage',
      message: /--pod-path is "/,
      hint: /example.com\/Database=/,
    })
})

t.test('is called by kind, namespace and name, or by what its name begins with', async t => {
  const title = (metadata: object) => find({ apiVersion: 'v1', kind: 'Pod', metadata }).map(titleOf)
  t.same(title({ name: 'web', namespace: 'shop' }), ['Pod shop/web'])
  t.same(title({ generateName: 'web-' }), ['Pod default/web-*'])
  t.same(title({}), ['Pod default/(no name)'])
})
