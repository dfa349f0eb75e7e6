import t from 'tap'
import type { Container, Pod } from '../../../src/inject/pod.ts'
import { resourceProblems, resourcesFor } from '../../../src/inject/vault-k8s/resources.ts'
import { messages, readOf, vaultPod } from '../../fixtures/vault-k8s.ts'

const resources = (
  texts: Readonly<Record<string, string>>,
  engine: 'podvault' | 'vault-agent' = 'podvault',
  app: NonNullable<Container['resources']> = { requests: { cpu: '1' } },
) => {
  const pod = vaultPod(texts, { containers: [{ name: 'app', resources: app }] })
  return resourcesFor(readOf(pod).wish.read, engine, pod)
}

t.test('Vault Agent gets what vault-k8s gives it', async t => {
  t.strictSame(resources({}, 'vault-agent'), {
    limits: { cpu: '500m', memory: '128Mi' },
    requests: { cpu: '250m', memory: '64Mi' },
  })
})

t.test('podvault gets what was measured, such that the pod keeps its class', async t => {
  t.strictSame(resources({}), { requests: { cpu: '10m', memory: '64Mi' }, limits: { memory: '128Mi' } })
  t.strictSame(resources({}, 'podvault', {}), {})
  const guaranteed = { limits: { cpu: '1', memory: '1Gi' } }
  t.strictSame(resources({}, 'podvault', guaranteed).limits, resources({}, 'podvault', guaranteed).requests)
})

t.test('what is said holds, and the rest is what was measured', async t => {
  t.strictSame(resources({ 'agent-limits-cpu': '1', 'agent-requests-ephemeral': '1Mi' }), {
    limits: { cpu: '1', memory: '128Mi' },
    requests: { cpu: '10m', memory: '64Mi', 'ephemeral-storage': '1Mi' },
  })
})

t.test('ephemeral storage says nothing of the pod’s class', async t => {
  t.strictSame(resources({ 'agent-limits-ephemeral': '1Mi' }, 'podvault', {}), {
    limits: { 'ephemeral-storage': '1Mi' },
  })
  t.match(resources({ 'agent-requests-ephemeral': '1Mi' }), {
    limits: { memory: '128Mi' },
    requests: { cpu: '10m', 'ephemeral-storage': '1Mi' },
  })
})

t.test('nothing takes an amount away', async t => {
  const none = { 'agent-limits-cpu': '', 'agent-limits-mem': '', 'agent-requests-cpu': '', 'agent-requests-mem': '' }
  t.strictSame(resources(none), {})
  t.strictSame(resources(none, 'vault-agent'), {})
  t.strictSame(resources({ 'agent-limits-cpu': '' }, 'vault-agent').limits, { memory: '128Mi' })
})

t.test('a default gives way where it would stand on the wrong side of what is said', async t => {
  t.match(resources({ 'agent-requests-mem': '1Gi' }), { limits: { memory: '1Gi' }, requests: { memory: '1Gi' } })
  t.match(resources({ 'agent-limits-cpu': '100m' }, 'vault-agent'), {
    limits: { cpu: '100m' },
    requests: { cpu: '100m' },
  })
})

t.test('a request above its limit is refused where both are said', async t => {
  const problems = (texts: Readonly<Record<string, string>>) => resourceProblems(readOf(vaultPod(texts)).wish.read)
  t.strictSame(messages(problems({ 'agent-requests-mem': '1Gi', 'agent-limits-mem': '1Mi' })), [
    'error creating patch for agent: vault.hashicorp.com/agent-requests-mem is 1Gi, above its limit: vault.hashicorp.com/agent-limits-mem is 1Mi',
  ])
  t.strictSame(problems({ 'agent-requests-mem': '1Gi' }), [])
  t.strictSame(problems({ 'agent-requests-mem': '1Gi', 'agent-limits-mem': '' }), [])
  t.strictSame(problems({ 'agent-requests-cpu': '1', 'agent-limits-cpu': '1000m' }), [])
})

t.test('a Guaranteed pod stays Guaranteed under Vault Agent, too, where nobody says otherwise', async t => {
  const amounts = { cpu: '1', memory: '1Gi' }
  const pod: Pod = { spec: { containers: [{ name: 'app', resources: { limits: amounts, requests: amounts } }] } }
  const same = { cpu: '500m', memory: '128Mi' }
  const silent = readOf(vaultPod()).wish.read
  t.strictSame(resourcesFor(silent, 'vault-agent', pod), { limits: same, requests: same })
  const said = readOf(vaultPod({ 'agent-requests-cpu': '10m' })).wish.read
  t.match(resourcesFor(said, 'vault-agent', pod), { requests: { cpu: '10m', memory: '64Mi' } })
})
