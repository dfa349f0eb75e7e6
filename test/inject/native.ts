import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import jsonpatch from 'fast-json-patch'
import t from 'tap'
import { decide } from '../../src/inject/decide.ts'
import type { Decision } from '../../src/inject/decision.ts'
import { annotations } from '../../src/inject/annotations.ts'
import { decideNative } from '../../src/inject/native.ts'
import type { Container, Pod } from '../../src/inject/pod.ts'
import { safest } from '../../src/inject/settings.ts'
import { qosOf } from '../fixtures/qos.ts'
import { isRestricted } from '../fixtures/restricted.ts'
import { annotated, knowing, podWith, settings } from '../fixtures/pods.ts'

const apply = (pod: Pod, decision: Decision): Pod =>
  decision.kind === 'inject'
    ? jsonpatch.applyPatch(structuredClone(pod), structuredClone(decision.patch), true).newDocument
    : pod

const message = (decision: Decision): string => (decision.kind === 'reject' ? decision.message : decision.kind)

t.test('asking is strict too', async t => {
  t.equal(
    message(decide(podWith({ inject: 'yes' }), 'default', settings)),
    'podvault.dev/inject is "yes"; allowed: "true" or "false"',
  )
})

t.test('the first problem is the reason of a refusal', async t => {
  t.match(decide(podWith({ memory: '1Gi' }), 'default', settings), { kind: 'reject', reason: 'bad-resources' })
})

t.test('a container that another webhook adds after the injection gets the secrets too, and only that', async t => {
  const first = apply(podWith(), decide(podWith(), 'default', settings))
  const proxy: Container = { name: 'proxy', image: 'example.com/proxy:1' }
  const grown: Pod = { ...first, spec: { ...first.spec, containers: [...(first.spec?.containers ?? []), proxy] } }
  const decision = decide(grown, 'default', settings)
  t.match(decision, { kind: 'inject', reason: 'container-added' })
  t.strictSame(decision.kind === 'inject' && decision.patch.map(({ path }) => path), [
    '/spec/containers/1/volumeMounts',
    '/spec/containers/1/env',
    '/metadata/annotations/podvault.dev~1status',
  ])
  t.match(decide(apply(grown, decision), 'default', settings), { kind: 'skip', reason: 'already-injected' })
})

t.test('a proxy that runs before the login gets nothing, at the first review and at the second', async t => {
  const init = [{ name: 'istio-proxy', restartPolicy: 'Always' }, { name: 'migrate' }]
  const pod = podWith({ 'init-containers': 'all' }, { initContainers: init })
  const first = apply(pod, decide(pod, 'default', settings))
  t.match(
    first.metadata?.annotations?.['podvault.dev/status'],
    /"containers":\["podvault-login","podvault-renew","app","migrate"\]/,
  )
  t.match(decide(first, 'default', settings), { kind: 'skip', reason: 'already-injected' })
})

t.test('a status without its containers proves nothing: the pod is injected', async t => {
  const first = apply(podWith(), decide(podWith(), 'default', settings))
  const copied: Pod = { ...podWith(), metadata: first.metadata ?? {} }
  t.match(decide(copied, 'default', settings), { kind: 'inject', reason: 'injected' })
})

t.test('a status that names containers of the pod’s own proves nothing either', async t => {
  const status = { version: '0', hash: 'x', containers: ['app'], undo: { containers: [], volumes: ['data'] } }
  const container = { name: 'app', volumeMounts: [{ name: 'data', mountPath: '/data' }] }
  const forged = podWith({ status: JSON.stringify(status) }, { containers: [container], volumes: [{ name: 'data' }] })
  t.match(decide(forged, 'default', settings), { kind: 'inject', reason: 'injected' })
  const named = {
    ...status,
    containers: ['podvault-login'],
    undo: { containers: ['podvault-login'], volumes: ['data'] },
  }
  const login = { ...container, name: 'podvault-login' }
  const pod = podWith({ status: JSON.stringify(named) }, { initContainers: [login], volumes: [{ name: 'data' }] })
  t.match(decide(pod, 'default', settings), { kind: 'reject', reason: 'name-taken' })
  const half = {
    ...status,
    containers: ['podvault-login', 'app'],
    undo: { containers: ['podvault-login'], volumes: ['data', 'podvault-secrets'] },
  }
  const ours = { name: 'podvault-login', volumeMounts: [{ name: 'podvault-secrets', mountPath: '/x' }] }
  const mixed = {
    initContainers: [ours],
    containers: [container],
    volumes: [{ name: 'data' }, { name: 'podvault-secrets' }],
  }
  t.match(decide(podWith({ status: JSON.stringify(half) }, mixed), 'default', settings), { reason: 'name-taken' })
})

