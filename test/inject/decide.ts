import t from 'tap'
import { decide } from '../../src/inject/decide.ts'
import type { Pod } from '../../src/inject/pod.ts'
import { podWith, settings } from '../fixtures/pods.ts'

t.test('a pod that does not ask is left alone', async t => {
  for (const pod of [
    {},
    { metadata: {} },
    { metadata: { annotations: { 'podvault.dev/role': 'x', 'podvault.dev/nonsense': 'x' } } },
    podWith({ inject: 'false' }),
  ])
    t.strictSame(decide(pod, 'default', settings), { kind: 'skip', reason: 'not-requested', warnings: [] })
})

t.test('pods of the system’s namespaces are left alone, with a warning to whoever asked', async t => {
  for (const namespace of ['kube-system', 'kube-public'])
    t.match(decide(podWith(), namespace, settings), { reason: 'system-namespace', warnings: [new RegExp(namespace)] })
})

t.test('static pods are left alone', async t => {
  const pod: Pod = {
    ...podWith(),
    metadata: { annotations: { ...podWith().metadata?.annotations, 'kubernetes.io/config.mirror': 'x' } },
  }
  t.match(decide(pod, 'default', settings), { kind: 'skip', reason: 'mirror-pod' })
})

t.test('a pod that asks in both languages is refused', async t => {
  const annotations = { ...podWith().metadata?.annotations, 'vault.hashicorp.com/agent-inject': 'true' }
  t.match(decide({ ...podWith(), metadata: { annotations } }, 'default', settings), {
    kind: 'reject',
    reason: 'both-prefixes',
    message:
      'the pod carries both podvault.dev/inject and vault.hashicorp.com/agent-inject; it can ask for its secrets in one language only, so remove one of them',
  })
})

t.test('a pod that opts out of one language may ask in the other', async t => {
  const annotations = { ...podWith().metadata?.annotations, 'vault.hashicorp.com/agent-inject': 'false' }
  t.match(decide({ ...podWith(), metadata: { annotations } }, 'default', settings), { kind: 'inject' })
})

t.test('a pod of vault-k8s’s is served, too', async t => {
  const annotations = {
    'vault.hashicorp.com/agent-inject': 'true',
    'vault.hashicorp.com/role': 'web',
    'vault.hashicorp.com/agent-inject-secret-db': 'database/creds/web',
  }
  t.match(decide({ ...podWith(), metadata: { annotations } }, 'default', settings), { kind: 'inject' })
})

t.test('a pod that is too large is refused before it is looked at, if it asks', async t => {
  const containers = Array.from({ length: 501 }, (_, index) => ({ name: `c${index}` }))
  t.match(decide(podWith({}, { containers }), 'default', settings), {
    kind: 'reject',
    problems: [{ reason: 'bad-value', message: /501 containers/ }],
  })
  t.match(decide({ spec: { containers } }, 'default', settings), { kind: 'skip' })
})
