import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import jsonpatch from 'fast-json-patch'
import t from 'tap'
import { parse, stringify } from 'yaml'
import { decide } from '../../../src/inject/decide.ts'
import type { Decision } from '../../../src/inject/decision.ts'
import type { Container, Pod } from '../../../src/inject/pod.ts'
import type { Settings } from '../../../src/inject/settings.ts'
import { annotations, type Key, keys } from '../../../src/inject/vault-k8s/annotations.ts'
import { decideVaultK8s } from '../../../src/inject/vault-k8s/decide.ts'
import { matchesGolden } from '../../fixtures/golden.ts'
import { settings } from '../../fixtures/pods.ts'
import { qosOf } from '../../fixtures/qos.ts'
import { isRestricted } from '../../fixtures/restricted.ts'
import { account, generous, named, vaultPod } from '../../fixtures/vault-k8s.ts'

type Texts = Readonly<Record<string, string>>
const decided = (texts: Texts = {}, spec = {}, operator: Settings = settings) =>
  decideVaultK8s(vaultPod(texts, spec), 'default', operator)
const apply = (pod: Pod, decision: Decision): Pod =>
  decision.kind === 'inject'
    ? jsonpatch.applyPatch(structuredClone(pod), structuredClone(decision.patch), true).newDocument
    : pod
const injected = (texts: Texts = {}, spec = {}, operator = generous): Pod =>
  apply(vaultPod(texts, spec), decided(texts, spec, operator))
const names = (containers: readonly Container[] | undefined) => containers?.map(({ name }) => name)

const fixtures = 'test/fixtures/vault-k8s'
for (const name of readdirSync(fixtures))
  t.test(`the pod of ${fixtures}/${name} becomes what stands beside it`, async t => {
    const pod: Pod = parse(readFileSync(`${fixtures}/${name}/pod.yaml`, 'utf8'))
    const decision = decide(pod, 'default', generous)
    t.equal(decision.kind, 'inject')
    const after = apply(pod, decision)
    const golden = `${fixtures}/${name}/injected.yaml`
    matchesGolden(t, golden, stringify(after, { lineWidth: 0, aliasDuplicateObjects: false }))
    t.match(decide(after, 'default', generous), { kind: 'skip', reason: 'already-injected', warnings: [] })
    t.ok(existsSync(golden))
  })

t.test('only true asks; a bad value is refused in vault-k8s’s words', async t => {
  for (const text of ['false', '0', 'F', ''])
    t.match(decide(vaultPod({ 'agent-inject': text }), 'default', settings), { reason: 'not-requested' })
  for (const text of ['1', 't', 'TRUE']) t.match(decided({ 'agent-inject': text }), { kind: 'inject' })
  t.match(decided({ 'agent-inject': 'yes' }), {
    kind: 'reject',
    message: /^error checking if should inject agent: vault.hashicorp.com\/agent-inject is "yes"/,
  })
  t.match(decideVaultK8s({}, 'default', settings), { message: /no Vault role found/ })
  const annotations = { 'vault.hashicorp.com/agent-inject': 7 as never }
  t.match(decideVaultK8s({ metadata: { annotations } }, 'default', settings), { message: /is no string/ })
})

t.test('a pod that is injected, or runs already, is left alone', async t => {
  t.match(decided({ 'agent-inject-status': 'injected' }), { kind: 'skip', reason: 'already-injected' })
  t.match(decided({ 'agent-inject-status': 'update' }), { kind: 'inject' })
  t.match(decideVaultK8s({ ...vaultPod(), status: { phase: 'Running' } }, 'default', settings), {
    kind: 'skip',
    reason: 'not-a-pod-create',
  })
})

t.test('an ordinary pod gets podvault without a warning, and vault-k8s’s status', async t => {
  const decision = decided()
  t.match(decision, { kind: 'inject', reason: 'injected', engine: 'podvault', warnings: [] })
  t.equal(injected().metadata?.annotations?.['vault.hashicorp.com/agent-inject-status'], 'injected')
})

t.test('the app may write into its folder, as under vault-k8s', async t => {
  t.strictSame(injected().spec?.containers[0]?.volumeMounts, [
    account,
    { name: 'vault-secrets', mountPath: '/vault/secrets' },
  ])
})

