import t from 'tap'
import { resourceProblems, resourcesOf } from '../../src/inject/resources.ts'
import type { Container, Pod } from '../../src/inject/pod.ts'
import { podWith, read } from '../fixtures/pods.ts'

const resources = (annotations: Readonly<Record<string, string>>, pod: Pod) => {
  const { intent, given } = read(annotations)
  return resourcesOf(intent, given, pod)
}
const podOf = (...containers: readonly Container['resources'][]): Pod =>
  podWith(
    {},
    {
      containers: containers.map((each, index) => ({
        name: `c${index}`,
        ...(each !== undefined && { resources: each }),
      })),
    },
  )

t.test('a Burstable pod pays what was measured', async t => {
  t.strictSame(resources({}, podOf({ requests: { cpu: '1' } })), {
    requests: { cpu: '10m', memory: '64Mi' },
    limits: { memory: '128Mi' },
  })
})

t.test('a BestEffort pod stays BestEffort', async t => {
  t.strictSame(resources({}, podOf(undefined, { requests: { 'example.com/gpu': '1' } })), {})
  t.strictSame(resources({}, {}), {}, 'a pod without a spec has no resources')
})

t.test('a Guaranteed pod stays Guaranteed', async t => {
  const same = { cpu: '1', memory: '1Gi' }
  const ours = { cpu: '100m', memory: '128Mi' }
  t.strictSame(resources({}, podOf({ limits: same }, { limits: same, requests: { cpu: '1000m', memory: '1024Mi' } })), {
    requests: ours,
    limits: ours,
  })
  const init = podWith(
    {},
    { initContainers: [{ name: 'init' }], containers: [{ name: 'app', resources: { limits: same } }] },
  )
  t.ok(resources({}, init).requests?.['cpu'] === '10m', 'an init container without limits makes a pod Burstable')
  t.ok(
    resources({}, podOf({ limits: { cpu: '1', memory: 'all' } })).requests?.['cpu'] === '10m',
    'an amount we cannot read guarantees nothing',
  )
})

t.test('a Guaranteed pod keeps the limits its operator chose', async t => {
  const { intent } = read({}, { 'cpu-limit': '50m', 'memory-limit': 'none', memory: '70Mi' })
  const pod = podOf({ limits: { cpu: '1', memory: '1Gi' } })
  t.strictSame(resourcesOf(intent, new Set(), pod).limits, { cpu: '50m', memory: '70Mi' })
})

t.test('a pod with resources as a whole lends from them', async t => {
  t.strictSame(
    resources(
      {},
      podWith(
        {},
        { resources: { limits: { cpu: '1' } }, containers: [{ name: 'a', resources: { limits: { cpu: '1' } } }] },
      ),
    ),
    {},
  )
})

t.test('what a pod asks for itself is what it gets', async t => {
  t.strictSame(resources({ cpu: '20m', memory: '100Mi', 'cpu-limit': '1', 'memory-limit': 'none' }, podOf(undefined)), {
    requests: { cpu: '20m', memory: '100Mi' },
    limits: { cpu: '1' },
  })
  t.strictSame(resources({ 'memory-limit': 'none' }, podOf(undefined)), { requests: { cpu: '10m', memory: '64Mi' } })
})

t.test('a request above its limit is refused, naming both', async t => {
  const problems = (annotations: Readonly<Record<string, string>>) =>
    resourceProblems(read(annotations).intent).map(({ message }) => message)
  t.strictSame(problems({}), [])
  t.strictSame(problems({ memory: '128Mi' }), [], 'as much as the limit is not above it')
  t.strictSame(problems({ memory: '1Gi', cpu: '2', 'cpu-limit': '1' }), [
    'podvault.dev/cpu is 2, above podvault.dev/cpu-limit, which is 1; set both',
    'podvault.dev/memory is 1Gi, above podvault.dev/memory-limit, which is 128Mi; set both',
  ])
})
