import t from 'tap'
import { notAllowed, otherAddresses, policyProblems } from '../../src/inject/policy.ts'
import { type Allow, safest, type Texts } from '../../src/inject/settings.ts'
import { read, settings } from '../fixtures/pods.ts'

const messages = (annotations: Texts, allow: Partial<Allow> = {}, operator: Texts = {}) => {
  const { intent, given } = read(annotations, operator)
  return policyProblems(intent, given, { ...settings, allow: { ...safest, ...allow } }).map(({ message }) => message)
}

t.test('a refusal says which rule of the operator it is, in the reason too', async t => {
  t.strictSame(notAllowed('x', 'images'), {
    reason: 'not-allowed',
    message: 'the operator does not allow x (rule allow.images)',
  })
})

t.test('a pod that chooses nothing is allowed everything', async t => t.strictSame(messages({ role: 'web' }), []))

t.test('no address but the operator’s own, unless the operator allows it', async t => {
  const other = { address: 'https://other:8200' }
  t.strictSame(messages(other), [
    'the operator does not allow podvault.dev/address "https://other:8200" (rule allow.addresses)',
  ])
  t.strictSame(messages({ address: 'https://vault.example.com:8200/' }), [])
  t.strictSame(messages(other, { addresses: ['https://other:8200'] }), [])
})

t.test('Vault’s certificate is verified, unless the operator allows otherwise', async t => {
  const skipping = { 'tls-skip-verify': 'true' }
  t.strictSame(messages(skipping), [
    'the operator does not allow podvault.dev/tls-skip-verify (rule allow.tls-skip-verify)',
  ])
  t.strictSame(messages(skipping, { tlsSkipVerify: true }), [])
  t.strictSame(messages({ 'tls-skip-verify': 'false' }), [])
})

t.test('Vault namespaces may be listed; without a list there is no limit', async t => {
  t.strictSame(messages({ namespace: 'team-a' }), [])
  t.strictSame(messages({ namespace: 'team-a' }, { vaultNamespaces: ['team-a'] }), [])
  t.strictSame(messages({ namespace: 'team-b' }, { vaultNamespaces: ['team-a'] }), [
    'the operator does not allow podvault.dev/namespace "team-b" (rule allow.vault-namespaces)',
  ])
  t.strictSame(messages({}, { vaultNamespaces: ['team-a'] }), [])
})

t.test('a CA and a server name of the pod’s own may be forbidden', async t => {
  const own = { 'ca-configmap': 'a', 'ca-secret': 'b', 'tls-server-name': 'c' }
  t.strictSame(messages(own), [])
  t.strictSame(messages(own, { ownCa: false }), [
    'the operator does not allow podvault.dev/ca-configmap (rule allow.own-ca)',
    'the operator does not allow podvault.dev/ca-secret (rule allow.own-ca)',
    'the operator does not allow podvault.dev/tls-server-name (rule allow.own-ca)',
  ])
})

t.test('what the operator says himself needs no permission', async t => {
  const said = { address: 'https://other:8200', namespace: 'x', 'ca-secret': 'y', 'tls-skip-verify': 'true' }
  t.strictSame(messages({}, { vaultNamespaces: [], ownCa: false }, said), [])
})

t.test('an engine that is not allowed serves no pod', async t => {
  t.strictSame(messages({}, { engines: ['vault-agent'] }), [
    'the operator does not allow the engine podvault (rule allow.engines)',
  ])
})

t.test('Vault may send on to the addresses that the operator knows, whichever the pod chose', async t => {
  const operator = (addresses: readonly string[]) => ({ address: 'https://a', allow: { ...safest, addresses } })
  t.strictSame(otherAddresses('https://a', operator([])), [])
  t.strictSame(otherAddresses('https://a', operator(['https://b', 'https://a'])), ['https://b'])
  t.strictSame(otherAddresses('https://b', operator(['https://b', 'https://c'])), ['https://a', 'https://c'])
  t.strictSame(otherAddresses('https://b', { allow: { ...safest, addresses: ['https://b'] } }), [])
})
