import t from 'tap'
import { podvaultEngine } from '../../../src/inject/engines/podvault.ts'
import { config, engine, namesOf } from '../../fixtures/podvault-engine.ts'
import { account, generous, wishOf } from '../../fixtures/vault-k8s.ts'

t.test('an ordinary pod gets a login and a sidecar with one configuration', async t => {
  const { init, sidecar, volumes, problems } = engine()
  t.strictSame(problems, [])
  t.match(init, { name: 'vault-agent-init', args: ['login'], image: generous.image })
  t.match(sidecar, { name: 'vault-agent', args: ['renew'], restartPolicy: 'Always', env: init.env })
  t.strictSame(namesOf(volumes), ['vault-secrets', 'podvault-state', 'podvault-token'])
  t.strictSame(init.volumeMounts, [
    { name: 'vault-secrets', mountPath: '/podvault/secrets' },
    { name: 'podvault-state', mountPath: '/podvault/state' },
    { name: 'podvault-token', mountPath: '/var/run/secrets/kubernetes.io/serviceaccount', readOnly: true },
  ])
  t.strictSame(config(), {
    version: 1,
    vault: { address: 'https://vault.example.com:8200', redirects: ['https://other.example.com'] },
    auth: {
      method: 'kubernetes',
      path: 'kubernetes',
      role: 'web',
      tokenFile: '/var/run/secrets/kubernetes.io/serviceaccount/token',
    },
    files: [
      {
        name: 'secrets',
        entries: [{ path: 'database/creds/app', env: [], files: [{ name: 'db', format: 'vault-agent-map' }] }],
      },
    ],
    mounted: [],
    env: 'none',
    folders: { secrets: '/podvault/secrets', state: '/podvault/state' },
    mode: 0o444,
    refresh: 300,
    renewAt: 0.67,
    revoke: false,
    loginTimeout: 120,
  })
})

t.test('the sidecar stands among the containers where it is no native one', async t => {
  t.equal(podvaultEngine(wishOf({}), false).sidecar.restartPolicy, undefined)
})

t.test('a token that somebody made for Vault is used, the API server’s is not', async t => {
  const own = (mount: { readonly name: string; readonly mountPath: string }) =>
    engine({}, { containers: [{ name: 'app', volumeMounts: [mount] }] })
  t.match(own(account).volumes[2], { name: 'podvault-token' })
  const theirs = own({ name: 'vault-token', mountPath: '/run/serviceaccount' })
  t.strictSame(namesOf(theirs.volumes), ['vault-secrets', 'podvault-state'])
  t.match(theirs.init.volumeMounts?.[2], { name: 'vault-token', mountPath: '/run/serviceaccount', readOnly: true })
  const volumes = [{ name: 'tok', projected: { sources: [{ serviceAccountToken: { path: 'x' } }] } }]
  const named = config({ 'agent-service-account-token-volume-name': 'tok' }, { volumes })
  t.match(named.auth, { tokenFile: '/var/run/secrets/vault.hashicorp.com/serviceaccount/x' })
  t.match(engine({}, { containers: [{ name: 'app' }] }).volumes[2], { name: 'podvault-token' })
})

t.test('a token, or a CA, in the app’s own token volume brings that volume', async t => {
  const mounts = (texts: Readonly<Record<string, string>>) => namesOf(engine(texts).init.volumeMounts)
  t.strictSame(mounts({ 'ca-cert': `${account.mountPath}/ca.crt` }), [
    'vault-secrets',
    'podvault-state',
    'podvault-token',
    account.name,
  ])
  t.strictSame(engine({ 'ca-cert': `${account.mountPath}/ca.crt` }).init.volumeMounts?.at(-1), account)
  t.ok(mounts({ 'auth-config-token-path': `${account.mountPath}/token` })?.includes(account.name))
  t.notOk(mounts({ 'ca-cert': '/elsewhere/ca.crt' })?.includes(account.name))
  t.match(config({ 'auth-config-token-path': '/x/token' }).auth, { tokenFile: '/x/token' })
  t.match(config({ 'auth-type': 'jwt', 'auth-path': 'auth/jwt', 'auth-config-path': '/x/jwt' }).auth, {
    method: 'jwt',
    path: 'jwt',
    tokenFile: '/x/jwt',
  })
})

t.test('a pod that logs in with something else than its service account gets no token for it', async t => {
  const texts = {
    'auth-type': 'approle',
    'auth-config-role-id-file-path': '/vault/custom/role-id',
    'auth-config-secret-id-file-path': '/vault/custom/secret-id',
    'agent-extra-secret': 'approle',
  }
  const { volumes, init } = engine(texts)
  t.strictSame(namesOf(volumes), ['vault-secrets', 'podvault-state', 'extra-secrets'])
  t.strictSame(namesOf(init.volumeMounts), ['vault-secrets', 'podvault-state', 'extra-secrets'])
  t.match(config(texts).auth, { method: 'approle', roleIdFile: '/vault/custom/role-id' })
  const own = { 'auth-type': 'token_file', 'auth-config-token-file-path': `${account.mountPath}/token` }
  t.strictSame(namesOf(engine(own).init.volumeMounts), ['vault-secrets', 'podvault-state', account.name])
})

t.test('Secrets and another container’s mounts come along', async t => {
  const containers = [{ name: 'app', volumeMounts: [{ name: 'data', mountPath: '/data' }] }]
  const texts = { 'agent-extra-secret': 'x', 'tls-secret': 'y', 'agent-copy-volume-mounts': 'app' }
  const { volumes, init } = engine(texts, { containers })
  t.strictSame(namesOf(volumes)?.slice(3), ['extra-secrets', 'vault-tls-secrets'])
  t.strictSame(namesOf(init.volumeMounts)?.slice(3), ['extra-secrets', 'vault-tls-secrets', 'data'])
})

t.test('a restart of all containers is a rule of the sidecar', async t => {
  t.match(engine({ 'podvault.dev/on-change': 'restart' }).sidecar.restartPolicyRules, [
    { action: 'RestartAllContainers', exitCodes: { operator: 'In', values: [88] } },
  ])
  t.equal(engine({ 'podvault.dev/on-change': 'signal:SIGHUP' }).sidecar.restartPolicyRules, undefined)
})

t.test('what is wrong with the ids comes along', async t => {
  t.equal(engine({ 'agent-run-as-same-user': 'true' }).problems.length, 1)
})
