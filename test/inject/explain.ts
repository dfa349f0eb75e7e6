import t from 'tap'
import jsonpatch from 'fast-json-patch'
import { annotations } from '../../src/inject/annotations.ts'
import { decide } from '../../src/inject/decide.ts'
import { explain } from '../../src/inject/explain.ts'
import type { Operation } from '../../src/inject/patch.ts'
import type { Pod } from '../../src/inject/pod.ts'
import type { Settings } from '../../src/inject/settings.ts'
import { annotated, podWith, settings } from '../fixtures/pods.ts'

const injected = (pod: Pod, by: Settings = settings): Pod => {
  const decision = decide(pod, 'shop', by)
  const patch = decision.kind === 'inject' ? (structuredClone(decision.patch) as Operation[]) : []
  return jsonpatch.applyPatch(structuredClone(pod), patch).newDocument
}

t.test('each setting is told with its value and who gave it', async t => {
  const operator: Settings = {
    ...settings,
    defaults: annotated({ refresh: '1m', profile: 'small' }),
    profiles: { small: annotated({ memory: '32Mi', cpu: '5m' }) },
    namespaces: { shop: annotated({ renew: 'false' }) },
    inherited: annotated({ 'login-timeout': '9s' }),
  }
  const explained = explain(podWith({ cpu: '7m' }), 'shop', operator)
  const held = Object.fromEntries(
    explained.settings.map(({ annotation, value, origin }) => [annotation, [value, origin]]),
  )
  t.match(held, {
    'podvault.dev/role': ['web', 'pod'],
    'podvault.dev/cpu': ['7m', 'pod'],
    'podvault.dev/renew': ['false', 'namespace shop'],
    'podvault.dev/refresh': ['1m', 'operator'],
    'podvault.dev/memory': ['32Mi', 'profile small'],
    'podvault.dev/login-timeout': ['9s', 'AGENT_INJECT_*'],
    'podvault.dev/address': ['https://vault.example.com:8200', 'operator'],
    'podvault.dev/env': ['auto', 'default'],
    'podvault.dev/ca-secret': [undefined, 'default'],
  })
  t.equal(explained.settings.length, Object.keys(annotations).length)
  t.ok(explained.settings.every(({ doc }) => doc !== ''))
  const { address: _, ...without } = settings
  t.match(
    explain(podWith(), 'shop', without).settings.find(({ annotation }) => annotation === 'podvault.dev/address'),
    { value: undefined, origin: 'default' },
  )
})

t.test('texts are counted, not told: somebody may have pasted a secret', async t => {
  const valueOf = (given: Readonly<Record<string, unknown>>, key: string) =>
    explain(
      { ...podWith(), metadata: { annotations: { ...podWith().metadata?.annotations, ...given } } as never },
      'n',
      settings,
    ).settings.find(({ annotation }) => annotation === `podvault.dev/${key}`)?.value
  t.equal(valueOf({ 'podvault.dev/secrets': 'hunter2' }, 'secrets'), '(1 line)')
  t.equal(valueOf({ 'podvault.dev/secrets': 'hunter2\n\nA=b#c\n' }, 'secrets'), '(2 lines)')
  t.equal(valueOf({ 'podvault.dev/role': 'hunter2\nx' }, 'role'), '(2 lines)')
  t.equal(valueOf({ 'podvault.dev/role': 'a\u001B[2J' }, 'role'), '"a\\u001b[2J"')
  t.equal(valueOf({ 'podvault.dev/role': 'x'.repeat(300) }, 'role'), `"${'x'.repeat(200)}…"`)
  t.equal(valueOf({ 'podvault.dev/role': 7 }, 'role'), 'no text')
})

t.test('what is added is told by kind', async t => {
  const pod = podWith({ 'secrets-file': 'files', 'ca-secret': 'ca', token: 'file' })
  const { added, nextStep } = explain(pod, 'shop', settings)
  t.match(added, {
    containers: [
      { name: 'podvault-login', image: settings.image, kind: 'init container' },
      { name: 'podvault-renew', image: settings.image, kind: 'sidecar' },
    ],
    mounts: [
      { container: 'app', path: '/vault/secrets', volume: 'podvault-secrets' },
      { container: 'app', path: '/etc/secrets.d', volume: 'podvault-files-0' },
    ],
    env: [{ container: 'app', variable: 'DB' }],
    shareProcessNamespace: false,
  })
  const sources = Object.fromEntries(added!.volumes.map(({ name, source }) => [name, source]))
  t.match(sources, {
    'podvault-secrets': 'in memory, up to 8Mi',
    'podvault-token': 'service account token for vault',
    'podvault-ca': 'Secret ca',
    'podvault-files-0': 'ConfigMap files',
  })
  t.match(nextStep, /the log of its first injected container/)
  const classic = explain(podWith({ 'native-sidecar': 'false' }), 'shop', settings)
  t.equal(classic.added?.containers[1]?.kind, 'container')
})

