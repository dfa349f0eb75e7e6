import { execFile, spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { basename, join } from 'node:path'
import process from 'node:process'
import { promisify } from 'node:util'
import t from 'tap'
import { app, forever, shell } from './apps.ts'
import { connect } from './cluster.ts'
import { eventually } from './eventually.ts'
import { isReady } from './namespace.ts'
import { run } from './place.ts'
import { contains, filesIn, findings, forms, read } from './search.ts'
import { program } from './webhook.ts'

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

t.test('nor one in every format, refused by a format, or handed to a command', async t => {
  const namespace = await cluster.namespace(t, { policy: 'path "secret/data/canary-*" { capabilities = ["read"] }' })
  const value = `canary${randomBytes(12).toString('hex')}`
  const pem = `-----BEGIN X-----\n${value}\n-----END X-----`
  await cluster.vault.write('secret/data/canary-good', { data: { password: value } })
  await cluster.vault.write('secret/data/canary-keys', {
    data: { certificate: pem, private_key: pem, issuing_ca: pem, access_key: value, secret_key: value },
  })
  const odd = { uid: `${value}!`, line: `${value}\n`, '': `${value}\0` }
  await cluster.vault.write('secret/data/canary-odd', { data: odd })
  const simple = ['json', 'yaml', 'env', 'properties', 'ini', 'csv', 'raw']
    .map(format => `  - {name: f.${format}, format: ${format}}`)
    .join('\n')
  const good = `
secrets:
- path: secret/canary-good
  env: {CANARY: password}
  files:
${simple}
  - {name: f.url, template: "x://{{ .password | toUpper | toLower }}@y"}
- path: secret/canary-keys
  files: [{name: c, format: cert}, {name: b, format: bundle}, {name: aws, format: aws}]`
  const settings = { role: namespace.name, secrets: good, token: 'json' }
  await namespace.create(app('forms', settings, shell(forever)))
  const ready = await namespace.until('forms', 'readiness', isReady)
  const refused = ['env', 'ini', 'csv', 'raw, key: uid, decode: base64', 'cert']
  for (const [index, format] of refused.entries()) {
    const secrets = `secrets: [{path: secret/canary-odd, files: [{name: f, format: ${format}}]}]`
    await namespace.create(app(`refused-${index}`, { role: namespace.name, secrets }, shell(forever)))
  }
  for (const index of refused.keys())
    await namespace.until(`refused-${index}`, 'a failed login', ({ status }) =>
      (status?.initContainerStatuses ?? []).some(({ lastState }) => lastState?.terminated !== undefined),
    )
  const file = join(t.testdir({ secrets: good }), 'secrets')
  const env = { ...process.env, VAULT_ADDR: cluster.vault.address, VAULT_TOKEN: cluster.vault.token }
  const rendered = await promisify(execFile)(process.execPath, [program, 'render', '--secrets', file], { env })
  const words = [
    'exec',
    '--log-level',
    'info',
    '--secrets',
    file,
    '--',
    'sh',
    '-c',
    'echo "$CANARY" | sha256sum; sleep 60',
  ]
  const child = spawn(process.execPath, [program, ...words], { env })
  t.teardown(() => child.kill('SIGKILL'))
  const said: string[] = [rendered.stdout, rendered.stderr]
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => said.push(data.toString()))
  const hash = createHash('sha256').update(`${value}\n`).digest('hex')
  await eventually('a command with the value', 20, () => said.join('').includes(hash))
  const objects = await cluster.kubectl('get', 'pods,events,configmaps,secrets', '-A', '-o', 'json')
  t.same(findings(value), [])
  t.notOk(forms(value).some(form => objects.includes(form.toString()) || said.join('').includes(form.toString())))
  const volume = `${run}/kubelet/pods/${ready.metadata?.uid}/volumes/kubernetes.io~empty-dir/podvault-secrets`
  const names = filesIn(volume)
    .filter(path => contains(path, value))
    .map(path => basename(path))
  t.equal(new Set(names).size, 18, 'and it is in every file')
})

t.test('no Vault token is found in them either', t => {
  const token = /hvs\.[A-Za-z0-9_-]{20}/
  const isPlaced = (path: string) => token.test(read(path).toString('latin1'))
  t.same([...filesIn('/var/log/pods'), ...filesIn(`${run}/logs`), ...filesIn(`${run}/etcd`)].filter(isPlaced), [])
  t.end()
})
