import t from 'tap'
import { neededOfApp, tokenOf } from '../../../../src/inject/engines/podvault/token.ts'
import { account, wishOf } from '../../../fixtures/vault-k8s.ts'

const beside = { 'ca-cert': `${account.mountPath}/ca.crt` }

t.test('a token for podvault alone stands where Kubernetes would mount its own, or beside the app’s', async t => {
  const place = '/var/run/secrets/kubernetes.io/serviceaccount'
  t.match(tokenOf(wishOf({})), { mountPath: place, path: 'token', added: { name: 'podvault-token' } })
  t.match(tokenOf(wishOf(beside)), { mountPath: '/podvault/token', path: 'token' })
})

t.test('a token that somebody made for Vault is used', async t => {
  const containers = [{ name: 'app', volumeMounts: [{ name: 'vault-token', mountPath: '/run/serviceaccount' }] }]
  t.match(tokenOf(wishOf({}, { containers })), { name: 'vault-token', mountPath: '/run/serviceaccount' })
  t.equal(tokenOf(wishOf({}, { containers }))?.added, undefined)
})

t.test('the volume that the pod names is used before any other', async t => {
  const volumes = [{ name: 'tok', projected: { sources: [{ serviceAccountToken: { path: 'x' } }] } }]
  const named = tokenOf(wishOf({ 'agent-service-account-token-volume-name': 'tok' }, { volumes }))
  t.match(named, { name: 'tok', path: 'x' })
})

t.test('a login without a service account needs none', async t => {
  t.equal(tokenOf(wishOf({ 'auth-type': 'approle' })), undefined)
})

t.test('the app’s token volume is needed for what lies in it, and for nothing else', async t => {
  t.match(neededOfApp(wishOf(beside)), { name: account.name, mountPath: account.mountPath })
  t.match(neededOfApp(wishOf({ 'auth-config-token-path': `${account.mountPath}/token` })), { name: account.name })
  t.equal(neededOfApp(wishOf({ 'ca-cert': `${account.mountPath}-of-mine/ca.crt` })), undefined)
  t.equal(neededOfApp(wishOf(beside, { containers: [{ name: 'app' }] })), undefined)
})
