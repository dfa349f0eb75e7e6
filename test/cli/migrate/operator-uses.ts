import t from 'tap'
import { usesOf } from '../../../src/cli/migrate/operator-uses.ts'
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
        { name: 'app', env: [env('A', 'api', 'a'), env('B', 'other', 'b'), { name: 'C', value: 'c' }] },
        { name: 'beside', envFrom: [{ secretRef: { name: 'api' } }] },
      ],
      volumes: [
        { name: 'bare', projected: {} },
        { name: 'mixed', projected: { sources: [{ configMap: { name: 'api' } }, { secret: { name: 'api' } }] } },
      ],
    },
  }
  t.match(usesOf(pod, 'api'), {
    env: [{ container: 'app', name: 'A', key: 'a', optional: false }],
    envFrom: ['beside'],
    volumes: [{ name: 'mixed', items: undefined, mounts: [] }],
  })
})
