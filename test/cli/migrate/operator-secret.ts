import t from 'tap'
import { api, env, migrated, tls } from '../../fixtures/operator-objects.ts'

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
