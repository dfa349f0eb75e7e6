import fc from 'fast-check'
import t from 'tap'
import { fromSecretsOperator, idleObjects } from '../../../src/cli/migrate/secrets-operator.ts'
import type { OperatorObject } from '../../../src/cli/migrate/operator-objects.ts'
import type { Pod } from '../../../src/inject/pod.ts'
import { stage } from '../../fixtures/migrations.ts'

const object = (kind: string, name: string, spec: object, namespace = 'shop'): OperatorObject => ({
  kind,
  namespace,
  name,
  spec: spec as Readonly<Record<string, unknown>>,
})
const auth = object('VaultAuth', 'default', { kubernetes: { role: 'shop', audiences: ['vault'] } })
const api = object('VaultStaticSecret', 'api', {
  mount: 'kv',
  path: 'api',
  refreshAfter: '1h30m',
  destination: { name: 'api' },
})
const db = object('VaultDynamicSecret', 'db', {
  mount: 'database',
  path: 'creds/a',
  renewalPercent: 50,
  destination: { name: 'db' },
})
const tls = object('VaultPKISecret', 'tls', {
  mount: 'pki',
  role: 'web',
  commonName: 'a.b',
  destination: { name: 'tls' },
})

type Spec = NonNullable<Pod['spec']>
const migrated = (container: object, objects: readonly OperatorObject[], spec: Partial<Spec> = {}, more: object = {}) =>
  fromSecretsOperator(stage({}, { containers: [{ name: 'app', ...container }], ...spec }, more), 'web', [
    auth,
    ...objects,
  ])
const env = (name: string, secret: string, key: string, optional?: boolean) => ({
  name,
  valueFrom: { secretKeyRef: { name: secret, key, ...(optional !== undefined && { optional }) } },
})

t.test('a pod that reads none of its Secrets is none of its', async t => {
  t.equal(migrated({}, [api]), undefined)
  t.equal(migrated({ env: [env('A', 'other', 'a')] }, [api]), undefined)
  t.equal(migrated({ env: [env('A', 'api', 'a')] }, [{ ...api, namespace: 'elsewhere' }]), undefined)
  t.equal(fromSecretsOperator({ ...stage({}), pod: {} }, 'web', [auth, api]), undefined)
})

t.test('keys in the environment become variables', async t => {
  const found = migrated({ env: [env('KEY', 'api', 'key'), { name: 'LEVEL', value: 'info' }] }, [api])
  t.match(found, { tool: 'secrets-operator', engine: { name: 'podvault' }, byHand: [/^put the annotations/] })
  t.equal(found?.byHand.length, 1)
  t.same(found?.annotations, {
    'podvault.dev/inject': 'true',
    'podvault.dev/role': 'shop',
    'podvault.dev/audience': 'vault',
    'podvault.dev/refresh': '1h30m',
    'podvault.dev/secrets': 'secrets:\n  - path: kv/api\n    kv: v2\n    env:\n      KEY: key\n',
  })
  t.same(found?.changes, [
    'container app, variable KEY: remove',
    'VaultStaticSecret shop/api: remove, when nobody else reads the Secret api',
  ])
})

t.test('keys that may be missing, and all keys at once', async t => {
  t.match(migrated({ env: [env('KEY', 'api', 'key', true)] }, [api])?.annotations, {
    'podvault.dev/secrets': /optional: true/,
  })
  const whole = migrated({ envFrom: [{ secretRef: { name: 'api' } }, { configMapRef: { name: 'a' } }] }, [api])
  t.match(whole?.byHand, [/^put/, /takes all keys of the Secret api into its environment: .*source api\.env/])
  t.match(whole?.annotations, { 'podvault.dev/secrets': /name: api\.env\n +format: env/ })
  t.match(whole?.changes, ['container app, envFrom api: remove'])
})

t.test('volumes become files in the same place', async t => {
  const volumes = [
    { name: 'v', secret: { secretName: 'db', items: [{ key: 'username', path: 'user' }] } },
    { name: 'other', emptyDir: {} },
  ]
  const mounts = {
    volumeMounts: [
      { name: 'v', mountPath: '/etc/db' },
      { name: 'other', mountPath: '/tmp' },
    ],
  }
  const found = migrated(mounts, [db], { volumes })
  t.match(found, { engine: { name: 'podvault' } })
  t.match(found?.annotations, {
    'podvault.dev/path': '/etc/db',
    'podvault.dev/renew-at': '0.5',
    'podvault.dev/secrets': /files:\n +- name: user\n +format: raw\n +key: username/,
  })
  t.match(found?.changes, ['volume v, and its mounts: remove'])
})

t.test('a volume of all keys, a single file of one, and two places', async t => {
  const volumes = [
    { name: 'v', projected: { sources: [{ serviceAccountToken: { path: 't' } }, { secret: { name: 'api' } }] } },
    { name: 'bare', projected: {} },
  ]
  const volumeMounts = [
    { name: 'v', mountPath: '/a' },
    { name: 'v', mountPath: '/b' },
    { name: 'v', mountPath: '/c/key', subPath: 'key' },
    { name: 'v', mountPath: '/d/key', subPathExpr: '$(KEY)' },
  ]
  const found = migrated({ volumeMounts }, [api], { volumes })
  t.match(found?.byHand, [
    /^put/,
    /each key of the Secret api was a file/,
    /a single file at \/c\/key/,
    /a single file at \/d\/key/,
  ])
  t.equal(found?.annotations?.['podvault.dev/path'], undefined)
})

t.test('a certificate has the names of a Secret of type tls', async t => {
  const volumes = [{ name: 'v', secret: { secretName: 'tls' } }]
  const found = migrated({ volumeMounts: [{ name: 'v', mountPath: '/tls' }] }, [tls], { volumes })
  t.match(found?.annotations, { 'podvault.dev/secrets': /path: pki\/issue\/web\n[^]*name: tls\n +format: cert/ })
  t.match(found?.byHand, [/^put/, /tls\.crt has the certificate alone/])
  t.match(migrated({ env: [env('CRT', 'tls', 'certificate')] }, [tls])?.byHand, [/^put/])
})

t.test('the quickest of several, and what is told at once', async t => {
  const quick = { ...api.spec, refreshAfter: '500ms', syncConfig: { instantUpdates: true } }
  const other = object('VaultStaticSecret', 'b', { ...quick, destination: { name: 'b' } })
  const slow = object('VaultDynamicSecret', 'c', { ...db.spec, renewalPercent: 95, destination: { name: 'c' } })
  const found = migrated({ env: [env('A', 'api', 'a'), env('B', 'b', 'b'), env('C', 'c', 'c')] }, [api, other, slow])
  t.match(found?.annotations, {
    'podvault.dev/refresh': '500ms',
    'podvault.dev/renew-at': '0.9',
    'podvault.dev/instant-updates': 'true',
  })
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

t.test('each field of an object becomes something', async t => {
  const odd = { ...tls, spec: { ...tls.spec, ttl: '1h', expiryOffset: '1h' } }
  const found = migrated({ env: [env('A', 'tls', 'certificate'), env('B', 'api', 'b')] }, [
    odd,
    { ...api, spec: { ...api.spec, novelty: 1 } },
  ])
  const becomes = Object.fromEntries((found?.settings ?? []).map(each => [each.setting, each.becomes]))
  t.equal(becomes['VaultPKISecret shop/tls: ttl'], 'params')
  t.equal(becomes['VaultPKISecret shop/tls: expiryOffset'], 'podvault.dev/renew-at')
  t.equal(becomes['VaultStaticSecret shop/api: novelty'], 'unknown')
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