t.test('a pod injected with other settings is left as it is, and that is said', async t => {
  const first = apply(podWith(), decide(podWith(), 'default', settings))
  const { warnings } = {
    warnings: [],
    ...decide(first, 'default', { ...settings, defaults: annotated({ refresh: '1m' }) }),
  }
  t.match(warnings, [/^already injected by podvault "0\.\d+\.\d+" with other settings, and left as it is$/])
})

t.test('a pod that another release has injected is left as it is: its settings may be the same', async t => {
  const first = apply(podWith(), decide(podWith(), 'default', settings))
  const status = JSON.parse(String(first.metadata?.annotations?.['podvault.dev/status']))
  const by = (version: string, hash: string): Pod => {
    const annotations = {
      ...first.metadata?.annotations,
      'podvault.dev/status': JSON.stringify({ ...status, version, hash }),
    }
    return { ...first, metadata: { ...first.metadata, annotations } }
  }
  const warnings = (pod: Pod): readonly string[] => {
    const decision = decide(pod, 'default', settings)
    return decision.kind === 'skip' ? (decision.warnings ?? []) : ['injected']
  }
  t.match(warnings(by('0.0.9', 'x')), [
    /^already injected by podvault "0\.0\.9", and left as it is; a new pod gets what \d+\.\d+\.\d+ injects$/,
  ])
  t.same(warnings(by('0.0.9', status.hash)), [], 'nothing would be different')
  for (const warning of warnings(by('9'.repeat(500), 'x'))) t.ok(warning.length <= 120, warning)
})

t.test('settings that are the same have the same hash, whatever the pod is called', async t => {
  const hash = (decision: Decision) => decision.kind === 'inject' && decision.hash
  const named: Pod = { ...podWith(), metadata: { ...podWith().metadata, name: 'other', labels: { a: 'b' } } }
  t.equal(hash(decide(podWith(), 'default', settings)), hash(decide(named, 'default', settings)))
  t.not(hash(decide(podWith(), 'default', settings)), hash(decide(podWith({ refresh: '1m' }), 'default', settings)))
})

t.test('a warning fits what the API server passes on', async t => {
  const decision = decide(podWith({ 'secrets-file': `${'x'.repeat(253)},b`, 'tls-skip-verify': 'true' }), 'default', {
    ...settings,
    allow: { ...safest, tlsSkipVerify: true },
  })
  t.equal(decision.kind === 'inject' && decision.warnings.length, 3)
  for (const warning of decision.kind === 'inject' ? decision.warnings : []) t.ok(warning.length <= 120, warning)
})

// Pods that other people's tools might make, and annotations that people might write.
const mostly = <T>(usual: readonly T[], rare: T) =>
  fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...usual) }, { weight: 1, arbitrary: fc.constant(rare) })
const name = mostly(['app', 'web', 'istio-proxy', 'migrate'], 'podvault-renew')
const context = fc.option(
  fc.record({ runAsUser: fc.constantFrom(0, 1000), fsGroup: fc.constantFrom(0, 2000) }, { requiredKeys: [] }),
  { nil: undefined },
)
const amounts = fc.option(
  fc.record({ cpu: fc.constantFrom('1', '100m'), memory: fc.constant('1Gi') }, { requiredKeys: [] }),
  { nil: undefined },
)
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined })
const container = fc.record({
  name,
  env: optional(fc.array(fc.record({ name: mostly(['A', 'B', 'X'], 'DB') }), { maxLength: 2 })),
  volumeMounts: optional(
    fc.array(
      fc.record({
        name: mostly(['data', 'logs'], 'podvault-secrets'),
        mountPath: mostly(['/data', '/x/'], '/vault'),
      }),
      { maxLength: 2 },
    ),
  ),
  securityContext: context,
  restartPolicy: optional(fc.constant('Always')),
  ports: optional(fc.constant([{ containerPort: 8080 }])),
  resources: optional(fc.record({ limits: amounts, requests: amounts })),
})
const list = (most: number) =>
  fc.uniqueArray(container, { selector: each => each.name, minLength: most > 3 ? 0 : 1, maxLength: most })
