// The installation as people make it: applied by kubectl, and installed, upgraded, rolled back and uninstalled by Helm. Pods of
// namespaces with a label of its own are its; the webhook of the other tests does not see them.
import { readFileSync, writeFileSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { alone } from './alone.ts'
import { app, asks, forever, shell } from './apps.ts'
import { connect } from './cluster.ts'
import { importImage, shellImage } from './images.ts'
import { chart, helm, set } from './helm.ts'
import { isReady, manifest, type Namespace } from './namespace.ts'
import { runPage } from './page-run.ts'
import { vaultAddress } from './place.ts'
import { serveService } from './service.ts'
import { certs, otherOperator } from './webhook.ts'
import type { Pod } from '../../src/inject/pod.ts'
import { eventually } from './eventually.ts'

const cluster = connect()
const label = 'install.test'
const home = 'podvault'

const values = {
  config: { 'vault-address': vaultAddress },
  namespaceSelector: { matchLabels: { [label]: 'here' } },
}

const release = ['podvault', chart, '-n', home, '--wait', '--timeout=120s']

type Found = { readonly kind: string; readonly metadata: { readonly name: string; readonly namespace?: string } }

/**
 * Everything that is in the namespace of the installation, and what of the whole cluster is called as all of it is. Names that only
 * begin so are those of other tests, which come and go meanwhile.
 */
const everything = async (): Promise<readonly string[]> => {
  const kinds = (await cluster.kubectl('api-resources', '--verbs=list', '-o', 'name')).split('\n')
  const wanted = kinds.filter(kind => kind !== '' && !kind.startsWith('events') && kind !== 'componentstatuses')
  const found = JSON.parse(await cluster.kubectl('get', wanted.join(','), '-A', '-o', 'json')) as { items: Found[] }
  return found.items
    .filter(({ metadata: { name, namespace } }) => (namespace ?? name) === home)
    .map(({ kind, metadata }) => `${kind}/${metadata.name}`)
    .sort()
}

const makeNamespace = async (): Promise<void> => {
  await cluster.kubectl('create', 'namespace', home)
  await cluster.kubectl('label', 'namespace', home, 'pod-security.kubernetes.io/enforce=restricted')
}

const removeHome = async (): Promise<void> => {
  await cluster.kubectl('delete', 'namespace', home, '--ignore-not-found', '--timeout=60s')
}

const namespaceOfOurs = async (t: Test): Promise<Namespace> => {
  const policy = 'path "secret/data/install" { capabilities = ["read"] }'
  return cluster.namespace(t, { policy, labels: { [label]: 'here', [otherOperator]: 'install' } })
}

const secrets = 'VERSION 2\nMOUNT secret\nPASSWORD=install#password'
const asking = manifest(app('asking', { role: 'any', secrets }, shell(forever)))

/** Creates pods one after the other until it is told to stop, and says what became of those that were not injected. */
const streamOf = (namespace: Namespace) => {
  const stop = new AbortController()
  const created = async (): Promise<string> => {
    try {
      const { spec } = await cluster.api.create<Pod>(`${namespace.path}/pods?dryRun=All`, asking)
      return spec?.initContainers?.[0]?.name === 'podvault-login' ? 'injected' : 'not injected'
    } catch (error) {
      return String(error)
    }
  }
  const goOn = async (): Promise<readonly string[]> => {
    const results: string[] = []
    while (!stop.signal.aborted) {
      results.push(await created())
      await wait(20)
    }
    return results
  }
  const running = goOn()
  return async (): Promise<readonly string[]> => {
    stop.abort()
    return running
  }
}

t.before(async () => {
  await alone(t)
  await cluster.vault.write('secret/data/install', { data: { password: 'by-the-chart' } })
})
t.teardown(removeHome)

/** For its own namespaces only: a kustomization over ours. */
const overlay = {
  patches: [
    ['MutatingWebhookConfiguration', '/webhooks/0'],
    ['ValidatingWebhookConfiguration', '/webhooks/0'],
    ['ValidatingAdmissionPolicy', '/spec/matchConstraints'],
  ].map(([kind, at]) => ({
    target: { kind },
    patch: JSON.stringify([{ op: 'add', path: `${at}/namespaceSelector/matchLabels`, value: { [label]: 'here' } }]),
  })),
}

t.test('kubectl applies what kustomize builds, it becomes ready under "restricted", and leaves nothing', async t => {
  const folder = t.testdir()
  const resources = [relative(folder, resolve('webhook-config'))]
  writeFileSync(`${folder}/kustomization.yaml`, JSON.stringify({ ...overlay, resources }))
  await cluster.kubectl('apply', '-k', folder)
  await cluster.kubectl('-n', home, 'rollout', 'status', 'deployment/podvault', '--timeout=120s')
  const pods = await cluster.api.get<{ readonly items: readonly Pod[] }>(`/api/v1/namespaces/${home}/pods`)
  t.equal(pods.items.filter(isReady).length, 2)
  await cluster.kubectl('delete', '-k', folder, '--timeout=60s')
  t.same(await everything(), [])
})

t.test('Helm installs, upgrades, rolls back and uninstalls it', async t => {
  const whole = t
  await makeNamespace()
  const namespace = await namespaceOfOurs(t)

  await t.test('installed, it injects what the API server sends to its Service', async t => {
    await helm('install', ...release, ...set(values))
    await serveService(whole, cluster.api, home, 'podvault')
    await namespace.create({
      name: 'app',
      annotations: asks({ role: namespace.name, secrets }),
      containers: [shell(`echo "it is $PASSWORD"; ${forever}`)],
    })
    t.ok(await namespace.line('app', 'app', /^it is by-the-chart$/))
    await namespace.until('app', 'a pod that is ready', isReady)
    t.match(await helm('test', 'podvault', '-n', home), /Phase: +Succeeded/)
  })

  await t.test('its account may do what the chart says, and not one verb more', async t => {
    const [own, anybody] = [await rightsOf(t, 'podvault:podvault'), await rightsOf(t, 'podvault:default')]
    t.same([...own.difference(anybody)].sort(), ours)
    t.same([...anybody.difference(own)], [])
  })

  await t.test('an upgrade and a rollback lose no pod', async t => {
    const stop = streamOf(namespace)
    await helm('upgrade', ...release, '--reuse-values', ...set({ replicas: 3, podAnnotations: { upgrade: '1' } }))
    t.match(await cluster.kubectl('-n', home, 'get', 'deployment', 'podvault', '-o', 'jsonpath={.spec.replicas}'), '3')
    await helm('rollback', 'podvault', '1', '-n', home, '--wait', '--timeout=120s')
    t.match(await cluster.kubectl('-n', home, 'get', 'deployment', 'podvault', '-o', 'jsonpath={.spec.replicas}'), '2')
    const results = await stop()
    t.same(
      results.filter(result => result !== 'injected'),
      [],
    )
    t.comment(`${results.length} pods were injected meanwhile`)
    t.ok(results.length > 50)
  })

  await t.test('while no replica is there, a pod that asks is refused, by the webhook and behind it', async t => {
    const tried = async () =>
      cluster.api.create<Pod>(`${namespace.path}/pods?dryRun=All`, asking).then(() => 'created', String)
    await cluster.kubectl('-n', home, 'scale', 'deployment', 'podvault', '--replicas=0')
    await eventually('no replica', 60, async () => /failed calling webhook|no endpoints/.test(await tried()))
    const ignore = JSON.stringify([{ op: 'replace', path: '/webhooks/0/failurePolicy', value: 'Ignore' }])
    await cluster.kubectl('patch', 'mutatingwebhookconfiguration', 'podvault', '--type=json', '-p', ignore)
    await eventually('the policy', 60, async () => /podvault has not injected it/.test(await tried()))
    t.match(await tried(), /Forbidden|ValidatingAdmissionPolicy 'podvault'/)
  })

  await t.test('the API server has told what the alerts and the dashboard ask it for', async t => {
    const files = ['files/dashboard.json', 'templates/prometheusrule.yaml']
    const queries = files.map(file => readFileSync(`${chart}/${file}`, 'utf8')).join('\n')
    const names = new Set(queries.match(/\bapiserver_[a-z_]+/g))
    t.equal(names.size, 4)
    const told = (await cluster.api.text('/metrics')).split('\n')
    const has = (...parts: readonly string[]) =>
      t.ok(
        told.some(line => parts.every(part => line.includes(part))),
        parts.join(' '),
      )
    for (const name of names)
      has(`${name}{`, name.includes('policy') ? 'policy="podvault"' : 'name="pods.podvault.dev"')
    has('webhook_rejection_count', 'error_type="calling_webhook_error"')
    has('policy_check_total', 'enforcement_action="deny"')
  })

  await t.test('uninstalled, it leaves nothing but what every namespace has', async t => {
    await helm('uninstall', 'podvault', '-n', home, '--wait')
    const own = ['ConfigMap/kube-root-ca.crt', 'Namespace/podvault', 'ServiceAccount/default']
    await eventually('its pods have ended', 60, async () => !(await everything()).some(name => name.startsWith('Pod/')))
    t.same(await everything(), own)
    await removeHome()
    t.same(await everything(), [])
  })
})

t.test('Helm installs it with certificates from a Secret that somebody fills', async t => {
  await makeNamespace()
  const pair = [`--cert=${certs}/tls.crt`, `--key=${certs}/tls.key`]
  await cluster.kubectl('-n', home, 'create', 'secret', 'tls', 'podvault-tls', ...pair)
  const caBundle = readFileSync(`${certs}/ca.crt`, 'base64')
  await helm('install', ...release, ...set({ ...values, certificates: 'files', caBundle, replicas: 1 }))
  await serveService(t, cluster.api, home, 'podvault')
  const namespace = await namespaceOfOurs(t)
  const made = await cluster.api.create<Pod>(`${namespace.path}/pods?dryRun=All`, asking)
  t.match(made.spec?.initContainers, [{ name: 'podvault-login' }, { name: 'podvault-renew' }])
  await helm('uninstall', 'podvault', '-n', home, '--wait')
  await removeHome()
})

t.test('every command of docs/install.md does what the page says, in its order', async t => {
  importImage({ ...shellImage(), name: 'docker.io/library/busybox:1.36' })
  const after = async (text: string): Promise<void> => {
    if (text.includes('helm install')) await serveService(t, cluster.api, home, 'podvault')
  }
  await runPage(t, 'docs/install.md', { label, after })
  await eventually('all of it has gone', 60, async () => (await everything()).length === 0)
})

/** What podvault may do beyond what any account may, which may also get /version. */
const ours = [
  'create events',
  ...['create', 'get', 'update'].map(verb => `${verb} leases podvault-ca`),
  ...['create', 'get', 'patch'].map(verb => `${verb} secrets podvault-ca`),
  ...['get', 'patch', 'watch'].flatMap(verb =>
    ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations'].map(kind => `${verb} ${kind} podvault`),
  ),
  ...['list', 'watch'].map(verb => `${verb} configmaps`),
].sort()

type Rules = {
  readonly status: {
    readonly resourceRules: readonly {
      readonly verbs: readonly string[]
      readonly resources: readonly string[]
      readonly resourceNames?: readonly string[]
    }[]
    readonly nonResourceRules: readonly {
      readonly verbs: readonly string[]
      readonly nonResourceURLs: readonly string[]
    }[]
  }
}

/** Each verb with what it may be used on. @param account namespace:name */
const rightsOf = async (t: Test, account: string): Promise<ReadonlySet<string>> => {
  const review = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectRulesReview', spec: { namespace: home } }
  const file = `${t.testdir({ 'review.json': JSON.stringify(review) })}/review.json`
  const as = `--as=system:serviceaccount:${account}`
  const { status } = JSON.parse(
    await cluster.kubectl('create', '--validate=false', as, '-f', file, '-o', 'json'),
  ) as Rules
  const each = (verbs: readonly string[], targets: readonly string[]) =>
    verbs.flatMap(verb => targets.map(target => `${verb} ${target}`))
  return new Set([
    ...status.resourceRules.flatMap(({ verbs, resources, resourceNames = [''] }) =>
      each(
        verbs,
        resources.flatMap(resource => resourceNames.map(name => `${resource} ${name}`.trim())),
      ),
    ),
    ...status.nonResourceRules.flatMap(({ verbs, nonResourceURLs }) => each(verbs, nonResourceURLs)),
  ])
}
