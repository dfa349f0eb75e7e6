import t from 'tap'
import { agentConfig, keepsCache } from '../../../../src/inject/engines/vault-agent/config.ts'
import { wishOf } from '../../../fixtures/vault-k8s.ts'

const token = { name: 'tok', mountPath: '/tokens/', path: 'vault' }
const config = (texts: Readonly<Record<string, string>>, isInit = false) => agentConfig(wishOf(texts), token, isInit)

// Whole configurations are compared with vault-k8s's own in containers.ts.
t.test('the smallest configuration has what vault-k8s always writes, in its order', async t => {
  t.equal(
    JSON.stringify(config({ 'agent-inject-secret-db': '' }, true)),
    '{"auto_auth":{"method":{"type":"kubernetes","mount_path":"auth/kubernetes","config":{"role":"web","token_path":"/tokens/vault"}},"sink":[{"type":"file","config":{"path":"/home/vault/.vault-token"}}]},"exit_after_auth":true,"pid_file":"/home/vault/.pid","vault":{"address":"https://vault.example.com:8200"},"template_config":{"exit_on_retry_failure":true}}',
  )
})

t.test('what is said is there', async t => {
  t.match(
    config({
      'template-lease-renewal-threshold': '0.75',
      'template-static-secret-render-interval': '1m',
      'template-config-exit-on-retry-failure': 'false',
      'template-max-connections-per-host': '4',
      'agent-auto-auth-exit-on-err': 'true',
      'agent-disable-keep-alives': 'caching, templating',
      'auth-config-role': 'other',
      'auth-config-token-path': '/mine',
      'auth-config-zone': 'x',
      'tls-skip-verify': 'true',
      'agent-inject-token': 'true',
    }),
    {
      template_config: {
        lease_renewal_threshold: 0.75,
        static_secret_render_interval: '1m',
        exit_on_retry_failure: false,
        max_connections_per_host: 4,
      },
      auto_auth: {
        method: { exit_on_err: true, config: { role: 'web', token_path: '/mine', zone: 'x' } },
        sink: [{}, { type: 'file', config: { path: '/vault/secrets/token' } }],
      },
      disable_keep_alives: ['caching', 'templating'],
      vault: { tls_skip_verify: true },
    },
  )
  t.match(config({ role: '', 'auth-config-role': 'other' }), { auto_auth: { method: { config: { role: 'other' } } } })
})

t.test('templates come in the order of their names: two reviews of one pod agree', async t => {
  const destinations = config({
    'agent-inject-secret-b': 'x',
    'agent-inject-secret-a': 'x',
    'agent-inject-template-a': '{{ x }}',
    'agent-inject-template-file-c': '/c',
    'error-on-missing-key-a': 't',
  })['template'] as { destination: string; source?: string; contents?: string; error_on_missing_key?: boolean }[]
  t.strictSame(
    destinations.map(each => each.destination),
    ['a', 'b', 'c', 'db'].map(name => `/vault/secrets/${name}`),
  )
  t.match(destinations[0], { contents: '{{ x }}' })
  t.match(destinations[2], { source: '/c', contents: undefined })
  t.equal(destinations[0]?.error_on_missing_key, true)
})

t.test('the cache outlives the init container where there are both', async t => {
  const cache = { 'agent-cache-enable': 'true' }
  const listener = [{ type: 'tcp', address: '127.0.0.1:8200', tls_disable: true }]
  t.ok(keepsCache(wishOf(cache)))
  t.notOk(keepsCache(wishOf({})))
  const persist = { type: 'kubernetes', path: '/vault/agent-cache' }
  for (const isInit of [true, false])
    t.match(config(cache, isInit), { listener, cache: { use_auto_auth_token: 'true', persist } })
  const alone = { ...cache, 'agent-pre-populate': 'false' }
  t.match(config(alone), { listener, cache: { use_auto_auth_token: 'true', persist: undefined } })
  t.match(config(alone, true), { listener: undefined, cache: undefined })
  t.match(config({ ...cache, 'agent-pre-populate-only': 'true' }, true), { listener: undefined, cache: undefined })
  t.match(config({ ...cache, 'agent-cache-exit-on-err': 'true' }), { cache: { persist: { exit_on_err: true } } })
})

t.test('quitting needs a listener, and gets one', async t => {
  t.strictSame(config({ 'agent-enable-quit': 'true' })['cache'], {})
  t.match(config({ 'agent-enable-quit': 'true', 'agent-cache-enable': 'true' }), {
    listener: [{ agent_api: { enable_quit: true } }],
    cache: { use_auto_auth_token: 'true' },
  })
})