const meant: Readonly<Record<string, readonly string[]>> = {
  secrets: ['A=x#k\nC=y#l', '', 'secrets: [{path: a/b, env: {X: k}, files: [{name: f, format: json}]}]'],
  'secrets-file': ['x,y/z', 'known'],
  env: ['file', 'none'],
  path: ['/secrets'],
  'init-containers': ['all'],
  renew: ['false'],
  'run-as-user': ['7'],
  'cpu-limit': ['1'],
  'env-duplicates': ['keep', 'overwrite'],
  token: ['file', 'json', 'env'],
  'on-change': ['restart', 'signal:SIGHUP', 'http:POST http://127.0.0.1/'],
  'metrics-port': ['9105', '8080'],
  'instant-updates': ['true'],
  'native-sidecar': ['false'],
  profile: ['small', 'none'],
  address: ['https://elsewhere:8200'],
  'ca-secret': ['x'],
}
const annotation = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom(
      ...Object.entries(meant).flatMap(([key, texts]) => texts.map(text => [key, text] as const)),
    ),
  },
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom(...Object.keys(annotations), 'status', 'nonsense'), fc.string()) },
)
const anyPod: fc.Arbitrary<Pod> = fc
  .record({
    more: fc.array(annotation, { maxLength: 3 }).map(entries => Object.fromEntries(entries)),
    containers: list(3),
    initContainers: optional(list(4)),
    volumes: optional(fc.array(fc.record({ name: mostly(['data', 'logs'], 'podvault-state') }), { maxLength: 2 })),
    securityContext: context,
  })
  .map(
    ({ more, ...spec }) => JSON.parse(JSON.stringify(podWith(more, spec as Partial<NonNullable<Pod['spec']>>))) as Pod,
  )

const unique = (names: readonly string[]): boolean => new Set(names).size === names.length

const operator = {
  ...settings,
  ...knowing({ known: { 'k.secrets': 'B=x#k\nK=x#l' } }),
  profiles: { small: annotated({ cpu: '1m' }) },
}

t.test('any pod gets an answer: a patch that applies and adds only what is ours, or the reason why not', async t => {
  let injected = 0
  fc.assert(
    fc.property(anyPod, pod => {
      const before = structuredClone(pod)
      const decision = decide(pod, 'default', operator)
      const stable = JSON.stringify(decision) === JSON.stringify(decide(pod, 'default', operator))
      if (!stable || !isDeepStrictEqual(before, pod)) return false
      if (decision.kind === 'reject') return decision.problems.length > 0 && Buffer.byteLength(decision.message) < 4096
      if (decision.kind === 'skip') return true
      injected++
      const after = apply(pod, decision)
      const spec = after.spec ?? { containers: [] }
      const all = [...(spec.initContainers ?? []), ...spec.containers]
      const second = decide(after, 'default', operator)
      return (
        decision.patch.every(({ op }) => op === 'add') &&
        second.kind === 'skip' &&
        second.reason === 'already-injected' &&
        unique((spec.volumes ?? []).map(each => each.name).filter(each => each.startsWith('podvault-'))) &&
        unique(all.map(each => each.name).filter(each => each.startsWith('podvault-'))) &&
        (asksForResources(pod) || qosOf(after) === qosOf(pod)) &&
        all.every(each =>
          unique(
            (each.volumeMounts ?? []).filter(mount => mount.name.startsWith('podvault-')).map(mount => mount.mountPath),
          ),
        ) &&
        all.filter(each => each.name.startsWith('podvault-')).every(isRestricted) &&
        disjoint(portsOf(all.filter(ours)), portsOf(all.filter(each => !ours(each)))) &&
        isDeepStrictEqual(withoutOurs(after), withoutOurs(before))
      )
    }),
    { numRuns: 2000 },
  )
  t.ok(injected > 200, `${injected} of them were injected`)
})

const asksForResources = ({ metadata }: Pod): boolean =>
  Object.keys(metadata?.annotations ?? {}).some(key => /^podvault\.dev\/(?:cpu|memory)/.test(key))

const ours = (each: { readonly name: string }): boolean => each.name.startsWith('podvault-')
const portsOf = (containers: readonly Container[]): readonly number[] =>
  containers.flatMap(({ ports = [] }) => ports.map(({ containerPort }) => containerPort))
const disjoint = (some: readonly number[], others: readonly number[]): boolean =>
  some.every(each => !others.includes(each))
const kept = <T>(items: readonly T[] | undefined, drop: (item: T) => boolean): readonly T[] =>
  (items ?? []).filter(item => !drop(item))

