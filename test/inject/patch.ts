import jsonpatch from 'fast-json-patch'
import t from 'tap'
import { type Additions, buildPatch } from '../../src/inject/patch.ts'
import type { Pod } from '../../src/inject/pod.ts'

const nothing: Additions = {
  volumes: [],
  containers: [],
  wirings: [],
  annotations: { 'podvault.dev/status': '{}' },
}
const init = (name: string, at: number) => ({ list: 'initContainers', at, container: { name } }) as const
const paths = (pod: Pod, additions: Partial<Additions>): readonly string[] =>
  buildPatch(pod, { ...nothing, ...additions }).map(({ path }) => path)
const apply = (pod: Pod, additions: Partial<Additions>): Pod =>
  jsonpatch.applyPatch(structuredClone(pod), buildPatch(pod, { ...nothing, ...additions }), true).newDocument

const container = {
  name: 'app',
  env: [{ name: 'URL', value: '$(DB)' }],
  volumeMounts: [{ name: 'data', mountPath: '/data' }],
}
const pod: Pod = {
  metadata: { annotations: {} },
  spec: {
    containers: [container],
    initContainers: [{ name: 'mesh' }, { name: 'migrate' }],
    volumes: [{ name: 'data' }],
  },
}
const wiring = {
  list: 'containers',
  index: 0,
  container,
  mounts: [{ name: 'm', mountPath: '/m' }],
  env: [{ name: 'DB' }, { name: 'PW' }],
  lateEnv: [],
} as const

t.test('lists that are there are extended, never rewritten', async t => {
  const additions = {
    volumes: [{ name: 'v' }, { name: 'w' }],
    containers: [init('login', 1), init('renew', 2)],
    wirings: [wiring],
  }
  t.strictSame(paths(pod, additions), [
    '/spec/volumes/-',
    '/spec/volumes/-',
    '/spec/containers/0/volumeMounts/-',
    '/spec/containers/0/env/0',
    '/spec/containers/0/env/1',
    '/spec/initContainers/1',
    '/spec/initContainers/2',
    '/metadata/annotations/podvault.dev~1status',
  ])
  const { spec } = apply(pod, additions)
  t.strictSame(
    spec?.initContainers?.map(({ name }) => name),
    ['mesh', 'login', 'renew', 'migrate'],
  )
  t.strictSame(
    spec?.containers[0]?.env?.map(({ name }) => name),
    ['DB', 'PW', 'URL'],
    'so that URL may refer to $(DB)',
  )
  t.strictSame(
    spec?.volumes?.map(({ name }) => name),
    ['data', 'v', 'w'],
  )
})

t.test('lists that are missing or null come whole, once', async t => {
  const bare = {
    spec: { containers: [{ name: 'app', env: null, volumeMounts: null }], initContainers: null, volumes: null },
  } as unknown as Pod
  const additions = {
    volumes: [{ name: 'v' }, { name: 'w' }],
    containers: [init('login', 0)],
    wirings: [{ ...wiring, container: bare.spec?.containers[0] ?? container }],
  }
  const expected = [
    '/spec/volumes',
    '/spec/containers/0/volumeMounts',
    '/spec/containers/0/env',
    '/spec/initContainers',
    '/metadata/annotations/podvault.dev~1status',
  ]
  t.strictSame(paths(bare, additions), expected)
  t.strictSame(paths({}, { ...additions, wirings: [{ ...wiring, container: { name: 'app' } }] }), expected)
  t.strictSame(paths({}, { wirings: [{ ...wiring, container: { name: 'app' }, env: [] }] }), [
    '/spec/containers/0/volumeMounts',
    '/metadata/annotations/podvault.dev~1status',
  ])
})

t.test('an init container is wired where it stands before the login moves it', async t => {
  const { spec } = apply(pod, {
    containers: [init('login', 1)],
    wirings: [{ ...wiring, list: 'initContainers', index: 1, container: { name: 'migrate' } }],
  })
  t.strictSame(spec?.initContainers?.[2], {
    name: 'migrate',
    volumeMounts: [{ name: 'm', mountPath: '/m' }],
    env: [{ name: 'DB' }, { name: 'PW' }],
  })
})

t.test('a container may go behind the pod’s own, and a variable behind the container’s own', async t => {
  const { spec } = apply(pod, {
    containers: [init('login', 0), { list: 'containers', at: 1, container: { name: 'renew' } }],
    wirings: [{ ...wiring, env: [], lateEnv: [{ name: 'URL', value: 'ours' }] }],
  })
  t.strictSame(
    spec?.containers.map(({ name }) => name),
    ['app', 'renew'],
  )
  t.strictSame(
    spec?.containers[0]?.env?.map(({ value }) => value),
    ['$(DB)', 'ours'],
  )
})

t.test('the process namespace is shared only where that is asked, and annotations are escaped', async t => {
  t.equal(apply(pod, {}).spec?.shareProcessNamespace, undefined)
  t.equal(apply(pod, { shareProcessNamespace: true }).spec?.shareProcessNamespace, true)
  const annotations = { 'a/b~c/d': 'x' }
  t.strictSame(apply(pod, { annotations }).metadata?.annotations, annotations)
})
