// docs/recipes/elastic.md, done: what stands on the page is what is applied here.
import { execFileSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { setTimeout as wait } from 'node:timers/promises'
import t, { type Test } from 'tap'
import type { Image } from '../../scripts/oci.ts'
import { libraries, program } from '../../scripts/programs.ts'
import type { Entry } from '../../scripts/tar.ts'
import type { Pod } from '../../src/inject/pod.ts'
import { audited, isLogin, nextAudited } from './audit.ts'
import { connect } from './cluster.ts'
import { kill } from './containers.ts'
import { eventually } from './eventually.ts'
import { importImage } from './images.ts'
import { isReady, type Namespace } from './namespace.ts'
import { blocksOf } from './page.ts'
import { oldVault } from './place.ts'
import { findings } from './search.ts'
import { type Vault, vaultClient } from './vault-client.ts'
import { startVault } from './vault-server.ts'
import { known } from './webhook.ts'
import { enableKubernetesAuth } from './vault-setup.ts'

const cluster = connect()
const page = 'docs/recipes/elastic.md'
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

/** Tells how it was started, and not with what. */
const entryPoint = `#!/bin/sh
trap 'exit 0' TERM
grep -q '\${ELASTICSEARCH_PASSWORD}' /usr/share/logstash/pipeline/example.conf && config=there
set -- $(printf %s "$ELASTICSEARCH_PASSWORD" | sha256sum)
echo "started $ELASTICSEARCH_USERNAME $1 process $$ config $config"
sleep 100000 & wait
`

const script = (path: string, text: string): Entry => ({ kind: 'file', path, mode: 0o755, content: Buffer.from(text) })

/** The article's image: an entry point, a shell, jq, and in the place of vaultenv what the page says. */
const image = (): Image => {
  const applets = ['sh', 'grep', 'sha256sum', 'sleep', 'cat']
  const app = readdirSync('dist/app', { withFileTypes: true }).filter(entry => entry.isFile())
  const shared = [...libraries(process.execPath), ...libraries('/usr/bin/jq')]
  return {
    name: 'example.com/logstash-vaultenv:1',
    layers: [
      [
        program(process.execPath, 'usr/bin/node'),
        program('/usr/bin/jq', 'usr/bin/jq'),
        ...new Map(shared.map(entry => [entry.path, entry])).values(),
        ...app.map(({ name }) => program(join('dist/app', name), `app/${name}`)),
      ],
      [
        program('/bin/busybox', 'bin/busybox'),
        ...applets.map(name => ({ kind: 'link' as const, path: `bin/${name}`, target: 'busybox' })),
        script('usr/local/bin/vaultenv', blocksOf(page, {})('vaultenv')),
        script('usr/local/bin/docker-entrypoint', entryPoint),
      ],
    ],
    config: { Entrypoint: ['/bin/sh'], Env: ['PATH=/usr/local/bin:/usr/bin:/bin'] },
  }
}

t.before(() => importImage(image()))

type Stage = {
  readonly namespace: Namespace
  readonly apply: (name: string, change?: (manifest: string) => string) => void
  readonly run: (name: string) => void
  /** The pod of a Deployment. */
  readonly pod: (app: string) => Promise<Pod>
}

const stageOf = async (t: Test, vault: Vault): Promise<Stage> => {
  const namespace = await cluster.namespace(t)
  const block = blocksOf(page, { 'http://vault.example.com:8200': vault.address, '=logging': `=${namespace.name}` })
  const file = join(t.testdir({}), 'manifest.yaml')
  const kubectl = (...args: readonly string[]) =>
    execFileSync('kubectl', ['-n', namespace.name, ...args], { stdio: ['ignore', 'ignore', 'inherit'] })
  return {
    namespace,
    apply: (name, change = manifest => manifest) => {
      writeFileSync(file, change(block(name)))
      kubectl('apply', '-f', file)
    },
    run: name => {
      const env = { ...process.env, VAULT_ADDR: vault.address, VAULT_TOKEN: vault.token }
      const text = block(name).replaceAll(/^kubectl /gm, `kubectl -n ${namespace.name} `)
      execFileSync('sh', ['-ec', text], { env, stdio: ['ignore', 'ignore', 'inherit'] })
    },
    pod: async app => {
      const find = async () =>
        (await cluster.api.get<{ items: Pod[] }>(`${namespace.path}/pods?labelSelector=app=${app}`)).items
      await eventually(`a pod of ${app}`, 30, async () => (await find()).length > 0)
      const name = (await find())[0]?.metadata?.name ?? ''
      return namespace.until(name, 'readiness', isReady)
    },
  }
}

const started = async (namespace: Namespace, pod: Pod, password: string): Promise<RegExpExecArray> =>
  namespace.line(
    pod.metadata?.name ?? '',
    'logstash',
    new RegExp(`^started logstash ${sha256(password)} process (\\d+) config there$`),
  )

const tokenFile = '/var/run/secrets/boostport.com/vault-token'

t.test(
  'KV version 1, as in 2017: a token file, vaultenv, a renewer, and a Vault that goes away',
  { timeout: 400_000 },
  async t => {
    // A Vault of this test's own: it is to be away for a while, and has another kind of engine at secret/.
    const server = await startVault('vault-elastic', oldVault)
    t.teardown(server.stop)
    const { vault } = server
    await enableKubernetesAuth(cluster.api, vault)
    await vault.write('sys/mounts/secret', { type: 'kv', options: { version: '1' } })
    await vault.write('secret/elasticsearch/other', { password: 'not for logstash' })
    const { namespace, apply, run, pod } = await stageOf(t, vault)
    run('secret')
    run('role')
    apply('configmaps')
    apply('deployment')
    const first = await pod('logstash')
    const name = first.metadata?.name ?? ''
    const address = first.status?.podIP ?? ''

    const [, id] = await started(namespace, first, 'changeme')
    t.equal(id, '1', 'the entry point is process 1')
    t.equal(
      await namespace.exec(name, 'logstash', 'cat', '/etc/secrets.d/logstash.secrets'),
      'ELASTICSEARCH_USERNAME=elasticsearch/production#username\nELASTICSEARCH_PASSWORD=elasticsearch/production#password\n',
    )
    const readToken = async () => {
      const text = await namespace.exec(name, 'logstash', 'cat', tokenFile)
      const token = JSON.parse(text) as Readonly<Record<string, unknown>>
      t.strictSame(Object.keys(token), ['clientToken', 'accessor', 'leaseDuration', 'renewable', 'vaultAddr'])
      t.equal(text, JSON.stringify(token), 'compact, without a newline')
      t.match(token, { leaseDuration: 60, renewable: true, vaultAddr: vault.address })
      return String(token['clientToken'])
    }
    const token = await readToken()
    const own = vaultClient(vault.address, token)
    t.ok(await own.read('secret/elasticsearch/production'))
    await t.rejects(own.read('secret/elasticsearch/other'), /403/, 'its policy lets it read nothing else')

    const began = Date.now()
    const isRenewal = ({ request }: { readonly request: { readonly path: string } }) =>
      request.path === 'auth/token/renew-self'
    const renewal = await nextAudited(address, isRenewal, 'vault-elastic')
    t.equal(renewal.error, undefined)
    server.hang()
    await wait(20_000)
    server.goOn()
    const later = await nextAudited(address, isRenewal, 'vault-elastic')
    t.equal(later.error, undefined, 'Vault was away for 20 s, and the renewer went on')
    t.ok(Date.now() - began > 60_000, 'longer than the token would have lived')
    t.equal(await readToken(), token)
    t.ok(await own.read('auth/token/lookup-self'))

    const password = `changed-${randomBytes(12).toString('hex')}`
    await vault.write('secret/elasticsearch/production', { username: 'logstash', password })
    kill(first, 'logstash')
    const restarted = await namespace.until(name, 'a restarted app', ({ status }) =>
      (status?.containerStatuses ?? []).some(
        ({ restartCount, state }) => restartCount > 0 && state?.running !== undefined,
      ),
    )
    await started(namespace, first, password)
    t.equal(restarted.metadata?.uid, first.metadata?.uid)
    t.equal(audited(address, 'vault-elastic').filter(isLogin).length, 1, 'one login in the life of the pod')

    for (const value of [password, token]) {
      t.strictSame(findings(value), [], 'nothing secret in a log, an argument or etcd')
      const objects = await cluster.kubectl('get', 'pods,configmaps,secrets,events', '-n', namespace.name, '-o', 'json')
      t.notOk(objects.includes(value))
    }
  },
)

t.test('KV version 2, without a wrapper, and a secrets file without its last newline', async t => {
  const { namespace, apply, run, pod } = await stageOf(t, cluster.vault)
  run('secret')
  run('role')
  apply('configmaps', manifest => manifest.replaceAll('logstash.secrets: |', 'logstash.secrets: |-'))
  apply('deployment')
  run('label')
  await known(namespace.name, 'logstash-secrets', 20)
  apply('plain')
  for (const app of ['logstash', 'logstash-plain']) {
    const [, id] = await started(namespace, await pod(app), 'changeme')
    t.equal(id, '1')
  }
  const plain = await pod('logstash-plain')
  const container = plain.spec?.containers[0]
  t.match(container?.env, [
    { name: 'ELASTICSEARCH_USERNAME', valueFrom: { fileKeyRef: { key: 'ELASTICSEARCH_USERNAME' } } },
    { name: 'ELASTICSEARCH_PASSWORD', valueFrom: { fileKeyRef: { key: 'ELASTICSEARCH_PASSWORD' } } },
  ])
})

t.test('one wrapped secret id for a pod: used once, and its replay is reported', async t => {
  const { namespace, apply, run } = await stageOf(t, cluster.vault)
  run('secret')
  run('role')
  run('approle')
  run('wrapped')
  apply('configmaps')
  run('label')
  await known(namespace.name, 'logstash-secrets', 20)
  apply('approle-pod')
  const pod = await namespace.until('logstash-approle', 'readiness', isReady)
  await started(namespace, pod, 'changeme')
  const paths = audited(pod.status?.podIP ?? '').map(({ request }) => request.path)
  t.strictSame(paths.slice(0, 3), ['sys/wrapping/lookup', 'sys/wrapping/unwrap', 'auth/approle/login'])
  type Secret = { readonly data: Readonly<Record<string, string>> }
  const { data } = await cluster.api.get<Secret>(`${namespace.path}/secrets/logstash-login`)
  const wrapping = Buffer.from(data['wrapped-secret-id'] ?? '', 'base64').toString()
  await t.rejects(
    vaultClient(cluster.vault.address, wrapping).write('sys/wrapping/unwrap', {}),
    /400/,
    'it cannot be used again',
  )
  apply('approle-pod', manifest => manifest.replaceAll('logstash-approle', 'thief'))
  const thief = await namespace.until('thief', 'a failed login', ({ status }) =>
    (status?.initContainerStatuses ?? []).some(({ lastState }) => lastState?.terminated !== undefined),
  )
  const words = thief.status?.initContainerStatuses?.map(({ lastState }) => lastState?.terminated?.message).join('')
  t.match(words, 'take the secret id for stolen')
  t.notMatch(words, wrapping)
})
