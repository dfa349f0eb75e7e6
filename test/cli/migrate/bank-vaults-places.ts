import t from 'tap'
import { changesOf, placesIn, rewritten } from '../../../src/cli/migrate/bank-vaults-places.ts'
import type { Pod } from '../../../src/inject/pod.ts'

const pod: Pod = {
  spec: {
    initContainers: [{ name: 'schema', env: [{ name: 'A', value: 'vault:secret/data/a#a' }] }],
    containers: [
      {
        name: 'app',
        envFrom: [
          { configMapRef: { name: 'known' }, prefix: 'P_' },
          { configMapRef: {} },
          { secretRef: { name: 's' } },
        ],
        env: [
          { name: 'A', value: 'plain' },
          { name: 'URL', value: 'http://${vault:secret/data/a#a}@b' },
          { name: 'BROKEN', value: 'vault:v1:c' },
          { name: 'FROM', valueFrom: { configMapKeyRef: { name: 'known', key: 'k' } } },
          { name: 'UNKNOWN', valueFrom: { configMapKeyRef: { name: 'unknown', key: 'k' } } },
          { name: 'FIELD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
        ],
      },
      { name: 'bare' },
    ],
  },
}
const known = { k: 'vault:secret/data/a#k', other: 'plain' }
const places = placesIn(pod, name => (name === 'known' ? known : undefined))

t.test('references are found in variables, and in ConfigMaps that are known', async t => {
  t.same(
    places.map(({ container, variable, configMap }) => [container, variable, configMap]),
    [
      ['schema', 'A', undefined],
      ['app', 'P_k', 'known'],
      ['app', 'URL', undefined],
      ['app', 'BROKEN', undefined],
      ['app', 'FROM', 'known'],
    ],
  )
  t.same(
    placesIn({}, () => undefined),
    [],
  )
})

t.test('the pod as it is to be has none of them, but those that somebody has to look at', async t => {
  const { spec } = rewritten(pod, places)
  t.same(spec?.initContainers?.[0]?.env, [])
  t.same(
    spec?.containers[0]?.env?.map(({ name, value }) => [name, value]),
    [
      ['A', 'plain'],
      ['URL', 'http://$(SECRET_A_A)@b'],
      ['UNKNOWN', undefined],
      ['FIELD', undefined],
    ],
  )
  t.same(rewritten({}, []), { spec: { initContainers: [], containers: [] } })
})

t.test('what has to be changed is said of each', async t => {
  t.same(changesOf(places), [
    'container schema, variable A: remove',
    'ConfigMap known, and container app, variable P_k: remove',
    'container app, variable URL: write $(SECRET_A_A) in the place of secret/a#a',
    'ConfigMap known, and container app, variable FROM: remove',
  ])
})
