import t from 'tap'
import { api, db, env, migrated, tls } from '../../fixtures/operator-objects.ts'

t.test('keys that may be missing, and all keys at once', async t => {
  t.match(migrated({ env: [env('KEY', 'api', 'key', true)] }, [api])?.annotations, {
    'podvault.dev/secrets': /optional: true/,
  })
  const whole = migrated({ envFrom: [{ secretRef: { name: 'api' } }, { configMapRef: { name: 'a' } }] }, [api])
  t.match(whole?.byHand, [/^put/, /takes all keys of the Secret api into its environment: .*source api\.env/])
  t.match(whole?.annotations, { 'podvault.dev/secrets': /name: api\.env\n +format: env/ })
  t.match(whole?.changes, ['container app, envFrom api: remove'])
})

t.test('a volume of all keys, a single file of one, and two places', async t => {
  const volumes = [
    { name: 'v', projected: { sources: [{ secret: { name: 'api' } }] } },
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

t.test('a volume that has files of others, too, stays where it is without the Secret', async t => {
  const sources = [{ configMap: { name: 'c' } }, { secret: { name: 'api' } }, { secret: { name: 'db' } }]
  const mounts = { volumeMounts: [{ name: 'v', mountPath: '/a' }] }
  const found = migrated(mounts, [api], { volumes: [{ name: 'v', projected: { sources } }] })
  t.match(found?.byHand, [/^put/, /each key/, /the volume v has other files beside those of the Secret api: /])
  t.equal(found?.annotations?.['podvault.dev/path'], undefined)
  const ours = [{ name: 'v', projected: { sources: sources.slice(1) } }]
  const whole = migrated(mounts, [api, db], { volumes: ours })
  t.notMatch(whole?.byHand.join(), /other files/)
  t.equal(whole?.annotations?.['podvault.dev/path'], '/a', 'where all of it is the operator’s, its place is taken')
})

t.test('a key that must be there is not made optional by one that need not', async t => {
  const mixed = migrated({ env: [env('A', 'api', 'a', true), env('B', 'api', 'b')] }, [api])
  t.notMatch(mixed?.annotations?.['podvault.dev/secrets'], /optional/)
  const volumes = [{ name: 'v', secret: { secretName: 'api' } }]
  const file = migrated({ env: [env('A', 'api', 'a', true)] }, [api], { volumes })
  t.notMatch(file?.annotations?.['podvault.dev/secrets'], /optional/)
})

t.test('a certificate has the names of a Secret of type tls', async t => {
  const volumes = [{ name: 'v', secret: { secretName: 'tls' } }]
  const found = migrated({ volumeMounts: [{ name: 'v', mountPath: '/tls' }] }, [tls], { volumes })
  t.match(found?.annotations, { 'podvault.dev/secrets': /path: pki\/issue\/web\n[^]*name: tls\n +format: cert/ })
  t.match(found?.byHand, [/^put/, /tls\.crt has the certificate alone/])
  t.match(migrated({ env: [env('CRT', 'tls', 'certificate')] }, [tls])?.byHand, [/^put/])
})