const order = { initContainers: [{ name: 'istio-proxy', restartPolicy: 'Always' }, { name: 'migrate' }] }

t.test('the login stands behind the pod’s init containers, or in front, but behind a mesh’s proxy', async t => {
  const init = (texts: Texts) => names(injected(texts, order).spec?.initContainers)
  t.strictSame(init({}), ['istio-proxy', 'migrate', 'vault-agent-init', 'vault-agent'])
  t.strictSame(init({ 'agent-init-first': 't' }), ['istio-proxy', 'vault-agent-init', 'vault-agent', 'migrate'])
  t.strictSame(init({ 'agent-pre-populate-only': 't' }), ['istio-proxy', 'migrate', 'vault-agent-init'])
  t.strictSame(init({ 'agent-pre-populate': 'f' }), ['istio-proxy', 'migrate', 'vault-agent'])
})

t.test('a classic sidecar stands behind the app', async t => {
  const pod = injected({ 'podvault.dev/native-sidecar': 'false' })
  t.strictSame(names(pod.spec?.initContainers), ['vault-agent-init'])
  t.strictSame(names(pod.spec?.containers), ['app', 'vault-agent'])
  const old = { ...generous, kubernetes: { major: 1, minor: 28 } }
  t.strictSame(names(injected({}, {}, old).spec?.containers), ['app', 'vault-agent'])
})

t.test('nobody renders where the pod wants neither, but the volumes are there', async t => {
  const decision = decided({ 'agent-pre-populate': 'false', 'agent-pre-populate-only': 'true' })
  t.match(decision, { kind: 'inject', additions: { containers: [] }, warnings: [/nobody will write/] })
})

t.test('the process namespace is shared where the pod asks for it', async t => {
  t.equal(injected({ 'agent-share-process-namespace': 'true' }).spec?.shareProcessNamespace, true)
  t.equal('shareProcessNamespace' in (injected().spec ?? {}), false)
})

t.test('all problems at once, sorted; the rules of the operator among them', async t => {
  const decision = decided({
    'agent-init-first': 'x',
    'tls-skip-verify': 'true',
    'podvault.dev/env': 'auto',
    'podvault.dev/profile': 'none',
    'agent-run-as-same-user': 'true',
    'agent-requests-cpu': '2',
    'agent-limits-cpu': '1',
    'agent-telemetry-x': 'y',
    'podvault.dev/engine': 'podvault',
    'podvault.dev/on-change': 'restart',
    'podvault.dev/native-sidecar': 'false',
  })
  const problems = decision.kind === 'reject' ? decision.problems.map(({ message }) => message) : []
  t.strictSame(problems, [...problems].sort())
  t.equal(problems.length, 8)
  t.match(decided({ 'tls-skip-verify': 'true' }), { kind: 'reject', reason: 'not-allowed' })
})

t.test('two problems of one sentence stand side by side', async t => {
  const volumes = [{ name: 'vault-secrets' }, { name: 'vault-secrets' }]
  t.match(decided({}, { volumes }), { kind: 'reject', problems: [{ reason: 'name-taken' }, { reason: 'name-taken' }] })
})

t.test('warnings of every part come together', async t => {
  const decision = decided({ 'agent-telemetry-x': 'y', 'agent-perms': 'x' })
  t.match(decision, {
    engine: 'vault-agent',
    warnings: [/there is no annotation/, /needed by agent-telemetry-x/, /telemetry has no such parameter/],
  })
})

t.test('defaults come from every layer, the pod’s own first', async t => {
  const operator: Settings = {
    ...settings,
    namespaces: { default: named({ 'secret-volume-path': '/from-namespace' }) },
    profiles: { jobs: named({ 'agent-pre-populate-only': 'true', role: 'of-the-profile' }) },
    defaults: named({ 'agent-inject-token': 'true', 'podvault.dev/native-sidecar': 'false' }),
    inherited: named({ 'agent-limits-cpu': '1' }),
  }
  const pod = injected({ 'podvault.dev/profile': 'jobs' }, {}, operator)
  t.strictSame(names(pod.spec?.initContainers), ['vault-agent-init'])
  const [init] = pod.spec?.initContainers ?? []
  t.match(init?.env?.[0]?.value, /"role":"web".*"token":"file"/)
  t.match(init?.resources?.limits, { cpu: '1' })
  t.equal(pod.spec?.containers[0]?.volumeMounts?.[1]?.mountPath, '/from-namespace')
})

