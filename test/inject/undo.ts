import fc from 'fast-check'
import jsonpatch from 'fast-json-patch'
import assert from 'node:assert/strict'
import t from 'tap'
import { decide } from '../../src/inject/decide.ts'
import type { Operation } from '../../src/inject/patch.ts'
import type { Pod } from '../../src/inject/pod.ts'
import { injectedStatus, statusAnnotation } from '../../src/inject/status.ts'
import { bothUndos, undoOf, undoPatch, type UndoOperation } from '../../src/inject/undo.ts'
import { podProblem } from '../../src/webhook/pod-shape.ts'
import { annotated, podWith, settings } from '../fixtures/pods.ts'

const apply = (pod: Pod, patch: readonly (Operation | UndoOperation)[]): Pod =>
  jsonpatch.applyPatch(structuredClone(pod), structuredClone(patch) as Operation[], true).newDocument

const injected = (pod: Pod): Pod => {
  const read = structuredClone(pod)
  assert.equal(podProblem(read, 'the pod'), undefined)
  const decision = decide(read, 'shop', settings)
  assert.equal(decision.kind, 'inject', JSON.stringify(decision))
  return decision.kind === 'inject' ? apply(pod, decision.patch) : pod
}

const without = (pod: Pod): Pod => apply(pod, undoPatch(pod))

const undoIn = (pod: Pod): unknown => JSON.parse(String(pod.metadata?.annotations?.[statusAnnotation])).undo

t.test('a pod that was injected and undone is the pod that it was', async () => {
  const item = (name: string) => fc.constant({ name, mountPath: `/${name}`, value: 'x', image: 'x' })
  const list = (...given: readonly string[]) =>
    fc.option(
      fc.subarray([...given]).chain(some => fc.tuple(...some.map(item))),
      { nil: null },
    )
  const own = fc.record({ env: list('A', 'B'), volumeMounts: list('m', 'n') }, { requiredKeys: [] })
  const containers = (...names: readonly string[]) =>
    fc.tuple(...names.map(name => own.map(lists => ({ name, image: 'x', ...lists }))))
  const spec = fc.record(
    {
      containers: containers('app', 'web'),
      initContainers: fc.oneof(containers('migrate'), fc.constant([]), fc.constant(null)),
      volumes: list('m', 'n'),
    },
    { requiredKeys: ['containers'] },
  )
  const asked = fc.record(
    {
      'init-containers': fc.constant('all'),
      renew: fc.constant('false'),
      'secrets-file': fc.constant('one,two'),
      containers: fc.constant('web'),
    },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(spec, asked, (made, annotations) => {
      const pod = podWith(annotations, made as unknown as Partial<NonNullable<Pod['spec']>>)
      assert.deepEqual(without(injected(pod)), pod)
    }),
    { numRuns: 2000 },
  )
})

t.test('what is not podvault’s stays, whoever added it', async t => {
  const pod = injected(podWith({}, { volumes: [{ name: 'podvault-like', emptyDir: {} }] }))
  const proxy = { name: 'proxy', volumeMounts: [{ name: 'podvault-secrets', mountPath: '/x' }], env: [{ name: 'A' }] }
  const later = { ...pod, spec: { ...pod.spec, containers: [proxy, ...(pod.spec?.containers ?? [])] } }
  t.same(without(later).spec, {
    containers: [
      { name: 'proxy', env: [{ name: 'A' }] },
      { name: 'app', image: 'example.com/app:1' },
    ],
    volumes: [{ name: 'podvault-like', emptyDir: {} }],
  })
})

t.test('a container that came later and was injected too is undone too', async t => {
  const pod = injected(podWith())
  const proxy = { name: 'proxy', image: 'x' }
  const later = { ...pod, spec: { ...pod.spec, containers: [proxy, ...(pod.spec?.containers ?? [])] } }
  const twice = injected(later)
  t.same(undoIn(twice), undoIn(pod))
  t.same(without(twice), podWith({}, { containers: [proxy, { name: 'app', image: 'example.com/app:1' }] }))
})

t.test('the status says only what cannot be seen', async t => {
  t.same(undoIn(injected(podWith())), {
    containers: ['podvault-login', 'podvault-renew'],
    volumes: ['podvault-secrets', 'podvault-state', 'podvault-token'],
  })
  const odd = { name: 'app', image: 'x', env: null, volumeMounts: [] } as never
  t.match(undoIn(injected(podWith({}, { volumes: [], containers: [odd] }))), {
    empty: { volumes: [], 'app/env': null, 'app/volumeMounts': [] },
  })
})

