import t from 'tap'
import {
  foreignAnnotations,
  settingProblems,
  takenNames,
  takenPorts,
  versionProblems,
} from '../../src/inject/checks.ts'
import { podWith, settings, read } from '../fixtures/pods.ts'

type Texts = Readonly<Record<string, string>>
const messages = (found: readonly { readonly message: string }[]) => found.map(({ message }) => message)
const settingMessages = (annotations: Texts, operator: Partial<typeof settings> = {}) => {
  const { intent, given } = read(annotations)
  return messages(settingProblems(intent, given, { ...settings, ...operator }))
}
const complete = { role: 'web', secrets: '' }

t.test('a pod needs something to ask for; an empty secrets file is something', async t => {
  t.strictSame(settingMessages({}), [
    'the pod asks for no secret; set podvault.dev/secrets or podvault.dev/secrets-file',
  ])
  t.strictSame(settingMessages(complete), [])
  t.strictSame(settingMessages({ role: 'web', 'secrets-file': 'a' }), [])
})

t.test('a bad value is one problem, not also a missing one', async t => {
  t.strictSame(settingMessages({ role: '', secrets: '', address: 'x' }, { address: undefined as never }), [])
  t.strictSame(settingMessages({ role: 'web', 'secrets-file': '-' }), [])
})

t.test('contradictions are refused', async t => {
  t.strictSame(settingMessages({ ...complete, 'ca-configmap': 'a', 'ca-secret': 'b' }), [
    'podvault.dev/ca-configmap and podvault.dev/ca-secret exclude each other; keep one',
  ])
  t.strictSame(settingMessages({ role: 'web', 'secrets-file': 'a,a/x,b/y' }), [
    'podvault.dev/secrets-file names the ConfigMap a more than once, and once as a whole; keep that one',
  ])
  t.strictSame(settingMessages({ role: 'web', token: 'env', env: 'none' }), [
    'podvault.dev/token: env needs podvault.dev/env: auto or file; set one of them',
  ])
  t.strictSame(settingMessages({ ...complete, 'metrics-port': '9105', renew: 'false' }), [
    'podvault.dev/metrics-port needs the sidecar, which podvault.dev/renew: "false" leaves out; drop one of them',
  ])
  t.strictSame(settingMessages({ ...complete, 'metrics-port': 'none', renew: 'false' }), [])
  t.strictSame(settingMessages({ ...complete, engine: 'vault-agent' }), [
    'podvault.dev/engine: vault-agent serves the annotations of vault-k8s, vault.hashicorp.com/*; remove it here',
  ])
})

t.test('the token alone is something to ask for', async t => {
  t.strictSame(settingMessages({ role: 'web', token: 'file' }), [])
  t.strictSame(settingMessages({ role: 'web', token: 'non' }), [])
})

t.test('Vault must be known by an address', async t => {
  t.strictSame(settingMessages(complete, { address: undefined as never }), [
    'no Vault address is known; the operator sets it with --vault-address',
  ])
  t.strictSame(settingMessages({ ...complete, address: 'https://v:8200' }, { address: undefined as never }), [])
})

t.test('a pod speaks one language: vault-k8s’s annotations are refused by name', async t => {
  const pod = podWith()
  const annotations = {
    ...pod.metadata?.annotations,
    'vault.hashicorp.com/role': 'x',
    'vault.hashicorp.com/service': 'x',
  }
  t.strictSame(messages(foreignAnnotations({ ...pod, metadata: { annotations } })), [
    'the pod carries podvault.dev/inject, and also "vault.hashicorp.com/role, vault.hashicorp.com/service"; it can ask in one language only, so remove either',
  ])
  const optedOut = { ...pod.metadata?.annotations, 'vault.hashicorp.com/agent-inject': 'false' }
  t.strictSame(foreignAnnotations({ ...pod, metadata: { annotations: optedOut } }), [], 'opting out says nothing else')
  t.strictSame(foreignAnnotations({}), [])
})

t.test('a cluster too old for what a pod asks is named, with the way out', async t => {
  const { intent } = read({})
  const variables = [{ name: 'A', optional: false }]
  const problems = (minor: number, given = variables, wanted = intent, major = 1) =>
    messages(versionProblems(wanted, given, { major, minor }))
  t.strictSame(problems(35), [])
  t.strictSame(problems(0, variables, intent, 2), [])
  t.strictSame(problems(34), [
    'secrets in the environment need Kubernetes 1.35, this cluster is 1.34; set podvault.dev/env: file',
  ])
  t.strictSame(problems(34, []), [])
  t.strictSame(problems(34, variables, { ...intent, env: 'file' }), [])
  t.strictSame(problems(28, []), [
    'native sidecars need Kubernetes 1.29, this cluster is 1.28; set podvault.dev/native-sidecar: "false"',
  ])
  t.strictSame(problems(28, [], { ...intent, renew: false }), [])
  t.strictSame(problems(28, [], { ...intent, 'native-sidecar': false }), [])
  t.equal(problems(99, variables, intent, 0).length, 2)
})

t.test('containers, volumes and mounts of our names are refused by name', async t => {
  t.strictSame(takenNames(podWith()), [])
  t.strictSame(takenNames({}), [])
  const pod = podWith(
    {},
    {
      initContainers: [{ name: 'podvault-login' }],
      containers: [
        {
          name: 'app',
          volumeMounts: [
            { name: 'podvault-state', mountPath: '/x' },
            { name: 'podvault-files-9', mountPath: '/y' },
          ],
        },
      ],
      volumes: [{ name: 'podvault-files-9' }, { name: 'data' }],
    },
  )
  t.strictSame(messages(takenNames(pod)), [
    'the pod already has a container "podvault-login", a name that podvault needs; rename it',
    'the pod already has a volume "podvault-files-9", a name that podvault needs; rename it',
    'the pod already has a mount of a volume "podvault-state", a name that podvault needs; rename it',
  ])
})

t.test('a port that a container uses is none for metrics', async t => {
  const pod = podWith({}, { containers: [{ name: 'a' }, { name: 'web', ports: [{ containerPort: 8080 }] }] })
  t.strictSame(messages(takenPorts(pod, 8080)), [
    'podvault.dev/metrics-port is 8080, which container "web" uses; choose another one',
  ])
  for (const port of [9105, 'none', undefined] as const) t.strictSame(takenPorts(pod, port), [])
})
