import { createHash, randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { app, forever, shell } from './apps.ts'
import { connect } from './cluster.ts'
import { isReady } from './namespace.ts'
import { run } from './place.ts'

const cluster = connect()
const canary = `canary${randomBytes(12).toString('hex')}`
const policy = `
path "secret/data/canary" { capabilities = ["read"] }
path "database/creds/canary" { capabilities = ["read"] }`

/** The value as it is, in hex, and inside base64 at each of the three places it can start. */
const forms = (value: string): readonly Buffer[] => [
  Buffer.from(value),
  Buffer.from(Buffer.from(value).toString('hex')),
  ...[0, 1, 2].map(shift =>
    Buffer.from(
      Buffer.from(`${'x'.repeat(shift)}${value}`)
        .toString('base64')
        .slice(4, -4),
    ),
  ),
]

const filesIn = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))

/** Where a value can be found: logs of containers and servers, etcd's own files, and the arguments of all processes. */
const findings = (value: string): readonly string[] =>
  [...filesIn('/var/log/pods'), ...filesIn(`${run}/logs`), ...filesIn(`${run}/etcd`), ...commandLines()].filter(path =>
    contains(path, value),
  )

const commandLines = (): readonly string[] =>
  readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(pid => `/proc/${pid}/cmdline`)

const contains = (path: string, value: string): boolean => {
  const content = read(path)
  return forms(value).some(form => content.includes(form))
}

const read = (path: string): Buffer => {
  try {
    return readFileSync(path)
  } catch {
    // A log that was rotated or a process that has ended.
    return Buffer.alloc(0)
  }
}

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
