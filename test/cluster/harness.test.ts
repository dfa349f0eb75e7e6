import t from 'tap'
import { audited, isLogin } from './audit.ts'
import { connect } from './cluster.ts'
import { hasSucceeded } from './namespace.ts'
import { node } from './place.ts'

const cluster = connect()

t.test('a pod with an init container and a native sidecar runs to completion', async t => {
  const namespace = await cluster.namespace(t)
  await namespace.create({
    name: 'plain',
    restartPolicy: 'Never',
    initContainers: [
      { name: 'first', image: 'test.local/shell:1', args: ['echo first'] },
      {
        name: 'beside',
        image: 'test.local/shell:1',
        args: ['trap exit TERM; sleep 1000 & wait'],
        restartPolicy: 'Always',
      },
    ],
    containers: [{ name: 'app', image: 'test.local/shell:1', args: ['echo app'] }],
  })
  await namespace.until('plain', 'completion', hasSucceeded)
  t.equal(await namespace.logs('plain', 'app'), 'app\n')
})

t.test('a pod logs in to Vault with its projected token and to PostgreSQL with a user of its own', async t => {
  const namespace = await cluster.namespace(t, { policy: 'path "database/creds/harness" { capabilities = ["read"] }' })
  await cluster.databaseRole('harness', { default_ttl: '1m', max_ttl: '1m' })
  const login = `{"role":"${namespace.name}","jwt":"$(cat /token/token)"}`
  await namespace.create({
    name: 'app',
    restartPolicy: 'Never',
    containers: [
      {
        name: 'app',
        image: 'test.local/shell:1',
        args: [
          `wget -qO- --post-data "$(cat <<E\n${login}\nE\n)" http://${node}:8200/v1/auth/kubernetes/login | grep -o '"client_token":"hvs.'`,
        ],
        volumeMounts: [{ name: 'token', mountPath: '/token' }],
      },
    ],
    volumes: [
      { name: 'token', projected: { sources: [{ serviceAccountToken: { path: 'token', audience: 'vault' } }] } },
    ],
  })
  const pod = await namespace.until('app', 'completion', hasSucceeded)
  t.match(await namespace.logs('app', 'app'), /client_token/)
  t.equal(audited(pod.status?.podIP ?? '').filter(isLogin).length, 1)
  const { data } = await cluster.vault.read<{ readonly data: Credentials }>('database/creds/harness')
  t.equal(await cluster.sql('select current_user', data), data.username)
})

type Credentials = { readonly username: string; readonly password: string }
