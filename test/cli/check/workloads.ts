import t from 'tap'
import { driftOf, type Inventory, workloadFindings } from '../../../src/cli/check/workloads.ts'
import { livePodsIn } from '../../../src/cli/live-pods.ts'
import type { Pod } from '../../../src/inject/pod.ts'
import { explain } from '../../../src/inject/explain.ts'
import { version } from '../../../src/version.ts'
import { injected, legacy, livePod } from '../../fixtures/live.ts'
import { podWith, settings } from '../../fixtures/pods.ts'

const deployment = (name: string, pod: Pod, annotations = {}): object => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace: 'shop', annotations },
  spec: { template: { metadata: pod.metadata, spec: pod.spec } },
})

const findings = (
  change: Partial<Inventory> & { readonly live?: readonly object[]; readonly workloads?: readonly object[] },
) =>
  workloadFindings({
    pods: livePodsIn({ items: change.live ?? [] }),
    templates: { kind: 'List', items: change.workloads ?? [] },
    settings,
    registered: () => [],
    version,
    ...change,
  })
const bad = (change: Parameters<typeof findings>[0]) => findings(change).filter(({ level }) => level !== 'ok')

t.test('where all is well, each check says so', t => {
  const plain = { spec: { containers: [{ name: 'app' }] } }
  const all = findings({
    live: [livePod(injected(podWith())), livePod(plain)],
    workloads: [deployment('web', podWith())],
  })
  t.same(
    all.map(({ check, level }) => [check, level]),
    [
      ['refused', 'ok'],
      ['not-injected', 'ok'],
      ['annotations', 'ok'],
      ['drift', 'ok'],
    ],
  )
  t.end()
})

t.test('refused: a workload whose pods the webhook would not let pass', t => {
  t.match(bad({ workloads: [deployment('web', podWith({ rol: 'x' }))] }), [
    {
      check: 'refused',
      level: 'failure',
      message: /^Deployment shop\/web: .*did you mean/,
      objects: ['Deployment shop/web'],
    },
  ])
  t.end()
})

t.test('not-injected: pods that run without their secrets, and why', t => {
  const todoOf = (pod: object, more: Partial<Inventory> = {}) =>
    bad({ live: [pod], ...more }).find(({ check }) => check === 'not-injected')?.todo
  t.match(todoOf(livePod(podWith())), /no MutatingWebhookConfiguration of podvault/)
  t.match(todoOf(livePod(podWith({ rol: 'x' }))), /today it would be refused/)
  const system = livePod(podWith()) as { metadata: object }
  t.match(todoOf({ ...system, metadata: { ...system.metadata, namespace: 'kube-system' } }), /another namespace/)
  t.same(bad({ live: [livePod(podWith(), { phase: 'Succeeded' })] }), [], 'one that has ended')
  t.end()
})

t.test('annotations: ignored, deprecated or misplaced ones, told once for all who have them', t => {
  const pods = ['a', 'b', 'c', 'd'].map(name => deployment(name, legacy({ 'log-level': 'debug' })))
  t.match(bad({ workloads: pods }), [
    {
      check: 'annotations',
      level: 'warning',
      message: /^Deployment shop\/a, Deployment shop\/b, Deployment shop\/c and 1 more: .*log-level/,
    },
  ])
  t.match(bad({ workloads: pods.slice(1) }), [
    { message: /^Deployment shop\/b, Deployment shop\/c, Deployment shop\/d: / },
  ])
  t.equal(bad({ workloads: pods })[0]?.objects?.length, 4)
  t.match(bad({ live: [livePod(injected(legacy({ 'log-level': 'debug' })))] }), [
    { check: 'annotations', objects: ['Deployment shop/web'] },
  ])
  t.match(bad({ workloads: [deployment('top', { spec: { containers: [] } }, { 'podvault.dev/inject': 'true' })] }), [
    { check: 'annotations', todo: /stands on the Deployment itself/ },
  ])
  const done = {
    ...podWith(),
    metadata: {
      annotations: {
        'vault.hashicorp.com/agent-inject': 'true',
        'vault.hashicorp.com/agent-inject-status': 'injected',
      },
    },
  }
  t.same(bad({ live: [livePod(done)] }), [], 'injected by vault-k8s')
  t.end()
})

t.test('drift: pods with other settings, or by another version', t => {
  const other = injected(podWith({ refresh: '1m' }))
  const changed = {
    ...other,
    metadata: { ...other.metadata, annotations: { ...other.metadata?.annotations, 'podvault.dev/refresh': '2m' } },
  }
  t.match(bad({ live: [livePod(changed)] }), [{ check: 'drift', level: 'warning', message: /other settings/ }])
  t.match(bad({ live: [livePod(injected(podWith()))], version: '9.0.0' }), [
    { message: `Deployment shop/web: pods injected by podvault ${version}` },
  ])
  t.end()
})

t.test('a pod that would be left alone or refused today has drifted, too', t => {
  const pod = injected(podWith())
  t.equal(driftOf(explain(pod, 'shop', settings), version), 'none')
  const { address: _address, ...nowhere } = settings
  t.equal(driftOf(explain(pod, 'shop', nowhere), version), 'not injected')
  t.same(bad({ live: [livePod(pod)], settings: nowhere }), [], 'its workload says so')
  t.end()
})