t.test('the hash is of what is said, not of the pod', async t => {
  const hash = (decision: Decision) => decision.kind === 'inject' && decision.hash
  const other = { ...vaultPod(), metadata: { ...vaultPod().metadata, name: 'other' } }
  t.equal(hash(decided()), hash(decideVaultK8s(other, 'default', settings)))
  t.equal(hash(decided()), hash(decided({ 'example.com/other': 'x', 'agent-inject-status': 'update' })))
  for (const texts of [
    { 'log-level': 'debug' },
    { 'podvault.dev/renew-at': '0.5' },
    { 'podvault.dev/engine': 'vault-agent' },
  ])
    t.not(hash(decided()), hash(decided(texts)))
})

t.test('a pod without annotations, or without a spec, gets an answer', async t => {
  for (const texts of [{}, { 'podvault.dev/native-sidecar': 'false' }])
    t.match(decideVaultK8s({ metadata: vaultPod(texts).metadata! }, 'default', settings), { kind: 'inject' })
})

// Any annotations on any pod.
const text = fc.oneof(
  fc.constantFrom(
    'true',
    'false',
    '',
    '0',
    '5s',
    'x',
    '/a/b',
    'app',
    'a/b',
    '64Mi',
    '0600',
    'null',
    'kubernetes',
    '{{ x }}',
  ),
  fc.string(),
)
const familiar = fc
  .constantFrom<Key>(...keys)
  .chain(key =>
    annotations[key].per === 'pod'
      ? fc.constant<string>(key)
      : fc.constantFrom('db', 'Db', 'x', '../y', 'role', 'token-path').map(name => `${key}-${name}`),
  )
const mixed = fc
  .constantFrom('engine', 'native-sidecar', 'on-change', 'renew-at', 'profile', 'env')
  .map(key => `podvault.dev/${key}`)
const annotation = fc.tuple(
  fc.oneof({ weight: 12, arbitrary: familiar }, { weight: 1, arbitrary: mixed }, { weight: 1, arbitrary: fc.string() }),
  fc.oneof({ weight: 12, arbitrary: text }, { weight: 1, arbitrary: fc.constant(7 as never) }),
)
/** Values that hold, so that many pods come through. */
const good: readonly (readonly [string, string])[] = [
  ['agent-init-first', 'true'],
  ['agent-pre-populate', 'false'],
  ['agent-pre-populate-only', 'true'],
  ['agent-inject-secret-x', 'secret/data/x'],
  ['agent-inject-template-x', '{{ x }}'],
  ['secret-volume-path-x', '/elsewhere'],
  ['agent-configmap', 'agent'],
  ['agent-cache-enable', 'true'],
  ['agent-copy-volume-mounts', 'app'],
  ['agent-extra-secret', 'extra'],
  ['tls-secret', 'tls'],
  ['agent-share-process-namespace', 'true'],
  ['agent-inject-token', 'true'],
  ['agent-run-as-user', '7'],
  ['agent-revoke-on-shutdown', 'true'],
  ['agent-json-patch', '[{"op":"add","path":"/tty","value":true}]'],
  ['agent-set-security-context', 'false'],
  ['podvault.dev/native-sidecar', 'false'],
  ['podvault.dev/engine', 'vault-agent'],
]
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined })
const container = fc.record({
  name: fc.oneof(
    { weight: 30, arbitrary: fc.constantFrom('app', 'web', 'istio-proxy', 'migrate') },
    { weight: 1, arbitrary: fc.constant('vault-agent') },
  ),
  restartPolicy: optional(fc.constant('Always')),
  resources: optional(
    fc.constantFrom(
      { limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '1', memory: '1Gi' } },
      { requests: { cpu: '1' } },
    ),
  ),
  securityContext: optional(fc.record({ runAsUser: fc.constantFrom(0, 7) }, { requiredKeys: [] })),
  volumeMounts: optional(
    fc.uniqueArray(
      fc.oneof(
        { weight: 20, arbitrary: fc.constantFrom(account, { name: 'data', mountPath: '/data' }) },
        { weight: 1, arbitrary: fc.constant({ name: 'x', mountPath: '/vault/secrets/' }) },
      ),
      { maxLength: 3 },
    ),
  ),
})
const list = (least: number) =>
  fc.uniqueArray(container, { selector: each => each.name, minLength: least, maxLength: 3 })
