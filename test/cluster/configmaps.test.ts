import { readFileSync } from 'node:fs'
import t from 'tap'
import { secretsFileLabel as label } from '../../src/inject/files.ts'
import { app, shell } from './apps.ts'
import { connect } from './cluster.ts'
import { startApiServer } from './control-plane.ts'
import { eventually } from './eventually.ts'
import { hasSucceeded } from './namespace.ts'
import { node } from './place.ts'
import { until } from './processes.ts'
import { certs, heard, known, metricsAt, startServer } from './webhook.ts'

const cluster = connect()
const labels = { [label]: 'true' }
const good = { 'app.secrets': 'VERSION 2\nMOUNT secret\nPASSWORD=app#password\n' }
const bad = {
  'app.secrets': 'VERSION 2\nMOUNT secret\nPASSWORD=app#password\nhunter2\n',
  'other.secrets': 'A=b#c\nA=b#c',
}

const configMap = (name: string, data: object, metadata: object = { labels }) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, ...metadata },
  data,
})

t.test('kubectl apply refuses a malformed secrets file, with key, line and column of every problem', async t => {
  const namespace = await cluster.namespace(t)
  const files = t.testdir({
    'bad.json': JSON.stringify(configMap('app', bad)),
    'good.json': JSON.stringify(configMap('app', good)),
  })
  const apply = (file: string) => cluster.kubectl('-n', namespace.name, 'apply', '-f', `${files}/${file}`)
  const said = await apply('bad.json').catch(String)
  t.match(said, /admission webhook "configmaps.podvault.dev" denied the request: 2 problems/)
  t.match(said, /\(1\) key app.secrets, line 4, column 8: .*\(2\) key other.secrets, line 2, column 1: /)
  t.notMatch(said, /hunter2/)
  t.match(await apply('good.json'), 'configmap/app created')
  t.match(await apply('bad.json').catch(String), /denied the request/, 'an update is refused as well')
})

t.test('the label, put on a malformed ConfigMap, is refused, and on a well-formed one not', async t => {
  const namespace = await cluster.namespace(t)
  const path = `${namespace.path}/configmaps`
  await cluster.api.create(path, configMap('bad', bad, {}))
  await cluster.api.create(path, configMap('good', good, {}))
  const put = (name: string) => cluster.kubectl('-n', namespace.name, 'label', 'configmap', name, `${label}=true`)
  t.match(await put('bad').catch(String), /denied the request: .*key app.secrets, line 4/)
  t.match(await put('good'), 'labeled')
})

t.test('the variables of a labelled ConfigMap reach the environment', async t => {
  const namespace = await cluster.namespace(t, { policy: 'path "secret/data/configmaps" { capabilities = ["read"] }' })
  await cluster.vault.write('secret/data/configmaps', { data: { password: 'from-vault' } })
  const file = 'VERSION 2\nMOUNT secret\nPASSWORD=configmaps#password\n'
  await cluster.api.create(`${namespace.path}/configmaps`, configMap('app', { 'app.secrets': file }))
  await known(namespace.name, 'app', 10)
  const settings = { role: namespace.name, 'secrets-file': 'app' }
  const { spec } = await namespace.create({
    ...app('app', settings, shell('echo "password: $PASSWORD"')),
    restartPolicy: 'Never',
  })
  t.match(spec?.containers[0]?.env, [{ name: 'PASSWORD', valueFrom: { fileKeyRef: { key: 'PASSWORD' } } }])
  await namespace.until('app', 'completion', hasSucceeded)
  t.equal(await namespace.logs('app', 'app'), 'password: from-vault\n')
})

t.test('ConfigMaps are known as they come and go, also after the API server was away', async t => {
  // An API server of this test's own, over the same etcd: the others go on with theirs.
  const [port, listen, metrics] = ['6444', `${node}:9543`, 'http://127.0.0.1:9190']
  let server = startApiServer('kube-apiserver-restarted', Number(port))
  const stop = async () => {
    const ended = new Promise(resolve => server.process.once('exit', resolve))
    server.process.kill('SIGKILL')
    await ended
  }
  t.teardown(stop)
  const flags = {
    listen,
    'metrics-listen': new URL(metrics).host,
    'tls-cert-file': `${certs}/tls.crt`,
    'tls-key-file': `${certs}/tls.key`,
    'kubernetes-version': '1.36',
  }
  const webhook = startServer('webhook-restarted', flags, port)
  t.teardown(() => webhook.process.kill('SIGKILL'))
  const isUp = async (up: number) =>
    new RegExp(`^podvault_configmap_watch_up ${up}$`, 'm').test(await metricsAt(metrics))
  await until('a watch', webhook, () => isUp(1))
  const namespace = await cluster.namespace(t)
  const path = `${namespace.path}/configmaps`
  const said = (name: string, what: string) => heard('webhook-restarted', `${namespace.name}/${name}`, what, 60)
  await cluster.api.create(path, configMap('before', good))
  await said('before', 'secrets files are known')
  await stop()
  await eventually('the end of the watch', 10, () => isUp(0))
  await cluster.api.create(path, configMap('meanwhile', good))
  await cluster.api.remove(`${path}/before`)
  server = startApiServer('kube-apiserver-restarted', Number(port))
  await eventually('the watch again', 60, () => isUp(1))
  await said('meanwhile', 'secrets files are known')
  await said('before', 'secrets files are gone')
  t.match(await metricsAt(metrics), /^podvault_configmap_watch_last_event_timestamp_seconds \d{10}/m)
  await cluster.api.create(path, configMap('after', good))
  await said('after', 'secrets files are known')
  await cluster.api.remove(`${path}/meanwhile`)
  await said('meanwhile', 'secrets files are gone')
  t.notMatch(readFileSync(webhook.log, 'utf8'), /app#password/, 'nothing of the files is in the log')
})
