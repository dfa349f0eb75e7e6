import { setTimeout as wait } from 'node:timers/promises'
import t from 'tap'
import { app, shell } from './apps.ts'
import { audited, isLeaseRenewal, isLogin, nextAudited } from './audit.ts'
import { connect } from './cluster.ts'
import { isReady } from './namespace.ts'
import { node, outageVault } from './place.ts'
import { startVault } from './vault-server.ts'
import { enableKubernetesAuth, mountEngines } from './vault-setup.ts'

const cluster = connect()

const client = `
while :; do
  . /vault/secrets/env
  if PGUSER="$DB_USER" PGPASSWORD="$DB_PASSWORD" psql -h ${node} -d postgres -XAtc 'select 1' > /dev/null
  then echo "ok $DB_USER"; else echo "failed $DB_USER"; fi
  sleep 0.2
done`

t.test('nobody notices that Vault restarts, or hangs for 20 s while a renewal is due', async t => {
  // A Vault of this test's own: the others go on with theirs.
  const server = await startVault('vault-outage', outageVault)
  t.teardown(server.stop)
  const { vault } = server
  await enableKubernetesAuth(cluster.api, vault)
  await mountEngines(vault)
  const policy = 'path "database/creds/outage" { capabilities = ["read"] }'
  const namespace = await cluster.namespace(t, { policy, vault })
  // Renewed some 30 s after each renewal: within the outage, which ends before the 45 s do.
  await cluster.databaseRole('outage', { default_ttl: '45s', max_ttl: '10m' }, vault)
  const secrets = 'VERSION 2\nMOUNT database\nDB_USER=creds/outage#username\nDB_PASSWORD=creds/outage#password'
  await namespace.create(app('app', { role: namespace.name, secrets, address: vault.address }, shell(client)))
  await namespace.line('app', 'app', /^ok /)
  const { status } = await namespace.until('app', 'readiness', isReady)
  const address = status?.podIP ?? ''
  await server.restart()
  await wait(13_000)
  server.hang()
  await wait(20_000)
  const renewed = nextAudited(address, isLeaseRenewal, 'vault-outage')
  server.goOn()
  t.equal((await renewed).error, undefined)
  const log = (await namespace.logs('app', 'app')).trim().split('\n')
  t.same(
    log.filter(line => line.startsWith('failed')),
    [],
  )
  t.equal(new Set(log).size, 1, 'the user is the same all the time')
  t.equal(audited(address, 'vault-outage').filter(isLogin).length, 1)
  const after = await namespace.until('app', 'readiness', isReady)
  const all = [...(after.status?.initContainerStatuses ?? []), ...(after.status?.containerStatuses ?? [])]
  t.same(
    all.filter(({ restartCount }) => restartCount > 0),
    [],
  )
})
