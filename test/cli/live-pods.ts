import t from 'tap'
import { livePodsIn } from '../../src/cli/live-pods.ts'
import { livePod } from '../fixtures/live.ts'
import { podWith } from '../fixtures/pods.ts'

const one = (pod: object) => livePodsIn({ items: [pod] })[0]

t.test('a pod is told by what made it, whether it is ready, and whether it has ended', t => {
  t.match(one(livePod(podWith())), {
    namespace: 'shop',
    name: 'web-abc-1',
    workload: 'Deployment shop/web',
    created: '2026-01-02T00:00:00Z',
    ready: true,
    ended: false,
  })
  t.match(one(livePod(podWith(), { ready: false, phase: 'Failed' })), { ready: false, ended: true })
  t.match(one(livePod(podWith(), { phase: 'Succeeded' })), { ended: true })
  t.end()
})

t.test('without a controller it is its own, and only the ReplicaSets of a Deployment are a Deployment', t => {
  t.match(one(livePod(podWith(), { replicaSet: '' })), { workload: 'Pod shop/web-abc-1' })
  t.match(one(livePod(podWith(), { replicaSet: 'web-other' })), { workload: 'ReplicaSet shop/web-other' })
  const rollout = livePod(podWith(), { replicaSet: 'web-xyz' }) as { metadata: object }
  const labels = { 'rollouts-pod-template-hash': 'xyz' }
  t.match(one({ ...rollout, metadata: { ...rollout.metadata, labels } }), { workload: 'Rollout shop/web' })
  t.end()
})

t.test('little is enough, and what is no list of pods is refused', t => {
  t.match(one({ metadata: { name: 'a', namespace: 'b' } }), {
    workload: 'Pod b/a',
    created: '',
    ready: false,
    labels: {},
  })
  t.throws(() => livePodsIn({ items: [{}] }), { message: /items\[0\]\.metadata must be an object/ })
  t.throws(() => livePodsIn(null), { message: / must be an object/ })
  t.end()
})
