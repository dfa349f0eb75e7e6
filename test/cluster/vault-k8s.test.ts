import t from 'tap'
import type { Test } from 'tap'
import { readdirSync, readFileSync } from 'node:fs'
import { parse } from 'yaml'
import type { Container, Pod } from '../../src/inject/pod.ts'
import { forever, shell } from './apps.ts'
import { connect } from './cluster.ts'
import { importImage, vaultImage, vaultImageName } from './images.ts'
import { isReady } from './namespace.ts'
import type { Namespace } from './namespace.ts'
import { configurations, injectorConfiguration, namespaceFor, vaultK8sPod } from './vault-k8s-pods.ts'

const cluster = connect()
const label = { 'vault-k8s': 'here' }
const name = 'vault-agent-injector-cfg'

t.before(async () => {
  importImage(vaultImage())
  await cluster.api.create(configurations, injectorConfiguration(name, label))
})
t.teardown(async () => cluster.api.remove(`${configurations}/${name}`))

const namespaceOf = async (t: Test, password: string) => namespaceFor(t, cluster, label, { password })

/** The first file that a reader of vault-k8s's documentation makes, with the template written out. */
const first = (path: string) => ({
  'agent-inject-secret-db': path,
  'agent-inject-template-db': `{{ with secret "${path}" }}{{ range $k, $v := .Data }}{{ $k }}: {{ $v }}\n{{ end }}{{ end }}`,
})

const init = (created: Pod): readonly Container[] => created.spec?.initContainers ?? []

/** The app has read the secret, and nothing of the pod fails. */
const works = async (t: Test, namespace: Namespace, name: string, pattern: RegExp): Promise<void> => {
  t.ok(await namespace.line(name, 'app', pattern, 60), 'the app reads the secret')
  await namespace.until(name, 'a pod that is ready', isReady)
}

t.test('a pod with a secret and a template works under engine vault-agent', async t => {
  const { namespace, path } = await namespaceOf(t, 'by-vault-agent')
  const created = await namespace.create(
    vaultK8sPod('first', namespace, first(path), { 'podvault.dev/engine': 'vault-agent' }),
  )
  t.match(init(created), [
    { name: 'vault-agent-init', image: vaultImageName },
    { name: 'vault-agent', image: vaultImageName, restartPolicy: 'Always' },
  ])
  t.equal(created.metadata?.annotations?.['vault.hashicorp.com/agent-inject-status'], 'injected')
  await works(t, namespace, 'first', /^data: map\[password:by-vault-agent\]/)
  const began = Date.now()
  await namespace.remove('first')
  await namespace.gone('first')
  t.comment(`the pod was gone ${Date.now() - began} ms after its deletion: SIGTERM reaches the agent`)
})

t.test('the same pod works under engine podvault', async t => {
  const { namespace, path } = await namespaceOf(t, 'by-podvault')
  const created = await namespace.create(
    vaultK8sPod('first', namespace, first(path), { 'podvault.dev/engine': 'podvault' }),
  )
  t.match(init(created), [
    { name: 'vault-agent-init', args: ['login'] },
    { name: 'vault-agent', args: ['renew'], restartPolicy: 'Always' },
  ])
  await works(t, namespace, 'first', /^data: map\[password:by-podvault\]/)
})

t.test('both engines write the same bytes', async t => {
  const { namespace, path } = await namespaceOf(t, 'overwritten')
  await cluster.vault.write(path, {
    data: { password: 'a <b> & "c"', number: 1.5e21, deep: { list: [1, null, true, 'x'], empty: {} }, lines: 'a\nb' },
  })
  const settings = {
    'agent-inject-secret-db': path,
    'agent-inject-secret-json': path,
    'agent-inject-template-json': `{{ with secret "${path}" }}{{ .Data | toJSON }}\n{{ end }}`,
  }
  const bytes = async (engine: string): Promise<string> => {
    await namespace.create(vaultK8sPod(engine, namespace, settings, { 'podvault.dev/engine': engine }))
    await namespace.until(engine, 'a pod that is ready', isReady, 60)
    return namespace.exec(engine, 'app', 'cat', '/vault/secrets/db', '/vault/secrets/json')
  }
  const [ours, theirs] = [await bytes('podvault'), await bytes('vault-agent')]
  t.match(theirs, /^data: map\[/)
  t.equal(ours, theirs)
  t.comment(ours)
})

t.test(
  'a pod with a template that only vault-agent can render goes there by itself, as a classic sidecar where it says so',
  async t => {
    const { namespace, path } = await namespaceOf(t, 'by-its-own')
    const settings = {
      'agent-inject-template-db': `{{ with secret "${path}" }}url=db://u:{{ .Data.data.password }}@h{{ env "HOME" }}{{ end }}`,
    }
    const created = await namespace.create(
      vaultK8sPod('own', namespace, settings, { 'podvault.dev/native-sidecar': 'false' }),
    )
    t.match(init(created), [{ name: 'vault-agent-init', image: vaultImageName }])
    t.match(created.spec?.containers, [{ name: 'app' }, { name: 'vault-agent', image: vaultImageName }])
    await works(t, namespace, 'own', /^url=db:\/\/u:by-its-own@h/)
  },
)

t.test('a pod with agent-configmap works', async t => {
  const { namespace, path } = await namespaceOf(t, 'by-config-map')
  const config = (isInit: boolean) => `
exit_after_auth = ${isInit}
pid_file = "/home/vault/.pid"
auto_auth {
  method "kubernetes" {
    mount_path = "auth/kubernetes"
    config = { role = "${namespace.name}" }
  }
  sink "file" { config = { path = "/home/vault/.vault-token" } }
}
template {
  contents = "{{ with secret \\"${path}\\" }}password={{ .Data.data.password }}{{ end }}"
  destination = "/vault/secrets/db"
}`
  await cluster.api.create(`${namespace.path}/configmaps`, {
    metadata: { name: 'agent' },
    data: { 'config-init.hcl': config(true), 'config.hcl': config(false) },
  })
  await namespace.create(vaultK8sPod('configured', namespace, { 'agent-configmap': 'agent' }))
  await works(t, namespace, 'configured', /^password=by-config-map/)
})

t.test('a pod with agent-cache-enable works, and its app reaches Vault through the cache', async t => {
  const { namespace, path } = await namespaceOf(t, 'by-cache')
  const settings = { ...first(path), 'agent-cache-enable': 'true' }
  const container = shell(
    `cat /vault/secrets/db; until wget -qO- http://127.0.0.1:8200/v1/${path}; do sleep 0.2; done; ${forever}`,
  )
  const created = await namespace.create({ ...vaultK8sPod('cached', namespace, settings), containers: [container] })
  t.match(init(created)[1], { name: 'vault-agent', image: vaultImageName })
  await works(t, namespace, 'cached', /^data: map\[password:by-cache\]/)
  t.ok(await namespace.line('cached', 'app', /"password":"by-cache"/), 'and through the listener')
})

const fixtures = 'test/fixtures/vault-k8s'

t.test('whatever is made of such a pod is a pod to the API server', async t => {
  const namespace = await cluster.namespace(t, { labels: label })
  for (const name of readdirSync(fixtures)) {
    const made = parse(readFileSync(`${fixtures}/${name}/injected.yaml`, 'utf8')) as Pod
    const created = await cluster.api.create<Pod>(`${namespace.path}/pods?dryRun=All`, made)
    t.same(names(created.spec?.initContainers), names(made.spec?.initContainers), name)
  }
})

const names = (containers: readonly Container[] = []): readonly string[] => containers.map(({ name }) => name)