/** The pod as it would be had podvault never seen it, empty lists like missing ones. */
const withoutOurs = (pod: Pod): unknown => {
  const strip = (each: Container): unknown => ({
    ...each,
    env: kept(each.env, item => item.valueFrom?.fileKeyRef !== undefined),
    volumeMounts: kept(each.volumeMounts, ours),
  })
  const { 'podvault.dev/status': _, ...others } = pod.metadata?.annotations ?? {}
  return {
    metadata: { ...pod.metadata, annotations: others },
    spec: {
      ...pod.spec,
      volumes: kept(pod.spec?.volumes, ours),
      initContainers: kept(pod.spec?.initContainers, ours).map(strip),
      // Shared for a signal, where the pod said nothing.
      shareProcessNamespace: undefined,
      containers: kept(pod.spec?.containers, ours).map(strip),
    },
  }
}

t.test('what a known ConfigMap gives reaches the environment; an unknown one gives files, and a warning', async t => {
  const known = { ...settings, ...knowing({ app: { 'a.secrets': 'TOKEN=api#token' } }) }
  const pod = podWith({ 'secrets-file': 'app,elsewhere' })
  const decision = decide(pod, 'default', known)
  t.match(decision, {
    warnings: ['ConfigMap "elsewhere" lacks the label podvault.dev/secrets-file: files only, no environment'],
  })
  t.strictSame(
    apply(pod, decision).spec?.containers[0]?.env?.map(({ name }) => name),
    ['DB', 'TOKEN'],
  )
  t.match(decide(podWith({ 'secrets-file': 'elsewhere', env: 'file' }), 'default', known), { warnings: [] })
})

t.test('a classic sidecar stands behind the pod’s containers, and is found again', async t => {
  const pod = podWith({ 'native-sidecar': 'false' }, { restartPolicy: 'Never' })
  const decision = decide(pod, 'default', settings)
  const injected = apply(pod, decision)
  t.strictSame(
    injected.spec?.containers.map(({ name }) => name),
    ['app', 'podvault-renew'],
  )
  t.match(decision, {
    warnings: ['podvault.dev/native-sidecar: "false" keeps a pod from ending by itself; podvault-renew goes on'],
  })
  t.match(decide(injected, 'default', settings), { kind: 'skip', reason: 'already-injected' })
  t.match(decide(podWith({ 'native-sidecar': 'false' }, { restartPolicy: 'Always' }), 'default', settings), {
    warnings: [],
  })
})

t.test('a pod of which nothing is known but that it asks is refused for what it lacks', async t => {
  t.match(decideNative({}, 'default', settings), { kind: 'reject', reason: 'missing-setting' })
  const { metadata } = podWith({ 'native-sidecar': 'false' })
  t.match(decideNative({ metadata: metadata ?? {} }, 'default', settings), { kind: 'inject' })
})

t.test('a signal shares the process namespace, a restart is an exit code of the sidecar', async t => {
  const spec = { securityContext: { runAsUser: 7 } }
  const signalled = podWith({ 'on-change': 'signal:SIGHUP' }, spec)
  t.equal(apply(signalled, decide(signalled, 'default', settings)).spec?.shareProcessNamespace, true)
  const restarted = podWith({ 'on-change': 'restart' })
  t.match(apply(restarted, decide(restarted, 'default', settings)).spec?.initContainers?.[1]?.restartPolicyRules, [
    { action: 'RestartAllContainers' },
  ])
})

t.test('what a namespace or a profile says holds, and changes the hash', async t => {
  const operator = {
    ...settings,
    namespaces: { shop: annotated({ role: 'shop', profile: 'small' }) },
    profiles: { small: annotated({ memory: '32Mi' }) },
  }
  const { metadata, ...rest } = podWith()
  const { 'podvault.dev/role': _, ...annotations } = metadata?.annotations ?? {}
  const pod = { ...rest, metadata: { ...metadata, annotations } }
  const login = apply(pod, decide(pod, 'shop', operator)).spec?.initContainers?.[0]
  t.match(login?.env?.[0]?.value, /"role":"shop"/)
  t.match(decide(pod, 'default', operator), { kind: 'reject', reason: 'missing-setting' })
})

t.test('variables that fit into no pod are refused, and never written into one', async t => {
  const containers = Array.from({ length: 100 }, (_, index) => ({ name: `c${index}` }))
  const secrets = Array.from({ length: 101 }, (_, index) => `A${index}=a/b#c`).join('\n')
  t.match(decide(podWith({ secrets }, { containers }), 'default', settings), {
    problems: [{ reason: 'bad-value', message: /^101 variables in the environment of 100 containers/ }],
  })
  t.match(decide(podWith({ secrets, containers: 'c1' }, { containers }), 'default', settings), { kind: 'inject' })
  t.match(decide(podWith({ secrets, env: 'file' }, { containers }), 'default', settings), { kind: 'inject' })
})
