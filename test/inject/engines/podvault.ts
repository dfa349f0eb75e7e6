import t from 'tap'
import { decodeConfig } from '../../../src/decode-config.ts'
import { podvaultEngine } from '../../../src/inject/engines/podvault.ts'
import type { Pod } from '../../../src/inject/pod.ts'
import { account, generous, wishOf } from '../../fixtures/vault-k8s.ts'

type Texts = Readonly<Record<string, string>>
type Spec = Partial<NonNullable<Pod['spec']>>

const engine = (texts: Texts = {}, spec: Spec = {}, operator = generous) =>
  podvaultEngine(wishOf(texts, spec, operator), true)
/** As the agent itself reads it. */
const config = (texts: Texts = {}, spec: Spec = {}, operator = generous) =>
  decodeConfig(engine(texts, spec, operator).init.env?.at(-1)?.value)
const names = (items: readonly { readonly name: string }[] | undefined) => items?.map(({ name }) => name)

t.test('an ordinary pod gets a login and a sidecar with one configuration', async t => {
  const { init, sidecar, volumes, problems } = engine()
  t.strictSame(problems, [])
  t.match(init, { name: 'vault-agent-init', args: ['login'], image: generous.image })
  t.match(sidecar, { name: 'vault-agent', args: ['renew'], restartPolicy: 'Always', env: init.env })
  t.strictSame(names(volumes), ['vault-secrets', 'podvault-state', 'podvault-token'])
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

t.test('what is said reaches the agent', async t => {
  const given = config({
    namespace: 'team',
    'ca-cert': '/vault/tls/ca.crt',
    'tls-server-name': 'vault',
    'tls-skip-verify': 'true',
    'auth-path': 'auth/team/k8s',
    role: '',
    'auth-config-role': 'other',
    'agent-inject-token': 'true',
    'agent-revoke-on-shutdown': 'true',
    'template-static-secret-render-interval': '30s',
    'template-lease-renewal-threshold': '0.9',
  })
  t.match(given, {
    vault: { namespace: 'team', caFile: '/vault/tls/ca.crt', tlsServerName: 'vault', tlsSkipVerify: true },
    auth: { path: 'team/k8s', role: 'other' },
    token: 'file',
    revoke: true,
    refresh: 30,
    renewAt: 0.9,
  })
  t.match(
    config({
      'podvault.dev/renew-at': '0.5',
      'podvault.dev/login-timeout': '10s',
      'podvault.dev/on-change': 'signal:SIGHUP',
      'template-lease-renewal-threshold': '0.9',
    }),
    { renewAt: 0.5, loginTimeout: 10, onChange: { kind: 'signal', signal: 'SIGHUP' } },
  )
  t.equal(config({ 'podvault.dev/on-change': 'none' }).onChange, undefined)
  t.match(config({ 'podvault.dev/metrics-port': '9105', 'podvault.dev/instant-updates': 'true' }), {
    metricsPort: 9105,
    instantUpdates: true,
  })
  t.notOk('metricsPort' in config({ 'podvault.dev/metrics-port': 'none' }))
  t.notOk('instantUpdates' in config({ 'podvault.dev/instant-updates': 'false' }))
})

t.test('an interval of nothing is Vault Agent’s own, a small one a second', async t => {
  const refresh = (text: string) => config({ 'template-static-secret-render-interval': text }).refresh
  t.equal(refresh('0s'), 300)
  t.equal(refresh('100ms'), 1)
  t.equal(config({ 'template-lease-renewal-threshold': '0.001' }).renewAt, 0.01)
})

t.test('the operator’s certificates hold where the pod names none', async t => {
  const operator = { ...generous, ca: 'PEM' }
  t.equal(config({}, {}, operator).vault.ca, 'PEM')
  t.equal(config({ 'ca-cert': '/x' }, {}, operator).vault.ca, undefined)
})

t.test('one path is read once, whatever is made of it, into whichever folder', async t => {
  const texts = {
    'agent-inject-secret-a': 'secret/data/app',
    'agent-inject-secret-b': 'secret/data/app',
    'agent-inject-template-b': '{{ with secret "secret/data/app" }}{{ .Data | toJSON }}\n{{ end }}',
    'agent-inject-file-b': 'sub/b.json',
    'agent-inject-perms-b': '0640',
    'secret-volume-path-b': '/etc/b',
  }
  t.strictSame(config(texts).files[0]?.entries, [
    {
      path: 'secret/data/app',
      env: [],
      files: [
        { name: 'a', format: 'vault-agent-map' },
        { name: 'sub/b.json', format: 'vault-agent-json', mode: 0o640, folder: '/podvault/custom-0' },
      ],
      kv: 'v1',
    },
    { path: 'database/creds/app', env: [], files: [{ name: 'db', format: 'vault-agent-map' }] },
  ])
  t.match(engine(texts).init.volumeMounts?.[1], { name: 'vault-secrets-custom-0', mountPath: '/podvault/custom-0' })
})

t.test('templates are told as they are written, with all that belongs to them', async t => {
  const texts = {
    'agent-inject-secret-db': ' ',
    'agent-inject-template-a': '[[ env "POD_IP" ]][[ "x" | writeToFile "/etc/a/x" "" "" "0400" ]]',
    'agent-template-left-delim-a': '[[',
    'agent-template-right-delim-a': ']]',
    'error-on-missing-key-a': 'true',
    'secret-volume-path-a': '/etc/a',
    'agent-inject-template-file-b': '/vault/custom/b.ctmpl',
    'agent-inject-secret-c': 'team/kv/data/app',
  }
  const { files, paths } = config(texts)
  t.strictSame(files[0]?.entries, [
    {
      env: [],
      files: [
        {
          name: 'a',
          format: 'template',
          template: texts['agent-inject-template-a'],
          delimiters: ['[[', ']]'],
          folder: '/podvault/custom-0',
        },
        { name: 'b', format: 'template', templateFile: '/vault/custom/b.ctmpl', lenient: true },
        {
          name: 'c',
          format: 'template',
          template:
            '{{ with secret "team/kv/data/app" }}{{ range $k, $v := .Data }}{{ $k }}: {{ $v }}\n{{ end }}{{ end }}',
          lenient: true,
        },
      ],
    },
  ])
  t.strictSame(paths, { '/vault/secrets': '/podvault/secrets', '/etc/a': '/podvault/custom-0' })
  t.match(engine(texts).init.env, [{ name: 'NAMESPACE' }, { name: 'HOST_IP' }, { name: 'POD_IP' }])
  const plain = { 'agent-inject-template-db': '{{ with secret "a/b" }}{{ .Data.environment }}{{ end }}' }
  t.equal(config(plain).paths, undefined)
  t.equal(engine(plain).init.env?.length, 1)
  t.equal(config({ 'agent-inject-template-file-b': '/x' }).paths?.['/vault/secrets'], '/podvault/secrets')
})

t.test('a file that leaves its folder has been refused by then', async t => {
  const { files } = config({
    'agent-inject-secret-db': ' ',
    'agent-inject-secret-x': 'x',
    'agent-inject-file-x': '../x',
  })
  t.equal(files[0]?.entries[0]?.files[0]?.name, 'x')
})

t.test('a token that somebody made for Vault is used, the API server’s is not', async t => {
  const own = (mount: { readonly name: string; readonly mountPath: string }) =>
    engine({}, { containers: [{ name: 'app', volumeMounts: [mount] }] })
  t.match(own(account).volumes[2], { name: 'podvault-token' })
  const theirs = own({ name: 'vault-token', mountPath: '/run/serviceaccount' })
  t.strictSame(names(theirs.volumes), ['vault-secrets', 'podvault-state'])
  t.match(theirs.init.volumeMounts?.[2], { name: 'vault-token', mountPath: '/run/serviceaccount', readOnly: true })
  const volumes = [{ name: 'tok', projected: { sources: [{ serviceAccountToken: { path: 'x' } }] } }]
  const named = config({ 'agent-service-account-token-volume-name': 'tok' }, { volumes })
  t.match(named.auth, { tokenFile: '/var/run/secrets/vault.hashicorp.com/serviceaccount/x' })
  t.match(engine({}, { containers: [{ name: 'app' }] }).volumes[2], { name: 'podvault-token' })
})

t.test('a token, or a CA, in the app’s own token volume brings that volume', async t => {
  const mounts = (texts: Texts) => names(engine(texts).init.volumeMounts)
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

t.test('Secrets and another container’s mounts come along', async t => {
  const containers = [{ name: 'app', volumeMounts: [{ name: 'data', mountPath: '/data' }] }]
  const texts = { 'agent-extra-secret': 'x', 'tls-secret': 'y', 'agent-copy-volume-mounts': 'app' }
  const { volumes, init } = engine(texts, { containers })
  t.strictSame(names(volumes)?.slice(3), ['extra-secrets', 'vault-tls-secrets'])
  t.strictSame(names(init.volumeMounts)?.slice(3), ['extra-secrets', 'vault-tls-secrets', 'data'])
})

t.test('a restart of all containers is a rule of the sidecar', async t => {
  t.match(engine({ 'podvault.dev/on-change': 'restart' }).sidecar.restartPolicyRules, [
    { action: 'RestartAllContainers', exitCodes: { operator: 'In', values: [88] } },
  ])
  t.equal(engine({ 'podvault.dev/on-change': 'signal:SIGHUP' }).sidecar.restartPolicyRules, undefined)
})

t.test('a role that is missing has been refused by then', async t => {
  t.match(config({ role: '' }).auth, { role: '' })
})

t.test('what is wrong with the ids comes along', async t => {
  t.equal(engine({ 'agent-run-as-same-user': 'true' }).problems.length, 1)
})

t.test('a pod that logs in with something else than its service account gets no token for it', async t => {
  const texts = {
    'auth-type': 'approle',
    'auth-config-role-id-file-path': '/vault/custom/role-id',
    'auth-config-secret-id-file-path': '/vault/custom/secret-id',
    'agent-extra-secret': 'approle',
  }
  const { volumes, init } = engine(texts)
  t.strictSame(names(volumes), ['vault-secrets', 'podvault-state', 'extra-secrets'])
  t.strictSame(names(init.volumeMounts), ['vault-secrets', 'podvault-state', 'extra-secrets'])
  t.match(config(texts).auth, { method: 'approle', roleIdFile: '/vault/custom/role-id' })
  const own = { 'auth-type': 'token_file', 'auth-config-token-file-path': `${account.mountPath}/token` }
  t.strictSame(names(engine(own).init.volumeMounts), ['vault-secrets', 'podvault-state', account.name])
})

t.test('what belongs to the connection is told', async t => {
  const { vault } = config({ 'client-cert': '/c', 'client-key': '/k', 'client-timeout': '90s' })
  t.match(vault, { certFile: '/c', keyFile: '/k', timeout: 90 })
  t.equal(config({ 'client-timeout': '100ms' }).vault.timeout, 1)
  for (const text of ['0', '']) t.equal(config({ 'client-timeout': text }).vault.timeout, undefined)
  t.equal(config({}, {}, { ...generous, allow: { ...generous.allow, addresses: [] } }).vault.redirects, undefined)
})
