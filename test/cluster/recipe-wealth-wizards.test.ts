// docs/recipes/wealth-wizards.md, done: what stands on the page is what is applied here.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import t from 'tap'
import { parse } from 'yaml'
import type { Pod } from '../../src/inject/pod.ts'
import { type Audited, audited } from './audit.ts'
import { connect } from './cluster.ts'
import { kill } from './containers.ts'
import { eventually } from './eventually.ts'
import { isReady, namespaceOf } from './namespace.ts'
import { blocksOf } from './page.ts'
import { node } from './place.ts'

const cluster = connect()
const block = blocksOf('docs/recipes/wealth-wizards.md', {
  'postgres:17': 'test.local/shell:1',
  'db.example.com': node,
})
const manifest = (name: string, change: Partial<NonNullable<Pod['spec']>> = {}): Pod & { readonly spec: object } => {
  const pod = parse(block(name)) as Pod & { readonly spec: object }
  return { ...pod, spec: { terminationGracePeriodSeconds: 5, ...pod.spec, ...change } }
}
const run = async (name: string): Promise<string> => (await promisify(execFile)('sh', ['-euc', block(name)])).stdout

const namespace = namespaceOf(cluster.api, 'my-app')
const role = 'auth/approle/role/my-app'
const pod = 'my-app'

t.before(async () => {
  for (const name of ['secret', 'login', 'approle']) await run(name)
  await cluster.makeNamespace('my-app')
  await cluster.api.create(`${namespace.path}/serviceaccounts`, { metadata: { name: 'my-app-service-account' } })
})
t.teardown(async () => cluster.api.remove(namespace.path))

/** What the pod has asked, in order. */
const requests = async (): Promise<readonly Audited[]> => {
  const { status } = await namespace.until(pod, 'readiness', isReady)
  return audited(status?.podIP ?? '')
}

/** What a shell makes of /env/variables. */
const variables = async (): Promise<Readonly<Record<string, string>>> => {
  const names = ['VAULT_TOKEN', 'DATABASE_USER', 'DATABASE_PASSWORD', 'SOME_SECRET', 'LEASE_IDS']
  const script = `. /env/variables; printf '%s\\n' ${names.map(name => `"$${name}"`).join(' ')}`
  const lines = (await namespace.exec(pod, 'my-app', 'sh', '-c', script)).split('\n')
  return Object.fromEntries(names.map((name, index) => [name, lines[index] ?? '']))
}

/** Of a pod that must not start: with what code and words its login ended. */
const refusal = async (name: string, place = namespace) => {
  const failed = await place.until(name, 'failure', ({ status }) => status?.phase === 'Failed')
  const login = failed.status?.initContainerStatuses?.find(each => each.name === 'podvault-login')
  t.equal(failed.status?.containerStatuses?.[0]?.state?.terminated?.startedAt ?? null, null, 'the app never started')
  return { code: login?.state?.terminated?.exitCode, words: login?.state?.terminated?.message ?? '' }
}

t.test('the way in: Kubernetes, role id, secret id, AppRole, secrets', async t => {
  const created = await cluster.api.create<Pod>(`${namespace.path}/pods`, manifest('pod'))
  const mounts = created.spec?.containers.flatMap(({ volumeMounts = [] }) => volumeMounts.map(({ name }) => name))
  t.notOk(mounts?.includes('podvault-token'), '1: its token for Vault is for podvault alone')
  t.match(created.spec?.volumes?.find(({ name }) => name === 'podvault-token')?.projected?.sources, [
    { serviceAccountToken: { audience: 'vault' } },
  ])
  t.ok(await namespace.line(pod, 'my-app', /^ok v-/, 60), '4: the app logs in to PostgreSQL')
  const all = await requests()
  t.match(
    all[0]?.auth?.metadata,
    { service_account_name: 'my-app-service-account', service_account_namespace: 'my-app' },
    '1: it is the one of its service account',
  )
  const paths = all.map(({ request }) => request.path)
  const hop = [
    'auth/kubernetes/login',
    `${role}/role-id`,
    `${role}/secret-id`,
    'auth/approle/login',
    'auth/token/revoke-self',
  ]
  t.same(paths.slice(0, 5), hop, '2: in this order')
  const reads = ['database/creds/readonly', 'secret/data/from/somewhere', 'sys/internal/ui/mounts/']
  t.ok(
    paths.slice(5).every(path => reads.some(read => path.startsWith(read))),
    '2: then the secrets',
  )
  const uses = all.slice(1).filter(({ auth }) => auth?.accessor === all[0]?.auth?.accessor)
  t.same(
    uses.map(({ request }) => request.path),
    [hop[1], hop[2], hop[4]],
    '2: the bootstrap token is used three times',
  )
  t.same(
    all.filter(({ error }) => error !== undefined),
    [],
    'and nothing was refused',
  )
})

t.test('3: the bootstrap token alone may not read the secret', async t => {
  const { status } = await cluster.api.create<{ readonly status: { readonly token: string } }>(
    `${namespace.path}/serviceaccounts/my-app-service-account/token`,
    { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { audiences: ['vault'] } },
  )
  const credentials = { role: 'my-app', jwt: status.token }
  const login = await cluster.vault.write<{ readonly auth: { readonly client_token: string } }>(
    'auth/kubernetes/login',
    credentials,
  )
  const headers = { 'x-vault-token': login.auth.client_token }
  const read = await fetch(`${cluster.vault.address}/v1/secret/data/from/somewhere`, { headers })
  t.equal(read.status, 403)
})

