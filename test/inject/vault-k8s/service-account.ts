import t from 'tap'
import { readVaultK8s } from '../../../src/inject/vault-k8s/read.ts'
import {
  agentTokenVolume,
  appTokenVolume,
  isOrdinary,
  namedTokenVolume,
  ownTokenVolume,
} from '../../../src/inject/vault-k8s/service-account.ts'
import type { Pod } from '../../../src/inject/pod.ts'
import { account, messages, named, vaultPod } from '../../fixtures/vault-k8s.ts'

const find = (name: string, spec: Partial<NonNullable<Pod['spec']>>) =>
  namedTokenVolume(
    vaultPod({}, spec),
    readVaultK8s([{ origin: 'pod', texts: named({ 'agent-service-account-token-volume-name': name }) }]),
  )

const projected = {
  name: 'tok',
  projected: { sources: [{ configMap: {} }, { serviceAccountToken: { path: 'vault', audience: 'vault' } }] },
}

t.test('the volume that a pod names is mounted where the app has it, else where vault-k8s puts it', async t => {
  const containers = [{ name: 'app', volumeMounts: [{ name: 'tok', mountPath: '/tokens' }] }]
  t.strictSame(find('tok', { volumes: [projected], containers }), {
    volume: { name: 'tok', mountPath: '/tokens', path: 'vault' },
    problems: [],
  })
  t.strictSame(find('tok', { volumes: [projected] }).volume, {
    name: 'tok',
    mountPath: '/var/run/secrets/vault.hashicorp.com/serviceaccount',
    path: 'vault',
  })
  t.strictSame(find('', {}), { problems: [] })
})

t.test('one that is not there, or holds no token, is refused in vault-k8s’s words', async t => {
  const containers = [{ name: 'app', volumeMounts: [{ name: 'tok', mountPath: '/tokens' }] }]
  const why = (spec: Partial<NonNullable<Pod['spec']>>) => messages(find('tok', spec).problems)
  t.match(why({ volumes: [] }), [/^error creating new agent sidecar: failed to find service account volume "tok"/])
  t.match(why({ containers }), [/failed to find volume "tok" in Pod "web" volumes/])
  t.match(why({ volumes: [{ name: 'tok', emptyDir: {} }] }), [/failed to find tokenPath for projected volume "tok"/])
  const nameless: Pod = { spec: { containers } }
  const read = readVaultK8s([{ origin: 'pod', texts: named({ 'agent-service-account-token-volume-name': 'tok' }) }])
  t.match(messages(namedTokenVolume(nameless, read).problems), [/in Pod "" volumes/])
})

t.test('the app’s token is the first mount that looks like one', async t => {
  t.strictSame(appTokenVolume(vaultPod()), { name: account.name, mountPath: account.mountPath, path: 'token' })
  t.equal(appTokenVolume(vaultPod({}, { containers: [{ name: 'app' }] })), undefined)
  t.equal(appTokenVolume({}), undefined)
  const aws = { name: 'aws', mountPath: '/var/run/secrets/eks.amazonaws.com/serviceaccount' }
  t.equal(appTokenVolume(vaultPod({}, { containers: [{ name: 'app', volumeMounts: [aws] }] })), undefined)
  t.ok(isOrdinary(appTokenVolume(vaultPod())!))
  t.notOk(isOrdinary({ name: 'tok', mountPath: '/serviceaccount', path: 'token' }))
})

t.test('a token of podvault’s own has no audience, as Vault roles made for vault-k8s expect none', async t => {
  t.strictSame(ownTokenVolume('/t').added?.projected?.sources, [
    { serviceAccountToken: { expirationSeconds: 3600, path: 'token' } },
  ])
})

t.test('Vault Agent gets the named token, else the app’s, else one of its own', async t => {
  const tok = { name: 'tok', mountPath: '/t', path: 'x' }
  t.equal(agentTokenVolume(vaultPod(), tok), tok)
  t.equal(agentTokenVolume(vaultPod(), undefined).name, account.name)
  t.match(agentTokenVolume({}, undefined), { name: 'podvault-token', added: { name: 'podvault-token' } })
})
