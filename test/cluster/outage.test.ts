import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { app, shell } from './apps.ts'
import { audited, isLeaseRenewal, isLogin, nextAudited } from './audit.ts'
import { connect } from './cluster.ts'
import { isReady } from './namespace.ts'
import { node, outageVault } from './place.ts'
import { triesOf } from '../fixtures/faults.ts'
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

/** A pod that logs in to PostgreSQL all the time, before a Vault of this test's own: the others go on with theirs. */
const begun = async (t: Test, name: string, apiServer?: string) => {
  const server = await startVault(`vault-${name}`, outageVault)
  t.teardown(server.stop)
  const { vault } = server
  await enableKubernetesAuth(cluster.api, vault, apiServer)
  await mountEngines(vault)
  const policy = `path "database/creds/${name}" { capabilities = ["read"] }`
  const namespace = await cluster.namespace(t, { policy, vault })
  // Renewed some 30 s after each renewal.
  await cluster.databaseRole(name, { default_ttl: '45s', max_ttl: '10m' }, vault)
  const start = async () => {
    const secrets = `VERSION 2\nMOUNT database\nDB_USER=creds/${name}#username\nDB_PASSWORD=creds/${name}#password`
    await namespace.create(app('app', { role: namespace.name, secrets, address: vault.address }, shell(client)))
    await namespace.line('app', 'app', /^ok /)
    const { status } = await namespace.until('app', 'readiness', isReady)
    return status?.podIP ?? ''
  }
  const users = async () => {
    const log = (await namespace.logs('app', 'app')).trim().split('\n')
    t.same(
      log.filter(line => line.startsWith('failed')),
      [],
      'no login failed',
    )
    return new Set(log).size
  }
  const unharmed = async () => {
    const after = await namespace.until('app', 'readiness', isReady)
    const all = [...(after.status?.initContainerStatuses ?? []), ...(after.status?.containerStatuses ?? [])]
    t.same(
      all.filter(({ restartCount }) => restartCount > 0),
      [],
      'no container was restarted',
    )
  }
  const logins = (address: string) => audited(address, `vault-${name}`).filter(isLogin)
  return { server, vault, namespace, start, users, unharmed, logins }
}

t.test('nobody notices that Vault restarts, or hangs for 20 s while a renewal is due', async t => {
  const { server, start, users, unharmed, logins } = await begun(t, 'outage')
  const address = await start()
  await server.restart()
  await wait(13_000)
  server.hang()
  await wait(20_000)
  const renewed = nextAudited(address, isLeaseRenewal, 'vault-outage')
  server.goOn()
  t.equal((await renewed).error, undefined)
  t.equal(await users(), 1, 'the user is the same all the time')
  t.equal(logins(address).length, 1)
  await unharmed()
})

t.equal(triesOf('restartedSealed') + triesOf('apiServer'), 2)

t.test('nobody notices that Vault crashes and stays sealed for 20 s while a renewal is due', async t => {
  const { server, namespace, start, users, unharmed, logins } = await begun(t, 'sealed')
  const address = await start()
  await wait(15_000)
  await server.restartSealed()
  t.ok(await namespace.line('app', 'podvault-renew', /"lease not renewed".*status 503, Vault is sealed/, 40))
  await wait(5_000)
  const renewed = nextAudited(address, isLeaseRenewal, 'vault-sealed')
  await server.unseal()
  t.equal((await renewed).error, undefined)
  await wait(2_000)
  t.equal(await users(), 1, 'the user is the same all the time')
  t.equal(logins(address).length, 1)
  await unharmed()
})

t.test('nobody notices that Vault cannot reach the API server while a token is to be replaced', async t => {
  const gate = await gateTo(node, 6443)
  t.teardown(gate.close)
  const { vault, namespace, start, users, unharmed, logins } = await begun(t, 'gate', gate.address)
  // Renewed twice, then near its max: to be replaced some 70 s after the login.
  await vault.write(`auth/kubernetes/role/${namespace.name}`, { token_ttl: '40s', token_max_ttl: '80s' })
  const address = await start()
  const loggedIn = Date.parse(logins(address)[0]?.time ?? '')
  await wait(loggedIn + 60_000 - Date.now())
  gate.shut()
  t.ok(await namespace.line('app', 'podvault-renew', /"login failed"/, 18))
  gate.open()
  await wait(loggedIn + 90_000 - Date.now())
  t.equal(logins(address).filter(({ error }) => error === undefined).length, 2)
  t.ok((await users()) > 1, 'the user came with the token')
  await unharmed()
})

/** A door before a port of the node, which can be shut. */
const gateTo = async (host: string, port: number) => {
  let isOpen = true
  const sockets = new Set<Socket>()
  const server = createServer(near => {
    if (!isOpen) return void near.destroy()
    const far = createConnection({ host, port })
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one)
      one.on('error', () => other.destroy())
      one.on('close', () => sockets.delete(one) && other.destroy())
      one.pipe(other)
    }
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const cut = () => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    address: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    shut: () => {
      isOpen = false
      cut()
    },
    open: () => void (isOpen = true),
    close: async () => {
      cut()
      await new Promise(resolve => server.close(resolve))
    },
  }
}
