import t from 'tap'
import { migrate } from '../../../src/cli/migrate/all.ts'
import type { Migrated } from '../../../src/cli/migrate/all.ts'
import { migrationText } from '../../../src/cli/migrate/text.ts'
import { cases } from '../../fixtures/cases.ts'
import { matchesGolden } from '../../fixtures/golden.ts'
import { migratedFile } from '../../fixtures/migrations.ts'

t.test('every pod of vault-k8s that is tested is reported', async t => {
  const all = cases().filter(({ name }) => name.startsWith('vault-k8s'))
  t.ok(all.length >= 51)
  const reports = all.map(({ name, pod, namespace, settings }) => {
    const { migrations } = migrate([{ kind: 'Pod', namespace, name, pod }], [], settings, 'default')
    return { migrations, name }
  })
  const migrations = reports.flatMap(each => each.migrations)
  const unasked = reports.filter(each => each.migrations.length === 0).map(({ name }) => name)
  t.same(unasked, ['vault-k8s-opted-out'])
  const count = (outcome: string) => migrations.filter(each => each.outcome === outcome).length
  const counts = { 'as it is': count('as it is'), better: count('better'), 'by hand': count('by hand') }
  const text = migrationText({ migrations, counts, others: unasked.length, objects: [] })
  matchesGolden(t, 'test/fixtures/migrate/vault-k8s.txt', text)
})

for (const name of ['bank-vaults', 'secrets-operator'])
  t.test(`what ${name} does is reported, with the annotations that do the same`, async t => {
    const result = migratedFile(`test/fixtures/migrate/${name}.yaml`)
    matchesGolden(t, `test/fixtures/migrate/${name}.txt`, migrationText(result))
  })

t.test('nothing at all, and one without a name whose words would steer a terminal', async t => {
  const counts = { 'as it is': 0, better: 0, 'by hand': 0 }
  const nothing: Migrated = { migrations: [], counts, others: 0, objects: [] }
  t.equal(migrationText(nothing), '0 workloads: 0 as they are, 0 get better, 0 need a hand\n')
  const finding = { tool: 'vault-k8s', better: [], notes: ['\u001b[31m'], byHand: [], settings: [] } as const
  const migrations = [{ kind: 'Pod', namespace: 'a', name: '', outcome: 'as it is', findings: [finding] }] as const
  t.match(
    migrationText({ ...nothing, migrations }),
    /^Pod a\/\(no name\): as it is \(vault-k8s\)\n {2}note {6}\\u001b\[31m\n1 workload: /,
  )
})
