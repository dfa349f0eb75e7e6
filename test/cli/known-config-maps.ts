import t from 'tap'
import { isConfigMap, knownConfigMaps } from '../../src/cli/known-config-maps.ts'

const labels = { 'podvault.dev/secrets-file': 'true' }
const configMap = (metadata: object, data: unknown = { 'a.secrets': 'A=b#c' }) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata,
  data,
})

t.test('labelled ConfigMaps are known by namespace and name, those of Lists too', async t => {
  const known = knownConfigMaps(
    [
      configMap({ name: 'one', labels, namespace: 'shop' }),
      { kind: 'List', items: [configMap({ name: 'two', labels })] },
      null,
      7,
    ],
    'here',
  )
  const entries = [{ path: 'secret/b', env: [{ name: 'A', key: 'c' }], files: [] }]
  t.match(known('shop', 'one')?.get('a.secrets'), { entries })
  t.match(known('here', 'two')?.get('a.secrets'), { entries })
  t.equal(known('here', 'one'), undefined)
})

t.test('a file that is wrong is known as wrong, and templates are none', async t => {
  const data = { 'x.secrets': 'nonsense', 'page.tmpl': '{{ }}' }
  const known = knownConfigMaps([configMap({ name: 'one', labels }, data)], 'n')('n', 'one')
  t.same([...(known?.keys() ?? [])], ['x.secrets'])
  t.match(known?.get('x.secrets'), { problems: [{ line: 1 }] })
})

t.test('others are not known', async t => {
  const others = [
    configMap({ name: 'x' }),
    configMap({ name: 'x', labels: { 'podvault.dev/secrets-file': 'yes' } }),
    { ...configMap({ name: 'x', labels }), kind: 'Secret' },
    { ...configMap({ name: 'x', labels }), metadata: 7 },
  ]
  for (const other of others) t.equal(knownConfigMaps([other], 'n')('n', 'x'), undefined)
  t.equal(knownConfigMaps([configMap({ name: 'x', labels }, 7)], 'n')('n', 'x'), undefined)
  t.equal(isConfigMap(7), false)
})
