import t from 'tap'
import type { Pod } from '../../../src/inject/pod.ts'
import { account, messages, named, readOf, vaultPod, wishOf } from '../../fixtures/vault-k8s.ts'
import { settings } from '../../fixtures/pods.ts'

const read = (texts: Readonly<Record<string, string>>, spec: Partial<NonNullable<Pod['spec']>> = {}) =>
  readOf(vaultPod(texts, spec))
const warnings = (texts: Readonly<Record<string, string>>) => read(texts).warnings
const problems = (texts: Readonly<Record<string, string>>) => messages(read(texts).problems)

t.test('an ordinary pod is read without a word', async t => {
  const { wish, problems, warnings } = read({})
  t.strictSame([problems, warnings], [[], []])
  t.match(wish, { address: settings.address, folders: ['/vault/secrets'], tokenVolume: undefined, copied: [] })
  t.strictSame(
    wish.selected.map(({ list, index }) => [list, index]),
    [['containers', 0]],
  )
})

t.test('the pod’s address beats the operator’s', async t => {
  t.equal(wishOf({ service: 'https://other.example.com/' }).address, 'https://other.example.com')
})

t.test('what Vault Agent cannot do without is asked for in vault-k8s’s words', async t => {
  const { address: _, ...nowhere } = settings
  const pod = vaultPod({ role: '', 'auth-path': '' })
  t.strictSame(messages(readOf(pod, nowhere).problems), [
    'error validating agent configuration: no Vault role found; set vault.hashicorp.com/role',
    'error validating agent configuration: no Vault Auth Path found; set vault.hashicorp.com/auth-path',
    'error validating agent configuration: no Vault address found; set vault.hashicorp.com/service',
  ])
  t.match(problems({ 'auth-type': '' }), [/no Vault Auth Type found/])
  t.strictSame(problems({ role: '', 'auth-config-role': 'x' }), [])
  t.strictSame(problems({ role: '', 'auth-type': 'aws' }), [])
  t.match(problems({ role: '', 'auth-type': 'token_file' }), [
    /auth type token_file needs .*auth-config-token-file-path/,
  ])
  t.match(problems({ 'client-key': '/x' }), [/client-cert and .*client-key belong together; set both or none/])
  t.strictSame(problems({ 'client-key': '/x', 'client-cert': '/y' }), [])
  t.match(problems({ role: '', 'auth-type': 'jwt' }), [/no Vault role found/])
  t.strictSame(problems({ role: '', service: '', 'agent-configmap': 'x' }), [], 'a ConfigMap says these itself')
})

t.test('problems of every part come together', async t => {
  t.match(
    problems({
      'agent-init-first': 'x',
      'podvault.dev/env': 'x',
      'agent-service-account-token-volume-name': 'x',
      role: '',
    }),
    [/agent-init-first/, /podvault.dev\/env/, /failed to find service account volume/, /no Vault role found/],
  )
})

t.test('app containers are those that are named, init containers all, where anybody renders before them', async t => {
  const spec = { containers: [{ name: 'a' }, { name: 'b' }], initContainers: [{ name: 'i' }] }
  const selected = (texts: Readonly<Record<string, string>>) =>
    wishOf(texts, spec).selected.map(({ container }) => container.name)
  t.strictSame(selected({}), ['a', 'b', 'i'])
  t.strictSame(selected({ 'agent-inject-containers': ' b ' }), ['b', 'i'])
  t.strictSame(selected({ 'agent-inject-containers': '', 'agent-pre-populate': 'false' }), [])
  t.strictSame(readOf({ metadata: vaultPod().metadata! }).wish.selected, [])
})

t.test('the mounts of another container come along, but for its token', async t => {
  const spec = {
    containers: [{ name: 'a', volumeMounts: [account, { name: 'data', mountPath: '/data' }] }],
    initContainers: [{ name: 'i', volumeMounts: [{ name: 'cfg', mountPath: '/cfg' }] }],
  }
  t.strictSame(wishOf({ 'agent-copy-volume-mounts': 'a' }, spec).copied, [{ name: 'data', mountPath: '/data' }])
  t.strictSame(wishOf({ 'agent-copy-volume-mounts': 'i' }, spec).copied, [{ name: 'cfg', mountPath: '/cfg' }])
})

t.test('names that the pod lacks are warned about', async t => {
  t.strictSame(warnings({ 'agent-inject-containers': 'app,nope', 'agent-copy-volume-mounts': 'gone' }), [
    'agent-inject-containers names "nope"; the pod has no such container',
    'agent-copy-volume-mounts names "gone"; the pod has no such container',
  ])
  const bare = readOf({
    metadata: vaultPod({ 'agent-copy-volume-mounts': 'x', 'agent-inject-containers': 'y' }).metadata!,
  })
  t.equal(bare.warnings.length, 2)
})

t.test('a name that one of several containers has is no cause for a word', async t => {
  const containers = [{ name: 'a' }, { name: 'b' }]
  t.strictSame(read({ 'agent-inject-containers': 'b', 'agent-copy-volume-mounts': 'b' }, { containers }).warnings, [])
})

t.test('of two secrets with one file the last is written, and that is said', async t => {
  const { wish, warnings } = read({ 'agent-inject-secret-DB': 'x' })
  t.strictSame(
    wish.secrets.map(({ key }) => key),
    ['db'],
  )
  t.strictSame(warnings, ['agent-inject-secret-DB has no effect: db has the same file'])
})

t.test('files that cannot be are refused', async t => {
  t.strictSame(problems({ 'agent-inject-file-db': '../x' }), [
    'error creating new agent sidecar: the file of vault.hashicorp.com/agent-inject-secret-db would leave its folder; give it a name below it',
  ])
  t.match(problems({ 'agent-inject-secret-x': 'x', 'agent-inject-file-x': 'db/x' }), [
    /agent-inject-secret-db is "db", which is a folder for another secret/,
  ])
  const token = { 'agent-inject-token': 'true', 'agent-inject-secret-token': 'x' }
  t.match(problems(token), [/agent-inject-secret-token is "token", the file of the token itself/])
  t.strictSame(problems({ ...token, 'secret-volume-path-token': '/elsewhere' }), [])
})

t.test('what works as it is written, but hardly as it is meant, is warned about', async t => {
  for (const [texts, pattern] of [
    [{ 'agent-pre-populate': 'false', 'agent-pre-populate-only': 'true' }, /nobody will write the secrets/],
    [{ 'agent-inject-secret-db': '' }, /asks for no secret/],
    [{ 'agent-request-namespace': 'other' }, /agent-request-namespace has no effect/],
    [{ 'agent-configmap': 'x', namespace: 'team' }, /namespace has no effect with agent-configmap/],
    [{ 'tls-skip-verify': 'true' }, /certificate is not verified/],
    [{ 'agent-inject-perms-x': '0600' }, /there is no secret of that name/],
    [{ 'agent-inject-secrt': 'x' }, /there is no annotation/],
  ] as const)
    t.match(warnings(texts), [pattern])
  for (const texts of [{ 'agent-pre-populate': 'false' }, { 'agent-pre-populate-only': 'true' }, { namespace: 'team' }])
    t.strictSame(warnings(texts as Record<string, string>), [])
  const operator = { ...settings, inherited: named({ namespace: 'team' }) }
  t.strictSame(
    readOf(vaultPod({ 'agent-configmap': 'x' }), operator).warnings,
    [],
    'the operator’s namespace is no pod’s',
  )
  t.strictSame(
    warnings({ 'agent-request-namespace': 'default', 'agent-inject-secret-db': '', 'agent-inject-token': 'true' }),
    [],
  )
})