t.test('processes are shared, or not, as they were before', async t => {
  const additions = (shareProcessNamespace: boolean) => ({
    volumes: [],
    containers: [],
    wirings: [],
    annotations: {},
    shareProcessNamespace,
  })
  for (const before of [undefined, true, false]) {
    const spec = before === undefined ? {} : { shareProcessNamespace: before }
    const undo = undoOf(podWith({}, spec), additions(before !== true))
    t.same(undo, { containers: [], volumes: [], shareProcessNamespace: before ?? null })
    const status = JSON.stringify({ version: '1', hash: 'x', containers: [], undo })
    t.same(without(podWith({ status }, { shareProcessNamespace: before !== true })), podWith({}, spec))
    t.same(without(podWith({ status })), podWith())
  }
  t.same(undoOf({}, additions(true)), { containers: [], volumes: [], shareProcessNamespace: null })
})

t.test('a pod in the language of vault-k8s is undone as well, whichever engine it has', async t => {
  const annotations = {
    'vault.hashicorp.com/agent-inject': 'true',
    'vault.hashicorp.com/role': 'web',
    'vault.hashicorp.com/agent-inject-secret-db': 'secret/data/db',
    'vault.hashicorp.com/secret-volume-path-db': '/somewhere',
    'vault.hashicorp.com/agent-share-process-namespace': 'true',
  }
  for (const engine of ['podvault', 'vault-agent']) {
    const asking = { ...annotations, 'podvault.dev/engine': engine }
    const pod: Pod = { ...podWith(), metadata: { name: 'web', annotations: asking } }
    const after = injected(pod)
    t.match(after.metadata?.annotations, { 'vault.hashicorp.com/agent-inject-status': 'injected' })
    t.match(injectedStatus(after), { undo: { containers: ['vault-agent-init', 'vault-agent'] } }, engine)
    t.same(without(after), pod)
  }
})

t.test('the earlier injection knows better what was there before', async t => {
  const first = { containers: ['a'], volumes: ['v'], empty: { volumes: null } }
  const second = { containers: [], volumes: ['w'], empty: { volumes: [] as const, 'b/env': null } }
  t.same(bothUndos(first, second), {
    containers: ['a'],
    volumes: ['v', 'w'],
    empty: { volumes: null, 'b/env': null },
  })
  t.same(bothUndos(first, { containers: [], volumes: [] }).empty, { volumes: null })
  t.same(bothUndos({ containers: [], volumes: [] }, { containers: [], volumes: [] }), { containers: [], volumes: [] })
  t.equal(bothUndos(undefined, second), second)
})

t.test('without podvault’s status nothing is taken away, whatever the names', async t => {
  const likeOurs = podWith(
    {},
    { initContainers: [{ name: 'podvault-login' }], volumes: [{ name: 'podvault-secrets' }] },
  )
  t.same(undoPatch(likeOurs), [])
  t.same(undoPatch({}), [])
  t.same(undoPatch({ metadata: { annotations: annotated({ status: 'injected' }) } }), [])
  t.same(
    undoPatch({ metadata: { annotations: annotated({ status: '{"version":"1","hash":"x","containers":[]}' }) } }),
    [],
  )
})

t.test('other annotations become what they were, the status goes', async t => {
  const undo = { containers: [], volumes: [], annotations: { 'a/b~': 'before', c: null, gone: 'x' } }
  const status = JSON.stringify({ version: '1', hash: 'x', containers: [], undo })
  const annotations = { ...annotated({ status }), 'a/b~': 'set', c: 'set', other: 'x' }
  t.same(without({ metadata: { annotations } }), { metadata: { annotations: { 'a/b~': 'before', other: 'x' } } })
  const additions = { volumes: [], containers: [], wirings: [], annotations: { 'a/b~': 'set', c: 'set' } }
  const before = { metadata: { annotations: { 'a/b~': 'before' } } }
  t.same(undoOf(before, additions).annotations, { 'a/b~': 'before', c: null })
})

t.test('a variable that an app takes from a file of its own stays', async t => {
  const own = { name: 'OWN', valueFrom: { fileKeyRef: { volumeName: 'own', path: 'env', key: 'OWN' } } }
  const pod = podWith({}, { containers: [{ name: 'app', env: [own] }], volumes: [{ name: 'own', emptyDir: {} }] })
  t.strictSame(without(injected(pod)), pod)
})

t.test('the first podvaults left no word of what they had added; their names tell', async t => {
  const pod = podWith({ 'secrets-file': 'shop' }, { volumes: [{ name: 'podvault-mine', emptyDir: {} }] })
  const now = injected(pod)
  const { undo: _, ...first } = JSON.parse(String(now.metadata?.annotations?.[statusAnnotation]))
  const annotations = { ...now.metadata?.annotations, [statusAnnotation]: JSON.stringify(first) }
  const then = { ...now, metadata: { ...now.metadata, annotations } }
  t.strictSame(without(then), pod)
  const { spec, ...rest } = then
  const bare = { ...rest, spec: { ...spec, containers: spec?.containers ?? [], initContainers: [], volumes: [] } }
  t.strictSame(undoPatch(bare), [], 'a status alone proves nothing')
  t.strictSame(undoPatch(podWith()), [])
  const { volumes: __, ...volumeless } = spec ?? { containers: [] }
  t.ok(undoPatch({ ...then, spec: volumeless }).length > 0, 'though not everything need be there any more')
})
