import t from 'tap'
import { app, forever, shell } from './apps.ts'
import { audited, isLeaseRenewal, isLogin, nextAudited } from './audit.ts'
import type { Audited } from './audit.ts'
import { connect } from './cluster.ts'
import { isReady } from './namespace.ts'
import type { Credentials } from './cluster.ts'
import type { Namespace } from './namespace.ts'
import { noVault } from './place.ts'
import { kill } from './containers.ts'
import { eventually } from './eventually.ts'

const cluster = connect()
const policy = `
path "database/creds/survival" { capabilities = ["read"] }
path "secret/data/survival" { capabilities = ["read"] }`
const user = 'VERSION 2\nMOUNT database\nDB_USER=creds/survival#username\nDB_PASSWORD=creds/survival#password'

t.before(async () => cluster.databaseRole('survival', { default_ttl: '15s', max_ttl: '10m' }))

const isCredentialsRead = (entry: Audited): boolean => entry.request.path === 'database/creds/survival'

const credentials = async (namespace: Namespace, pod: string): Promise<Credentials> => {
  const [username = '', password = ''] = (
    await namespace.exec(pod, 'app', 'sh', '-c', '. /vault/secrets/env; echo "$DB_USER $DB_PASSWORD"')
  )
    .trim()
    .split(' ')
  return { username, password }
}

t.test('a sidecar killed with SIGKILL goes on with the same token and the same lease', async t => {
  const namespace = await cluster.namespace(t, { policy })
  await namespace.create(app('sidecar', { role: namespace.name, secrets: user }, shell(forever)))
  const pod = await namespace.until('sidecar', 'readiness', isReady)
  const address = pod.status?.podIP ?? ''
  const before = await credentials(namespace, 'sidecar')
  kill(pod, 'podvault-renew')
  await namespace.until('sidecar', 'a restarted sidecar', ({ status }) =>
    (status?.initContainerStatuses ?? []).some(({ name, restartCount, state }) => {
      return name === 'podvault-renew' && restartCount === 1 && state?.running !== undefined
    }),
  )
  const renewal = await nextAudited(address, isLeaseRenewal)
  t.equal(renewal.error, undefined)
  t.same(await credentials(namespace, 'sidecar'), before)
  t.equal(await cluster.sql('select current_user', before), before.username)
  t.equal(audited(address).filter(isLogin).length, 1)
  t.equal(audited(address).filter(isCredentialsRead).length, 1)
})

t.test('an app container that is killed comes back with the secrets of that moment', async t => {
  const namespace = await cluster.namespace(t, { policy })
  await cluster.vault.write('secret/data/survival', { data: { password: 'first' } })
  const secrets = 'VERSION 2\nMOUNT secret\nPASSWORD=survival#password'
  const settings = { role: namespace.name, secrets, refresh: '1s' }
  const watch = `echo "environment $PASSWORD"; until grep -q second /vault/secrets/env; do sleep 0.1; done; echo seen; ${forever}`
  await namespace.create(app('app', settings, shell(watch)))
  await namespace.line('app', 'app', /^environment first$/)
  await cluster.vault.write('secret/data/survival', { data: { password: 'second' } })
  await namespace.line('app', 'app', /^seen$/)
  kill(await namespace.until('app', 'readiness', isReady), 'app')
  await namespace.until('app', 'a restarted app', ({ status }) =>
    (status?.containerStatuses ?? []).some(
      ({ restartCount, state }) => restartCount === 1 && state?.running !== undefined,
    ),
  )
  t.ok(await namespace.line('app', 'app', /^environment second$/))
})

t.test('a pod that is deleted takes its token and its database user along within 5 s', async t => {
  const namespace = await cluster.namespace(t, { policy })
  await namespace.create(app('leaving', { role: namespace.name, secrets: user }, shell(forever)))
  const pod = await namespace.until('leaving', 'readiness', isReady)
  const { username } = await credentials(namespace, 'leaving')
  const accessor = audited(pod.status?.podIP ?? '').find(isLogin)?.auth?.accessor
  const isAlive = async () =>
    cluster.vault.write('auth/token/lookup-accessor', { accessor }).then(
      () => true,
      () => false,
    )
  const exists = async () => (await cluster.sql(`select 1 from pg_roles where rolname = '${username}'`)) === '1'
  t.same([await isAlive(), await exists()], [true, true])
  await namespace.remove('leaving')
  await eventually('token and user are gone', 5, async () => !(await isAlive()) && !(await exists()))
})

t.test('a login that finds no Vault waits for it, and then says where it looked', async t => {
  const namespace = await cluster.namespace(t, { policy })
  const settings = { role: namespace.name, secrets: user, 'login-timeout': '3s', address: noVault }
  await namespace.create({
    ...app('waiting', settings, shell(forever)),
    restartPolicy: 'Never',
  })
  const failed = await namespace.until('waiting', 'failure', pod => pod.status?.phase === 'Failed')
  const login = failed.status?.initContainerStatuses?.find(({ name }) => name === 'podvault-login')
  t.equal(login?.state?.terminated?.exitCode, 5)
  for (const part of [noVault, namespace.name]) t.match(login?.state?.terminated?.message, part)
})