const anyPod: fc.Arbitrary<Pod> = fc
  .record({
    texts: fc.oneof(
      { weight: 2, arbitrary: fc.subarray([...good], { maxLength: 6 }) },
      { weight: 1, arbitrary: fc.array(annotation, { maxLength: 6 }) },
    ),
    spec: fc.record({
      containers: list(1),
      initContainers: optional(list(0)),
      volumes: optional(fc.constant([{ name: 'data' }])),
    }),
  })
  .map(({ texts, spec }) => JSON.parse(JSON.stringify(vaultPod(Object.fromEntries(texts), spec as object))) as Pod)

/** Whether the pod itself says something of the kind. */
const chooses = ({ metadata }: Pod, what: RegExp): boolean =>
  Object.keys(metadata?.annotations ?? {}).some(name => what.test(name))

const unique = (items: readonly unknown[]): boolean => new Set(items).size === items.length
const theirs = new Set(['data', account.name])
const isNew = ({ name }: { readonly name: string }): boolean => name !== 'vault-agent' && name !== 'vault-agent-init'

/** The pod as it would be had podvault never seen it. */
const without = (pod: Pod): unknown => {
  const strip = (each: Container): unknown => ({
    ...each,
    volumeMounts: (each.volumeMounts ?? []).filter(({ name }) => !name.startsWith('vault-secrets')),
  })
  const {
    'vault.hashicorp.com/agent-inject-status': _,
    'podvault.dev/status': __,
    ...annotated
  } = pod.metadata?.annotations ?? {}
  return {
    metadata: { ...pod.metadata, annotations: annotated },
    volumes: (pod.spec?.volumes ?? []).filter(({ name }) => theirs.has(name)),
    initContainers: (pod.spec?.initContainers ?? []).filter(isNew).map(strip),
    containers: (pod.spec?.containers ?? []).filter(isNew).map(strip),
  }
}

t.test('any pod gets an answer: a patch that applies and adds only what is ours, or the reason why not', async t => {
  let count = 0
  const isRight = (pod: Pod): boolean => {
    const before = structuredClone(pod)
    const decision = decideVaultK8s(pod, 'default', generous)
    if (!isDeepStrictEqual(before, pod)) return false
    if (JSON.stringify(decision) !== JSON.stringify(decideVaultK8s(pod, 'default', generous))) return false
    if (decision.kind === 'reject') return decision.problems.length > 0 && Buffer.byteLength(decision.message) < 4096
    if (decision.kind === 'skip') return true
    count += 1
    const after = apply(pod, decision)
    const all = [...(after.spec?.initContainers ?? []), ...(after.spec?.containers ?? [])]
    return (
      decision.warnings.every(warning => warning.length <= 120) &&
      decideVaultK8s(after, 'default', generous).kind === 'skip' &&
      unique((after.spec?.volumes ?? []).map(({ name }) => name)) &&
      (chooses(pod, /json-patch|set-security-context|run-as/) ||
        all.filter(each => !isNew(each)).every(isRestricted)) &&
      // Vault Agent in a pod without any resources has those that vault-k8s gave it.
      (chooses(pod, /(?:requests|limits)-/) || qosOf(after) === qosOf(pod) || qosOf(pod) === 'BestEffort') &&
      unique(all.map(({ name }) => name).filter(name => name.startsWith('vault-agent'))) &&
      all
        .filter(each => !isNew(each))
        .every(each => unique((each.volumeMounts ?? []).map(({ mountPath }) => mountPath))) &&
      isDeepStrictEqual(without(after), without(before))
    )
  }
  fc.assert(fc.property(anyPod, isRight), { numRuns: 2000 })
  t.ok(count > 400, `${count} of them were injected`)
})
