import t from 'tap'
import { app, shell } from './apps.ts'
import { audited, isLogin } from './audit.ts'
import { connect } from './cluster.ts'
import { isReady } from './namespace.ts'
import { node } from './place.ts'

const cluster = connect()

// Logs in without a pause with what the file says at that moment; after a change first once more with what it said before.
const client = `
login() { PGUSER="$1" PGPASSWORD="$2" PGCONNECT_TIMEOUT=5 psql -h ${node} -d postgres -XAtc 'select 1' > /dev/null; }
while :; do
  . /vault/secrets/env
  if [ -n "$user" ] && [ "$user" != "$DB_USER" ]; then
    if login "$user" "$password"; then echo "old still ok $user"; else echo "old failed $user"; fi
  fi
  if login "$DB_USER" "$DB_PASSWORD"; then echo "ok $DB_USER"; else echo "failed $DB_USER"; fi
  user=$DB_USER password=$DB_PASSWORD
  sleep 0.1
done`

const replicas = ['first', 'second'] as const
const minutes = 2

t.test(
  `an app logs in to PostgreSQL for ${minutes} minutes, through three lives of its user, and never fails`,
  async t => {
    const namespace = await cluster.namespace(t, { policy: 'path "database/creds/shop" { capabilities = ["read"] }' })
    await cluster.databaseRole('shop', { default_ttl: '15s', max_ttl: '40s' })
    const secrets = 'VERSION 2\nMOUNT database\nDB_USER=creds/shop#username\nDB_PASSWORD=creds/shop#password'
    for (const name of replicas) await namespace.create(app(name, { role: namespace.name, secrets }, shell(client)))
    for (const name of replicas) await namespace.line(name, 'app', /^ok /)
    const end = Date.now() + minutes * 60_000
    const logs = await Promise.all(
      replicas.map(async name => {
        // A login that fails ends the wait at once.
        await namespace.line(name, 'app', /failed/, minutes * 60).catch((error: unknown) => {
          if (Date.now() < end - 5_000) throw error
        })
        return (await namespace.logs(name, 'app')).split('\n')
      }),
    )
    const users = logs.map(lines => [
      ...new Set(lines.filter(line => line.startsWith('ok ')).map(line => line.slice(3))),
    ])
    for (const [index, lines] of logs.entries()) {
      t.same(
        lines.filter(line => line.includes('failed')),
        [],
        'no login failed',
      )
      t.ok(lines.filter(line => line.startsWith('ok ')).length > 200, 'it logged in all the time')
      t.ok((users[index] ?? []).length >= 3, 'the user changed at least twice')
      const outlived = (users[index] ?? []).slice(0, -1).filter(user => !lines.includes(`old still ok ${user}`))
      t.same(outlived, [], 'each user changed before it ended')
    }
    t.equal(new Set(users.flat()).size, users.flat().length, 'the replicas never shared a user')
    for (const name of replicas) {
      const pod = await namespace.until(name, 'an address', isReady)
      const requests = audited(pod.status?.podIP ?? '')
      t.equal(requests.filter(isLogin).length, 1, 'one login in the whole life of the pod')
      t.same(
        requests.filter(request => request.error !== undefined),
        [],
        'and no request was refused',
      )
    }
  },
)
