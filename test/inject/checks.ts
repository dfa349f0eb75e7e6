import t from 'tap'
import { inlineFiles, settingProblems, takenNames, versionProblems } from '../../src/inject/checks.ts'
import { podWith, settings, read } from '../fixtures/pods.ts'

type Texts = Readonly<Record<string, string>>
const messages = (found: readonly { readonly message: string }[]) => found.map(({ message }) => message)
const inline = (annotations: Texts) => {
  const { files, problems } = inlineFiles(read(annotations).intent)
  return problems.length > 0
    ? messages(problems)
    : files.flatMap(file => file.variables.map(({ name }) => `${file.name} ${name}`))
}
const settingMessages = (annotations: Texts, operator: Partial<typeof settings> = {}) => {
  const { intent, given } = read(annotations)
  return messages(settingProblems(intent, given, { ...settings, ...operator }))
}
const complete = { role: 'web', secrets: '' }

t.test('an inline secrets file is called secrets', async t => {
  t.strictSame(inline({}), [])
  t.strictSame(inline({ secrets: 'A=x#k\n' }), ['secrets A'])
})

t.test('a broken secrets file is refused with its line and column', async t => {
  t.strictSame(inline({ secrets: 'A=x#k\nA=y\nB' }), [
    'podvault.dev/secrets, line 2, column 4: "#" and a key are expected here: a secret is written [NAME=]path#key',
    'podvault.dev/secrets, line 3, column 2: "#" and a key are expected here: a secret is written [NAME=]path#key',
  ])
})

t.test('a name must fit where it goes: the environment, a shell, or neither', async t => {
  t.strictSame(inline({ secrets: 'ä#k' }), [
    'Kubernetes has no variable named "Ä_K", only ASCII names; give it another, as NAME=path#key',
  ])
  t.strictSame(inline({ secrets: 'a.b#k' }), ['secrets A.B_K'])
  t.strictSame(inline({ secrets: 'a.b#k', env: 'file' }), [
    'no shell can set a variable named "A.B_K"; give it another, as NAME=path#key',
  ])
  t.strictSame(inline({ secrets: 'A=x#k', env: 'file' }), ['secrets A'])
  t.strictSame(inline({ secrets: 'ä#k', env: 'none' }), ['secrets Ä_K'])
})

t.test('a pod needs a role and something to ask for; an empty secrets file is something', async t => {
  t.strictSame(settingMessages({}), [
    "podvault.dev/role is missing; set it to the Vault role of the pod's service account",
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
  t.strictSame(settingMessages({ ...complete, 'secrets-file': 'a/app.secrets,b/app,c/secrets,a/other' }), [
    'two secrets files would both write app.json; rename one',
    'two secrets files would both write secrets.json; rename one',
  ])
})

t.test('no address but the operator’s own, unless the operator allows it', async t => {
  const other = { ...complete, address: 'https://other:8200' }
  t.strictSame(settingMessages(other), [
    'the operator does not allow podvault.dev/address "https://other:8200" (rule allow.addresses)',
  ])
  t.strictSame(settingMessages({ ...complete, address: 'https://vault.example.com:8200/' }), [])
  t.strictSame(settingMessages(other, { allow: { addresses: ['https://other:8200'], tlsSkipVerify: false } }), [])
  t.strictSame(settingMessages(complete, { address: undefined as never }), [
    'no Vault address is known; the operator sets it with --vault-address',
  ])
})

t.test('Vault’s certificate is verified, unless the operator allows otherwise', async t => {
  const skipping = { ...complete, 'tls-skip-verify': 'true' }
  t.strictSame(settingMessages(skipping), [
    'the operator does not allow podvault.dev/tls-skip-verify (rule allow.tls-skip-verify)',
  ])
  t.strictSame(settingMessages(skipping, { allow: { addresses: [], tlsSkipVerify: true } }), [])
})

t.test('a cluster too old for what a pod asks is named, with the way out', async t => {
  const { intent } = read({})
  const variables = [{ name: 'A', path: 'secret/x', key: 'k' }]
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
    'the sidecar needs Kubernetes 1.29, this cluster is 1.28; set podvault.dev/renew: "false"',
  ])
  t.strictSame(problems(28, [], { ...intent, renew: false }), [])
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
