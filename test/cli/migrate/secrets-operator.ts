import fc from 'fast-check'
import t from 'tap'
import { fromSecretsOperator, idleObjects } from '../../../src/cli/migrate/secrets-operator.ts'
import { stage } from '../../fixtures/migrations.ts'
import { api, auth, db, env, migrated, object } from '../../fixtures/operator-objects.ts'

t.test('a pod that reads none of its Secrets is none of its', async t => {
  t.equal(migrated({}, [api]), undefined)
  t.equal(migrated({ env: [env('A', 'other', 'a')] }, [api]), undefined)
  t.equal(migrated({ env: [env('A', 'api', 'a')] }, [{ ...api, namespace: 'elsewhere' }]), undefined)
  t.equal(fromSecretsOperator({ ...stage({}), pod: {} }, 'web', [auth, api]), undefined)
})

t.test('a rollout becomes a restart in place', async t => {
  const restarts = [{ kind: 'Deployment', name: 'web' }]
  const restarted = { ...api, spec: { ...api.spec, rolloutRestartTargets: restarts } }
  const container = { env: [env('A', 'api', 'a')] }
  t.match(migrated(container, [restarted], {}, { kind: 'Deployment' })?.annotations, {
    'podvault.dev/on-change': 'restart',
  })
  t.equal(migrated(container, [restarted], {}, { kind: 'Job' })?.annotations?.['podvault.dev/on-change'], undefined)
})

t.test('a pod has one login', async t => {
  const second = object('VaultAuth', 'second', { kubernetes: { role: 'other' } })
  const other = { ...db, spec: { ...db.spec, vaultAuthRef: 'second' } }
  const found = migrated({ env: [env('A', 'api', 'a'), env('B', 'db', 'b')] }, [api, other, second], {
    serviceAccountName: 'web',
  })
  t.match(found?.byHand, [/^put/, /a pod has one: give one Vault role all the policies/])
})

t.test('what the webhook would refuse is said', async t => {
  const found = fromSecretsOperator(stage({}, { containers: [{ name: 'app', env: [env('A', 'api', 'a')] }] }), 'web', [
    api,
  ])
  t.match(found?.byHand.join('\n'), /VaultAuth default, which is not among[^]*role is missing/)
})

t.test('objects that no workload uses, and those without a counterpart', async t => {
  const user = { namespace: 'shop', pod: stage({}, { containers: [{ name: 'a', env: [env('A', 'api', 'a')] }] }).pod }
  t.match(idleObjects([auth, api, db, object('HCPAuth', 'h', {})], [user]), [
    /VaultDynamicSecret shop\/db: no workload here reads its Secret db/,
    'HCPAuth shop/h: podvault has nothing in its place',
  ])
})

t.test('whatever stands in an object: something is said, and nothing breaks', async t => {
  const fields = [
    'mount',
    'path',
    'type',
    'version',
    'params',
    'destination',
    'vaultAuthRef',
    'refreshAfter',
    'renewalPercent',
    'syncConfig',
    'rolloutRestartTargets',
    'altNames',
    'method',
    'kubernetes',
    'headers',
    '__proto__',
  ]
  const spec = fc.dictionary(fc.constantFrom(...fields), fc.jsonValue())
  const kinds = fc.constantFrom('VaultStaticSecret', 'VaultDynamicSecret', 'VaultPKISecret')
  const property = fc.property(kinds, spec, spec, (kind, said, login) => {
    const made = object(kind, 'a', { ...said, destination: { name: 'api' } })
    const found = fromSecretsOperator(
      stage({}, { containers: [{ name: 'app', env: [env('A', 'api', 'a')] }] }),
      'web',
      [made, object('VaultAuth', 'default', login)],
    )
    return (found?.byHand.length ?? 0) > 0
  })
  fc.assert(property, { numRuns: 2000 })
  t.pass()
})

t.test('the files stay where one folder had them', async t => {
  const volumes = [{ name: 'v', secret: { secretName: 'api', items: [{ key: 'key', path: 'key' }] } }]
  const at = (...paths: readonly string[]) =>
    migrated({ volumeMounts: paths.map(mountPath => ({ name: 'v', mountPath })) }, [api], { volumes })?.annotations?.[
      'podvault.dev/path'
    ]
  t.equal(at('/etc/api'), '/etc/api')
  t.equal(at('/etc/api', '/etc/other'), undefined)
})
