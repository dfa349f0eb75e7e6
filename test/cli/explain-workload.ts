import t from 'tap'
import { explainWorkload } from '../../src/cli/explain-workload.ts'
import { knownTemplates, workloadsOf } from '../../src/cli/workloads.ts'
import { podWith, settings } from '../fixtures/pods.ts'

const explained = (document: unknown) =>
  workloadsOf(document, { namespace: 'shop', templates: knownTemplates }).map(workload =>
    explainWorkload(workload, document, settings),
  )
const deployment = (template: unknown, metadata: object = {}) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata,
  spec: { template },
})
const annotations = { 'podvault.dev/inject': 'true' }

t.test('the pod template of a workload is explained', async t => {
  t.match(explained(deployment(podWith())), [{ decision: { kind: 'inject' } }])
  t.match(explained(podWith()), [{ decision: { kind: 'inject' } }])
})

t.test('annotations on the workload itself are found misplaced', async t => {
  const plain = { spec: { containers: [{ name: 'app' }] } }
  const nextStep =
    'podvault.dev/inject stands on the Deployment itself; move it to spec.template.metadata.annotations, which the pods get'
  t.match(explained(deployment(plain, { annotations })), [{ decision: { reason: 'not-requested' }, nextStep }])
  t.match(explained({ kind: 'List', items: [7, deployment(plain, { annotations })] }), [{ nextStep }])
  t.match(explained(deployment(podWith(), { annotations })), [{ nextStep: /the log of its first/ }])
  t.match(explained(deployment(plain, { annotations: 7 })), [{ nextStep: /set podvault\.dev\/inject/ }])
})

t.test('what is no pod is refused, naming the field', async t => {
  t.match(explained(deployment({ spec: { containers: 'x' } })), [
    {
      language: undefined,
      decision: { kind: 'reject', reason: 'bad-request', message: 'the pod.spec.containers must be a list' },
      nextStep: /correct the field/,
    },
  ])
})
