import t from 'tap'
import { configOf } from '../../src/inject/agent-config.ts'
import { agentMounts, volumesOf } from '../../src/inject/volumes.ts'
import { checked, intentOf } from '../fixtures/settled.ts'

t.test('what is secret lives in memory, with a limit', async t => {
  for (const { name, emptyDir } of volumesOf(intentOf({})).slice(0, 2))
    t.match(emptyDir, { medium: 'Memory', sizeLimit: /^\d+Mi$/ }, name)
})

t.test('the token for Vault is podvault’s own: its audience, its lifetime', async t => {
  const [, , token] = volumesOf(intentOf({ audience: 'https://vault', 'token-ttl': '15m' }))
  t.strictSame(token?.projected?.sources, [
    { serviceAccountToken: { audience: 'https://vault', expirationSeconds: 900, path: 'token' } },
  ])
})

t.test('Vault’s CA comes from a ConfigMap or a Secret, under the key that is named', async t => {
  t.match(volumesOf(intentOf({ 'ca-configmap': 'ca' }))[3], {
    configMap: { name: 'ca', items: [{ key: 'ca.crt', path: 'ca.crt' }] },
  })
  t.match(volumesOf(intentOf({ 'ca-configmap': 'ca/x' }))[3], { configMap: { items: [{ key: 'x', path: 'ca.crt' }] } })
  t.match(volumesOf(intentOf({ 'ca-secret': 'ca' }))[3], { secret: { secretName: 'ca', items: [{ key: 'ca.crt' }] } })
  t.match(volumesOf(intentOf({ 'ca-secret': 'ca/x' }))[3], { secret: { items: [{ key: 'x' }] } })
  t.ok(agentMounts(intentOf({ 'ca-secret': 'ca' })).some(({ name }) => name === 'podvault-ca'))
})

t.test('secrets files are mounted whole, or the keys that are named', async t => {
  const intent = intentOf({ 'secrets-file': 'a,b/x,b/y' })
  t.strictSame(volumesOf(intent).slice(3), [
    { name: 'podvault-files-0', configMap: { name: 'a' } },
    {
      name: 'podvault-files-1',
      configMap: {
        name: 'b',
        items: [
          { key: 'x', path: 'x' },
          { key: 'y', path: 'y' },
        ],
      },
    },
  ])
  t.strictSame(configOf(intent, checked).mounted, [
    { configMap: 'a', folder: '/etc/secrets.d/a' },
    { configMap: 'b', folder: '/etc/secrets.d/b', key: 'x' },
    { configMap: 'b', folder: '/etc/secrets.d/b', key: 'y' },
  ])
})

t.test('the token as JSON has a volume of its own in memory', async t => {
  t.match(volumesOf(intentOf({ token: 'json' }))[3], { name: 'podvault-vault-token', emptyDir: { medium: 'Memory' } })
  t.ok(agentMounts(intentOf({ token: 'json' })).some(({ mountPath }) => mountPath === '/podvault/vault-token'))
})

t.test('a pod that logs in with something else than its service account gets that, and no token', async t => {
  const intent = intentOf({ auth: 'cert', 'auth-secret': 'tls' })
  t.strictSame(
    volumesOf(intent).map(({ name }) => name),
    ['podvault-secrets', 'podvault-state', 'podvault-auth'],
  )
  t.strictSame(agentMounts(intent)[2], { name: 'podvault-auth', mountPath: '/podvault/auth', readOnly: true })
})
