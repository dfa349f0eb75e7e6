import t from 'tap'
import { syncedOf } from '../../../src/cli/migrate/operator-objects.ts'
import { rewritten, usesOf } from '../../../src/cli/migrate/operator-uses.ts'
import { api, db, env, migrated } from '../../fixtures/operator-objects.ts'

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

t.test('a pod that reads none of a Secret has no use for it, and others of its kind stay', async t => {
  t.equal(usesOf({}, 'api'), undefined)
  t.equal(usesOf({ spec: { containers: [{ name: 'app' }] } }, 'api'), undefined)
  const pod = {
    spec: {
      initContainers: [{ name: 'before', envFrom: [{ configMapRef: { name: 'api' } }] }],
      containers: [
        { name: 'app', env: [env('A', 'api', 'a', true), env('B', 'other', 'b'), { name: 'C', value: 'c' }] },
        { name: 'beside', envFrom: [{ secretRef: { name: 'api' } }] },
      ],
      volumes: [
        { name: 'bare', projected: {} },
        { name: 'mixed', projected: { sources: [{ configMap: { name: 'api' } }, { secret: { name: 'api' } }] } },
      ],
    },
  }
  t.match(usesOf(pod, 'api'), {
    env: [{ container: 'app', name: 'A', key: 'a', optional: true }],
    envFrom: ['beside'],
    volumes: [{ name: 'mixed', items: undefined, isShared: true, mounts: [] }],
  })
})

t.test('without its Secrets a pod has all else that it had', async t => {
  const [kept, gone] = [
    { name: 'tmp', mountPath: '/tmp' },
    { name: 'v', mountPath: '/v' },
  ]
  const pod = {
    spec: {
      initContainers: [{ name: 'before', volumeMounts: [kept, gone] }],
      containers: [{ name: 'app', env: [env('A', 'api', 'a'), env('B', 'other', 'b')], volumeMounts: [gone] }],
      volumes: [
        { name: 'tmp', emptyDir: {} },
        { name: 'v', secret: { secretName: 'api' } },
      ],
    },
  }
  const [synced, uses] = [syncedOf(api), usesOf(pod, 'api')]
  if (synced === undefined || uses === undefined) throw new Error('it is used')
  t.same(rewritten(pod, [{ synced, uses }]).spec, {
    initContainers: [{ name: 'before', env: [], volumeMounts: [kept] }],
    containers: [{ name: 'app', env: [env('B', 'other', 'b')], volumeMounts: [] }],
    volumes: [{ name: 'tmp', emptyDir: {} }],
  })
})

t.test('of a volume that has files of others, too, its source alone is taken out', async t => {
  const changes = (...sources: readonly object[]) =>
    migrated({}, [api, db], { volumes: [{ name: 'v', projected: { sources } }] })?.changes?.filter(each =>
      each.startsWith('volume'),
    )
  const [one, other] = [{ secret: { name: 'api' } }, { secret: { name: 'db' } }]
  t.same(changes(one, { configMap: { name: 'c' } }), ['volume v, its source api: remove'])
  t.same(changes(one, { secret: { name: 'own' } }), ['volume v, its source api: remove'])
  t.same(changes(one, other), ['volume v, and its mounts: remove'], 'which is said once')
})
