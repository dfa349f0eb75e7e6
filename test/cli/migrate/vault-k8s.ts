import t from 'tap'
import { fromVaultK8s } from '../../../src/cli/migrate/vault-k8s.ts'
import { asking, stage } from '../../fixtures/migrations.ts'
import { settings } from '../../fixtures/pods.ts'

t.test('a pod that does not ask vault-k8s is none of its', async t => {
  t.equal(fromVaultK8s(stage({})), undefined)
  t.equal(fromVaultK8s({ ...stage({}), pod: {} }), undefined)
  t.equal(fromVaultK8s(stage(asking({ 'agent-inject': 'false' }))), undefined)
})

t.test('what is the same, better, of another engine or without effect is said of each annotation', async t => {
  const found = fromVaultK8s(stage(asking({ 'log-level': 'debug', 'proxy-address': '' })))
  t.match(found, {
    engine: { name: 'podvault' },
    better: [],
    byHand: [],
    notes: [/no effect on podvault's agent: log-level/],
  })
  const becomes = Object.fromEntries((found?.settings ?? []).map(each => [each.setting.split('/')[1], each.becomes]))
  t.equal(becomes['role'], 'same')
  t.match(becomes['agent-inject-secret-db'], /^better: /)
  t.match(becomes['log-level'], /^warned: /)
  t.equal(becomes['proxy-address'], 'engine vault-agent')
})

t.test('an engine comes with its reason', async t => {
  const found = fromVaultK8s(stage(asking({ 'agent-cache-enable': 'true', 'agent-limits-mem': '32Mi' })))
  t.match(found, { byHand: [], engine: { name: 'vault-agent', because: /^needed by agent-.*agent-/ } })
  t.match(
    found?.settings.find(({ setting }) => setting.endsWith('limits-mem')),
    { becomes: /^engine vault-agent below 64Mi/ },
  )
  const chosen = fromVaultK8s(stage({ ...asking(), 'podvault.dev/engine': 'vault-agent' }))
  t.same(chosen?.engine, { name: 'vault-agent', because: 'somebody has chosen it' })
})

t.test('an annotation that nobody knows needs a hand', async t => {
  const found = fromVaultK8s(stage(asking({ 'agent-inject-comand-db': 'x' })))
  t.match(found?.byHand, [/there is no annotation .*agent-inject-comand-db.*correct or remove it/])
  t.match(found?.settings.at(-1), { becomes: 'unknown' })
})

t.test('what the webhook refuses or leaves alone needs a hand, in its own words', async t => {
  t.match(fromVaultK8s(stage(asking({ role: '', service: 'http://elsewhere:8200' })))?.byHand, [
    /no Vault role found; set vault.hashicorp.com\/role/,
    /allow\.addresses/,
  ])
  t.match(fromVaultK8s(stage(asking({ 'agent-inject-status': 'injected' })))?.byHand, [/remove the annotation, or/])
  const system = fromVaultK8s(stage(asking(), {}, { namespace: 'kube-system' }))
  t.match(system, {
    byHand: [/left alone: run the pod in another namespace/],
    notes: [/kube-system/],
    engine: undefined,
  })
})

t.test('what is lacking from the operator is lacking here, too', async t => {
  const { address: _, ...without } = settings
  t.match(fromVaultK8s(stage(asking(), {}, { settings: without }))?.byHand, [/no Vault address found/])
})
