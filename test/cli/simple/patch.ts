import t from 'tap'
import { derived, patchOf } from '../../../src/cli/simple/patch.ts'
import { simpleOf } from '../../../src/cli/simple/pod.ts'
import { settings } from '../../fixtures/pods.ts'

// What they mean to the API server is in test/cluster/install-simple.test.ts.
t.test(
  'the patch adds volumes, mounts, variables, both containers and the status, and to lists that are not there',
  async t => {
    const patch = patchOf(simpleOf(settings))
    const paths = Array.from(patch.matchAll(/path: ([^,]+), value/g), ([, path]) => path)
    t.same(paths, [
      "'/spec/volumes'",
      ...Array.from({ length: 3 }, () => "'/spec/volumes/-'"),
      "'/spec/containers/' + string(i) + '/volumeMounts'",
      "'/spec/containers/' + string(i) + '/volumeMounts/-'",
      "'/spec/containers/' + string(i) + '/env'",
      "'/spec/containers/' + string(i) + '/env/' + string(j)",
      "'/spec/initContainers'",
      "'/spec/initContainers/' + string(variables.at + 0)",
      "'/spec/initContainers/' + string(variables.at + 0) + '/resources'",
      "'/spec/initContainers/' + string(variables.at + 1)",
      "'/spec/initContainers/' + string(variables.at + 1) + '/resources'",
      "'/metadata/annotations/' + jsonpatch.escapeKey('podvault.dev/status')",
    ])
    t.match(patch, /^variables\.problems\.size\(\) > 0 \? \[\] :/)
    t.notMatch(patch, /hole|undefined/i)
  },
)

t.test('where variables are in no environment, none are added', async t => {
  const patch = patchOf(simpleOf({ ...settings, defaults: { 'podvault.dev/env': 'file' } }))
  t.notMatch(patch, '/env')
})

t.test('the rest of the pod decides about ids, mode, resources and order', async t => {
  const variables = derived(simpleOf(settings))
  t.same(
    variables.map(({ name }) => name),
    ['user', 'group', 'mode', 'config', 'quality', 'at'],
  )
  t.match(variables.find(({ name }) => name === 'user')?.expression, 'dyn(65532)')
  t.match(variables.find(({ name }) => name === 'at')?.expression, "dyn('istio-proxy')")
  t.match(variables.find(({ name }) => name === 'mode')?.expression, /288\n.* 256 : 292$/)
})
