import t from 'tap'
import { workloadsOf } from '../../src/cli/workloads.ts'

const pod = { metadata: { labels: { app: 'x' } }, spec: { containers: [] } }

t.test('finds the pod template of every kind that has one', async t => {
  const kinds: readonly (readonly [string, string, unknown, readonly string[]])[] = [
    ['v1', 'ReplicationController', { template: pod }, ['spec', 'template']],
    ['apps/v1', 'Deployment', { template: pod }, ['spec', 'template']],
    ['apps/v1', 'StatefulSet', { template: pod }, ['spec', 'template']],
    ['apps/v1', 'DaemonSet', { template: pod }, ['spec', 'template']],
    ['apps/v1', 'ReplicaSet', { template: pod }, ['spec', 'template']],
    ['batch/v1', 'Job', { template: pod }, ['spec', 'template']],
    ['batch/v1', 'CronJob', { jobTemplate: { spec: { template: pod } } }, ['spec', 'jobTemplate', 'spec', 'template']],
  ]
  for (const [apiVersion, kind, spec, path] of kinds)
    t.same(workloadsOf({ apiVersion, kind, metadata: { name: 'x', namespace: 'n' }, spec }), [
      { kind, name: 'x', namespace: 'n', path, pod },
    ])
})

t.test('a Pod is its own template, and belongs to default unless it says otherwise', async t => {
  const document = { apiVersion: 'v1', kind: 'Pod', ...pod }
  t.same(workloadsOf(document), [{ kind: 'Pod', name: '', namespace: 'default', path: [], pod: document }])
})

t.test('looks into lists', async t => {
  const document = {
    apiVersion: 'v1',
    kind: 'List',
    items: [{ kind: 'Service' }, null, { apiVersion: 'v1', kind: 'Pod' }],
  }
  t.match(workloadsOf(document), [{ kind: 'Pod', path: ['items', 2] }])
  t.same(workloadsOf({ kind: 'List' }), [])
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
  for (const document of others) t.same(workloadsOf(document), [])
})

t.test('a template that is not there is found missing, not guessed', async t => {
  t.match(workloadsOf({ apiVersion: 'apps/v1', kind: 'Deployment', spec: 7 }), [{ pod: undefined }])
})
