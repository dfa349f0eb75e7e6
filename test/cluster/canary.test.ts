import { createHash, randomBytes } from 'node:crypto'
import t from 'tap'
import { app, forever, shell } from './apps.ts'
import { connect } from './cluster.ts'
import { isReady } from './namespace.ts'
import { run } from './place.ts'
import { contains, filesIn, findings, forms, read } from './search.ts'

const cluster = connect()
const canary = `canary${randomBytes(12).toString('hex')}`
const policy = `
path "secret/data/canary" { capabilities = ["read"] }
path "database/creds/canary" { capabilities = ["read"] }`

t.test('a planted value is found in no log, object, message or argument', async t => {
  const namespace = await cluster.namespace(t, { policy })
  await cluster.databaseRole('canary', { default_ttl: '10s', max_ttl: '20s' })
  // The second value cannot be carried by an environment: its login fails, with a message about it.
  await cluster.vault.write('secret/data/canary', { data: { good: canary, bad: `${canary}'s` } })
  const database = 'MOUNT database\nDB_USER=creds/canary#username\nDB_PASSWORD=creds/canary#password'
  const settings = {
    role: namespace.name,
    secrets: `VERSION 2\nMOUNT secret\nCANARY=canary#good\n${database}`,
    refresh: '1s',
  }
  await namespace.create(app('good', settings, shell(`printf %s "$CANARY" | sha256sum; ${forever}`)))
  for (const key of ['bad', 'missing'])
    await namespace.create(app(key, { ...settings, secrets: `CANARY=canary#${key}` }, shell(forever)))
  t.match(await namespace.line('good', 'app', /^[0-9a-f]{64}/), [createHash('sha256').update(canary).digest('hex')])
  for (const name of ['bad', 'missing'])
    await namespace.until(name, 'a failed login', ({ status }) =>
      (status?.initContainerStatuses ?? []).some(({ lastState }) => lastState?.terminated !== undefined),
    )
  const good = await namespace.until('good', 'readiness', isReady)
  const password = (
    await namespace.exec('good', 'app', 'sh', '-c', '. /vault/secrets/env; printf %s "$DB_PASSWORD"')
  ).trim()
  const objects = await cluster.kubectl('get', 'pods,events,configmaps,secrets', '-A', '-o', 'json')
  for (const value of [canary, password]) {
    t.same(findings(value), [])
    t.notOk(forms(value).some(form => objects.includes(form.toString())))
  }
  await t.test('and the search finds what is there', async t => {
    const marker = `marker${randomBytes(12).toString('hex')}`
    await cluster.api.create(`${namespace.path}/configmaps`, { metadata: { name: 'marker' }, data: { marker } })
    await namespace.exec('good', 'app', 'sh', '-c', `echo ${Buffer.from(marker).toString('base64')} > /proc/1/fd/1`)
    t.match(findings(marker).join('\n'), /etcd/)
    t.match(findings(marker).join('\n'), /pods/)
    const volume = `${run}/kubelet/pods/${good.metadata?.uid}/volumes/kubernetes.io~empty-dir/podvault-secrets`
    t.ok(filesIn(volume).some(path => contains(path, canary)))
  })
})

t.test('no Vault token is found in them either', t => {
  const token = /hvs\.[A-Za-z0-9_-]{20}/
  const isPlaced = (path: string) => token.test(read(path).toString('latin1'))
  t.same([...filesIn('/var/log/pods'), ...filesIn(`${run}/logs`), ...filesIn(`${run}/etcd`)].filter(isPlaced), [])
  t.end()
})
