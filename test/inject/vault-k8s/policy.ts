import t from 'tap'
import { safest, type Settings } from '../../../src/inject/settings.ts'
import { policyProblems } from '../../../src/inject/vault-k8s/policy.ts'
import { generous, messages, named, wishOf } from '../../fixtures/vault-k8s.ts'
import { settings } from '../../fixtures/pods.ts'

const refused = (texts: Readonly<Record<string, string>>, operator: Partial<Settings> = {}): readonly string[] =>
  messages(policyProblems(wishOf(texts, {}, { ...settings, ...operator })))

const choices = {
  service: 'https://other.example.com',
  'tls-skip-verify': 'true',
  'agent-run-as-user': '0',
  'agent-image': 'example.com/vault:1',
  'agent-json-patch': '[{"op":"remove","path":"/args"}]',
  'agent-init-json-patch': '[{"op":"remove","path":"/args"}]',
}

t.test('by default a pod may not leave the operator’s Vault, or run something else', async t => {
  t.strictSame(refused(choices), [
    'the operator does not allow vault.hashicorp.com/service "https://other.example.com" (rule allow.addresses)',
    'the operator does not allow vault.hashicorp.com/agent-image "example.com/vault:1" (rule allow.images)',
    'the operator does not allow vault.hashicorp.com/tls-skip-verify "true" (rule allow.tls-skip-verify)',
    'the operator does not allow vault.hashicorp.com/agent-run-as-user "0" (rule allow.run-as-root)',
    String.raw`the operator does not allow vault.hashicorp.com/agent-json-patch "[{\"op\":\"remove\",\"path\":\"/args\"}]" (rule allow.json-patch)`,
    String.raw`the operator does not allow vault.hashicorp.com/agent-init-json-patch "[{\"op\":\"remove\",\"path\":\"/args\"}]" (rule allow.json-patch)`,
  ])
  t.match(policyProblems(wishOf(choices, {}, settings))[0], { reason: 'not-allowed' })
})

t.test('what the operator allows is allowed', async t => {
  t.strictSame(refused(choices, generous), [])
})

t.test('what is the operator’s own, or no choice at all, is always allowed', async t => {
  t.strictSame(refused({}), [])
  t.strictSame(
    refused({
      service: `${settings.address}/`,
      'tls-skip-verify': 'false',
      'agent-run-as-user': '',
      'agent-image': settings.vaultImage,
      'agent-json-patch': '[]',
      'agent-init-json-patch': '',
      'proxy-address': '',
    }),
    [],
  )
  t.strictSame(refused({ 'agent-image': settings.image }), [])
})

t.test('namespaces, proxies and certificates are free until the operator lists them', async t => {
  const texts = {
    namespace: 'team',
    'proxy-address': 'http://proxy',
    'ca-cert': '/x',
    'ca-key': '/y',
    'tls-server-name': 'z',
  }
  t.strictSame(refused(texts), [])
  const allow = { ...safest, vaultNamespaces: ['other'], proxies: [], ownCa: false }
  t.match(refused(texts, { allow }), [
    /namespace "team" \(rule allow.vault-namespaces\)$/,
    /proxy-address "http:\/\/proxy" \(rule allow.proxies\)$/,
    /ca-cert "\/x" \(rule allow.own-ca\)$/,
    /ca-key "\/y" \(rule allow.own-ca\)$/,
    /tls-server-name "z" \(rule allow.own-ca\)$/,
  ])
  t.strictSame(refused({ namespace: 'other' }, { allow }), [])
})

t.test('what the operator’s own layers say needs no rule, for pods that repeat it neither', async t => {
  const defaults = named(choices)
  t.strictSame(refused({}, { defaults }), [])
  t.strictSame(refused(choices, { defaults }), [])
  t.strictSame(refused({}, { inherited: defaults }), [])
})

t.test('without an operator’s address a pod’s own needs the rule', async t => {
  const { address: _, ...nowhere } = settings
  t.match(policyProblems(wishOf({ service: 'https://x' }, {}, nowhere)), [{ reason: 'not-allowed' }])
})