t.test('the language of vault-k8s is explained too', async t => {
  const annotations = {
    'vault.hashicorp.com/agent-inject': 'true',
    'vault.hashicorp.com/role': 'web',
    'vault.hashicorp.com/agent-inject-secret-db': 'secret/data/db',
    'vault.hashicorp.com/agent-inject-template-db': 'hunter2\n{{ 1 }}',
  }
  const explained = explain({ ...podWith(), metadata: { annotations } }, 'shop', settings)
  t.match(explained, { language: 'vault-k8s', decision: { kind: 'inject' } })
  const held = Object.fromEntries(
    explained.settings.map(({ annotation, value, origin }) => [annotation, [value, origin]]),
  )
  t.match(held, {
    'vault.hashicorp.com/role': ['web', 'pod'],
    'vault.hashicorp.com/agent-inject-secret-db': ['secret/data/db', 'pod'],
    'vault.hashicorp.com/agent-inject-template-db': ['(2 lines)', 'pod'],
  })
  t.ok(explained.settings.some(({ value }) => value === undefined))
})

t.test('a pod that asks for nothing has no settings, but a next step', async t => {
  t.match(explain({}, 'shop', settings), {
    language: undefined,
    settings: [],
    decision: { kind: 'skip', reason: 'not-requested' },
    added: undefined,
    status: undefined,
    nextStep: /set podvault\.dev\/inject/,
  })
  t.equal(
    explain({ metadata: { annotations: { 'vault.hashicorp.com/agent-inject': 'true' } } }, 'n', settings).language,
    'vault-k8s',
  )
})

t.test('a refused pod has its problems and the settings all the same', async t => {
  const explained = explain(podWith({ renew: 'maybe' }), 'shop', settings)
  t.match(explained, { decision: { kind: 'reject', reason: 'bad-value' }, added: undefined, nextStep: /allowed/ })
  t.match(
    explained.settings.find(({ annotation }) => annotation === 'podvault.dev/renew'),
    { value: 'maybe', origin: 'pod' },
  )
})

t.test(
  'an injected pod is explained as the pod that it was, and its status shows whether that still holds',
  async t => {
    const pod = injected(podWith())
    const same = explain(pod, 'shop', settings)
    t.match(same, { status: { version: /\d/ }, decision: { kind: 'inject', hash: same.status?.hash } })
    t.same(same.added, explain(podWith(), 'shop', settings).added)
    const changed = explain(pod, 'shop', { ...settings, defaults: annotated({ refresh: '1m' }) })
    t.match(changed, { decision: { kind: 'inject' }, status: { hash: same.status?.hash } })
    t.not((changed.decision as { readonly hash: string }).hash, same.status?.hash)
    t.match(explain(pod, 'kube-system', settings), { decision: { reason: 'system-namespace' }, status: {} })
  },
)

t.test('a process namespace that is shared for a signal is told', async t => {
  const pod = podWith({ 'on-change': 'signal:SIGHUP' }, { securityContext: { runAsUser: 7 } })
  t.equal(explain(pod, 'shop', settings).added?.shareProcessNamespace, true)
})

t.test('a pod that runs is explained as it was when it was about to be created', t => {
  const { metadata } = podWith()
  const asking = { 'agent-inject': 'true', role: 'web', 'agent-inject-secret-a': 'secret/a' }
  const annotations = Object.fromEntries(
    Object.entries(asking).map(([key, value]) => [`vault.hashicorp.com/${key}`, value]),
  )
  const pod = { ...podWith(), metadata: { ...metadata, annotations }, status: { phase: 'Running' } }
  t.equal(explain(pod, 'shop', settings).decision.kind, 'inject')
  t.end()
})
