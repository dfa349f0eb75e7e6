import t from 'tap'
import { simpleOf } from '../../../src/cli/simple/pod.ts'
import { settings } from '../../fixtures/pods.ts'

t.test("what policies add is what the webhook adds, with holes for what is each pod's own", async t => {
  const { volumes, agents, resources, wiring, ids, config, holes } = simpleOf(settings)
  t.same(
    volumes.map(({ name }) => name),
    ['podvault-secrets', 'podvault-state', 'podvault-token'],
  )
  t.same(
    agents.map(({ name }) => name),
    ['podvault-login', 'podvault-renew'],
  )
  t.same(resources.bestEffort, {})
  t.match(resources.burstable, { requests: { cpu: '10m' }, limits: { memory: String } })
  t.match(resources.guaranteed, { requests: { cpu: '100m' }, limits: { cpu: '100m' } })
  t.match(wiring.mounts, [{ mountPath: '/vault/secrets' }])
  t.same(ids, { user: 65532, group: 65532 })
  t.match(config, `"address":"https://vault.example.com:8200"`)
  t.match(config, `"role":"' + object.metadata.annotations['podvault.dev/role'] + '"`)
  t.match(
    config,
    `variables.secrets.map(s, '{"path":"' + s.path + '","env":[{"name":"' + s.name + '","key":"' + s.key + '"}]`,
  )
  t.match(config, `'"mode":' + string(variables.mode)`)
  t.notMatch(config, /hole/i)
  t.same(
    holes.map(([, expression]) => expression).filter(expression => expression.includes('hole')),
    [],
  )
})

t.test("the operator's defaults are in it", async t => {
  const defaults = { 'podvault.dev/path': '/secrets', 'podvault.dev/renew': 'false', 'podvault.dev/refresh': '1m' }
  const { agents, wiring, config } = simpleOf({ ...settings, defaults })
  t.equal(agents.length, 1)
  t.match(wiring.mounts, [{ mountPath: '/secrets' }])
  t.match(config, '"refresh":60')
})

t.test('settings that hang on more of a pod than policies look at are refused', async t => {
  const refused = (more: Partial<typeof settings>, message: RegExp) =>
    t.throws(() => simpleOf({ ...settings, ...more }), { code: 'usage', message })
  refused({ profiles: { a: {} } }, /profiles and defaults by namespace are for the webhook/)
  refused({ namespaces: { a: {} } }, /profiles and defaults by namespace/)
  refused(
    { defaults: { 'podvault.dev/containers': 'app', 'vault.hashicorp.com/role': 'a' } },
    /a default of podvault\.dev\/containers, vault\.hashicorp\.com\/role is for the webhook/,
  )
  refused({ defaults: { 'podvault.dev/on-change': 'signal:SIGHUP' } }, /only the webhook can prepare a pod for signals/)
  const { address: _, ...nowhere } = settings
  t.throws(() => simpleOf(nowhere), { code: 'usage', message: /no Vault address is known/ })
})