t.test(
  'the file holds the token, the secrets to the letter and the leases, and the sidecar keeps all of it alive',
  async t => {
    const before = await variables()
    t.equal(before['SOME_SECRET'], `say "$HOME", \`id\` and it's  all the same`, '4: a shell gets what stands in Vault')
    t.match(await run('look'), /^export DATABASE_USER='v-.*'$/m)
    const { lease_id } =
      (await requests()).find(({ request }) => request.path === 'database/creds/readonly')?.response?.secret ?? {}
    t.equal(before['LEASE_IDS'], lease_id, '4: user and password are of one lease')
    const { data: token } = await cluster.vault.write<{ data: { accessor: string; policies: string[] } }>(
      'auth/token/lookup',
      {
        token: before['VAULT_TOKEN'],
      },
    )
    t.same(token.policies, ['default', 'my-app'])
    const renewals = async (): Promise<readonly (string | null)[]> => {
      const held = await cluster.vault.write<{ data: { last_renewal_time?: number } }>('auth/token/lookup', {
        token: before['VAULT_TOKEN'],
      })
      const lease = await cluster.vault.write<{ data: { last_renewal: string | null } }>('sys/leases/lookup', {
        lease_id,
      })
      return [String(held.data.last_renewal_time ?? ''), lease.data.last_renewal]
    }
    const first = await renewals()
    await eventually('5: token and lease are renewed', 60, async () => {
      const now = await renewals()
      return now.every((time, index) => time !== null && time !== '' && time !== first[index])
    })
    t.same(await variables(), before, '5: and the credentials are the same')
    kill(await namespace.until(pod, 'readiness', isReady), 'my-app')
    await namespace.until(pod, 'a restarted app', ({ status }) =>
      (status?.containerStatuses ?? []).some(
        ({ restartCount, state }) => restartCount === 1 && state?.running !== undefined,
      ),
    )
    t.ok(
      await namespace.line(pod, 'my-app', new RegExp(`^ok ${before['DATABASE_USER']}$`)),
      '6: a killed app is back, and logs in',
    )
  },
)

t.test('7: at max_ttl new credentials are there before the old ones end, and the app is told', async t => {
  const { DATABASE_USER: old } = await variables()
  const [, user] = await namespace.line(pod, 'my-app', /^told of (v-\S+)$/, 120)
  t.not(user, old)
  t.equal(await cluster.sql(`select count(*) from pg_roles where rolname = '${old}'`), '1', 'the old user lives still')
  t.ok(await namespace.line(pod, 'my-app', new RegExp(`^ok ${user}$`)))
  t.notMatch(await namespace.logs(pod, 'my-app'), /^failed/m, 'no login ever failed')
  const logins = (await requests()).filter(({ request }) => request.path === 'auth/approle/login')
  t.equal(logins.length, 1, 'one login in the life of the pod')
})

t.test('8: a pod that is deleted leaves nothing behind', async t => {
  const { VAULT_TOKEN: token, DATABASE_USER: user } = await variables()
  const { status } = await namespace.until(pod, 'readiness', isReady)
  await namespace.remove(pod)
  await namespace.gone(pod)
  const known = async () =>
    cluster.vault.write('auth/token/lookup', { token }).then(
      () => true,
      () => false,
    )
  await eventually('token and user have ended', 10, async () => {
    const users = await cluster.sql(`select count(*) from pg_roles where rolname = '${user}'`)
    return users === '0' && !(await known())
  })
  t.equal(audited(status?.podIP ?? '').at(-1)?.request.path, 'auth/token/revoke-self', 'nobody renews it any more')
})

t.test('9: another service account, another namespace, an AppRole that is gone: told, and no app', async t => {
  await cluster.api.create(`${namespace.path}/pods`, manifest('stranger'))
  const stranger = await refusal('stranger')
  t.equal(stranger.code, 4)
  t.match(stranger.words, /refused the login as role my-app and AppRole my-app at auth\/kubernetes: status 403/)
  t.comment(stranger.words)

  const other = await cluster.namespace(t)
  await cluster.api.create(`${other.path}/serviceaccounts`, { metadata: { name: 'my-app-service-account' } })
  const elsewhere = manifest('stranger', { serviceAccountName: 'my-app-service-account' })
  const { namespace: _, ...metadata } = elsewhere.metadata ?? {}
  await cluster.api.create(`${other.path}/pods`, { ...elsewhere, metadata })
  t.match(await refusal('stranger', other), { code: 4, words: /refused the login as role my-app/ })

  await cluster.vault.remove(role)
  const orphan = manifest('stranger', { serviceAccountName: 'my-app-service-account' })
  await cluster.api.create(`${namespace.path}/pods`, { ...orphan, metadata: { ...orphan.metadata, name: 'orphan' } })
  const { code, words } = await refusal('orphan')
  t.equal(code, 4)
  t.match(
    words,
    `refused to read ${role}/role-id for role my-app and AppRole my-app: status 404: check that the AppRole exists`,
  )
  t.comment(words)
})
