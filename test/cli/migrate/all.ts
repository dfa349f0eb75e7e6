import t from 'tap'
import { migrate } from '../../../src/cli/migrate/all.ts'
import { asking, migratedFile, stage } from '../../fixtures/migrations.ts'
import { settings } from '../../fixtures/pods.ts'

const subject = (name: string, annotations: Readonly<Record<string, string>>, env: readonly object[] = []) => ({
  kind: 'Pod',
  namespace: 'shop',
  name,
  pod: { ...stage(annotations, { containers: [{ name: 'app', env } as never] }).pod, status: { phase: 'Running' } },
})

t.test('workloads are counted by what becomes of them; those that ask nobody apart', async t => {
  const { migrations, counts, others } = migrate(
    [
      subject('same', asking()),
      subject('better', asking({ 'agent-run-as-user': '' })),
      subject('hand', asking({ role: '' })),
      subject('other', {}),
    ],
    [],
    settings,
    'default',
  )
  t.same(counts, { 'as it is': 1, better: 1, 'by hand': 1 })
  t.equal(others, 1)
  t.same(
    migrations.map(({ name }) => name),
    ['same', 'better', 'hand'],
  )
})

t.test('a pod may ask two tools at once', async t => {
  const { migrations } = migrate(
    [subject('a', asking(), [{ name: 'A', value: 'vault:a/b#c' }])],
    [],
    settings,
    'default',
  )
  t.match(migrations, [{ outcome: 'by hand', findings: [{ tool: 'vault-k8s' }, { tool: 'bank-vaults' }] }])
})

t.test('ConfigMaps of the same namespace are looked into, Secrets with references are told', async t => {
  const configMap = (namespace: string) => ({
    kind: 'ConfigMap',
    metadata: { name: 'c', namespace },
    data: { k: 'vault:a/b#c', odd: 1 },
  })
  const env = [{ name: 'K', valueFrom: { configMapKeyRef: { name: 'c', key: 'k' } } }]
  const secret = {
    kind: 'Secret',
    data: { a: Buffer.from('vault:a/b#hush').toString('base64') },
    stringData: { b: 'vault:a/b#c', c: 'plain' },
  }
  const documents = [
    { kind: 'List', items: [configMap('other'), configMap('shop')] },
    secret,
    { kind: 'Secret', metadata: { name: 'plain' } },
    null,
  ]
  const found = migrate([subject('a', {}, env)], documents, settings, 'shop')
  t.match(found.migrations[0]?.findings[0]?.changes, ['ConfigMap c, and container app, variable K: remove'])
  t.match(found.objects, [/^Secret shop\/undefined has references of bank-vaults in a, b: /])
  t.notMatch(JSON.stringify(found), 'hush')
  t.equal(migrate([subject('a', {}, env)], [configMap('other')], settings, 'shop').migrations.length, 0)
})

t.test("the operator's objects are told that nobody reads", async t => {
  t.match(migratedFile('test/fixtures/migrate/secrets-operator.yaml').objects, [/ingress/, /hcp/])
})
