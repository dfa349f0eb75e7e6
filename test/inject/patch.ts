import jsonpatch from 'fast-json-patch'
import t from 'tap'
import { type Additions, buildPatch } from '../../src/inject/patch.ts'
import type { Pod } from '../../src/inject/pod.ts'

const nothing: Additions = { volumes: [], containers: [], at: 0, wirings: [], status: '{}' }
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
} as const

t.test('lists that are there are extended, never rewritten', async t => {
  const additions = {
    volumes: [{ name: 'v' }, { name: 'w' }],
    containers: [{ name: 'login' }, { name: 'renew' }],
    at: 1,
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
    containers: [{ name: 'login' }],
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
    containers: [{ name: 'login' }],
    at: 1,
    wirings: [{ ...wiring, list: 'initContainers', index: 1, container: { name: 'migrate' } }],
  })
  t.strictSame(spec?.initContainers?.[2], {
    name: 'migrate',
    volumeMounts: [{ name: 'm', mountPath: '/m' }],
    env: [{ name: 'DB' }, { name: 'PW' }],
  })
})
