import { execFile, spawn } from 'node:child_process'
import { symlinkSync } from 'node:fs'
import { delimiter, dirname, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import t from 'tap'
import { parse } from 'yaml'
import type { Report } from '../../src/cli/explain-report.ts'
import type { Pod } from '../../src/inject/pod.ts'
import { app, asks, forever, shell } from './apps.ts'
import { connect } from './cluster.ts'
import { manifest } from './namespace.ts'
import { vaultAddress } from './place.ts'
import { program } from './webhook.ts'

const cluster = connect()
const settings = { role: 'explain', secrets: 'VERSION 2\nMOUNT secret\nPASSWORD=explain#password' }

// Nodes there are none of: these pods are only admitted. Without a token mount the API server adds no random names.
const nowhere = { nodeSelector: { nowhere: 'true' }, automountServiceAccountToken: false }
const pod = (name: string) => ({ ...app(name, settings, shell(forever)), ...nowhere })

/** `kubectl podvault`, as npm puts it on the PATH. */
const plugin = (folder: string) => {
  const file = `${folder}/kubectl-podvault`
  symlinkSync(resolve(program), file)
  const env = { ...process.env, PATH: [folder, dirname(process.execPath), process.env['PATH']].join(delimiter) }
  return async (...args: readonly string[]): Promise<string> =>
    (await promisify(execFile)('kubectl', ['podvault', ...args], { env })).stdout
}

const explainer = (folder: string, namespace: string) => {
  const kubectl = plugin(folder)
  // The settings of another test's Deployment are not those of the webhook here.
  const flags = ['--vault-address', vaultAddress, '--config', '', '-n', namespace]
  return {
    text: (...args: readonly string[]) => kubectl('explain', ...flags, ...args),
    report: async (name: string): Promise<Report | undefined> =>
      (JSON.parse(await kubectl('explain', ...flags, '-o', 'json', name)) as readonly Report[])[0],
  }
}

t.test('kubectl podvault explain tells of a live pod what holds, and which webhook sees such a pod', async t => {
  const namespace = await cluster.namespace(t)
  await namespace.create(pod('web'))
  const explain = explainer(t.testdir(), namespace.name)
  const shown = await explain.text('web')
  t.comment(shown)
  t.match(shown, /^Pod t-\w+\/web: injected by podvault \S+, settings \w{12}; a new one would be the same\n/)
  t.match(shown, /podvault\.dev\/role +explain +pod\n/)
  t.match(shown, /sidecar +podvault-renew/)
  const webhook = (await explain.report('web'))?.webhooks?.find(({ isPodvault }) => isPodvault)
  t.match(webhook, { sees: 'yes', failurePolicy: 'Fail' })
  t.ok(
    webhook?.conditions.every(({ holds }) => holds === true),
    JSON.stringify(webhook),
  )
})

t.test('with other settings it says that a new pod would differ', async t => {
  const namespace = await cluster.namespace(t)
  await namespace.create(pod('web'))
  const explain = explainer(t.testdir({ 'config.yaml': 'defaults: {refresh: 1m}\n' }), namespace.name)
  t.match(
    await explain.text('web', '--config', `${t.testdirName}/config.yaml`),
    /; a new one would be injected today: .*\(engine/,
  )
})

t.test('a pod that was not injected is told why', async t => {
  const namespace = await cluster.namespace(t)
  const explain = explainer(t.testdir(), namespace.name)
  await namespace.create({ name: 'plain', containers: [shell(forever)], ...nowhere })
  t.match(await explain.report('plain'), {
    verdict: 'skipped',
    reason: 'not-requested',
    nextStep: /set podvault\.dev\/inject: "true"/,
    webhooks: [{ isPodvault: true, sees: 'no', because: /condition .* does not hold/ }],
  })
  const late = Object.entries(asks(settings)).map(([name, value]) => `${name}=${value}`)
  await cluster.kubectl('-n', namespace.name, 'annotate', 'pod', 'plain', ...late)
  t.match(
    await explain.text('plain'),
    /: not injected; a new one would be injected today[^]*have changed since it was created/,
  )
})

t.test('a pod of a namespace that the webhook leaves out is told by which selector', async t => {
  const path = '/api/v1/namespaces/kube-public/pods'
  await cluster.api.create(path, manifest(pod('left-out')))
  t.teardown(async () => cluster.api.remove(`${path}/left-out`))
  t.match(await explainer(t.testdir(), 'kube-public').report('left-out'), {
    verdict: 'skipped',
    reason: 'system-namespace',
    nextStep: 'run the pod in another namespace',
    webhooks: [
      { isPodvault: true, sees: 'no', because: /namespaceSelector wants kubernetes\.io\/metadata\.name NotIn/ },
    ],
  })
})

t.test('a refused workload is explained before any pod of it is', async t => {
  const namespace = await cluster.namespace(t)
  const template = {
    metadata: { labels: { app: 'web' }, annotations: asks({ ...settings, rol: 'x' }) },
    spec: { containers: [shell(forever)] },
  }
  await cluster.api.create(`/apis/apps/v1/namespaces/${namespace.name}/deployments`, {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: { replicas: 0, selector: { matchLabels: { app: 'web' } }, template },
  })
  t.match(await explainer(t.testdir(), namespace.name).report('deployment/web'), {
    kind: 'Deployment',
    verdict: 'refused',
    problems: [/podvault\.dev\/rol"; did you mean podvault\.dev\/role/],
  })
})

t.test('uninject gives a live pod back as it would be without podvault', async t => {
  const namespace = await cluster.namespace(t)
  await namespace.create(pod('web'))
  const live = await cluster.kubectl('-n', namespace.name, 'get', 'pod', 'web', '-o', 'yaml')
  const { annotations: _, ...plain } = pod('web')
  const without = await cluster.api.create<Pod>(
    `${namespace.path}/pods?dryRun=All`,
    manifest({ ...plain, name: 'plain' }),
  )
  const uninjected = parse(await piped(live, 'uninject')) as Pod
  t.match((parse(live) as Pod).spec?.initContainers, [{ name: 'podvault-login' }, { name: 'podvault-renew' }])
  t.same(uninjected.spec, without.spec)
  t.notOk('podvault.dev/status' in (uninjected.metadata?.annotations ?? {}))
  const review = await piped(await piped(live, 'uninject'), 'inject', '--vault-address', vaultAddress, '-o', 'json')
  t.same(
    (JSON.parse(review) as Pod).spec?.initContainers?.map(({ name }) => name),
    ['podvault-login', 'podvault-renew'],
  )
})

const piped = async (input: string, ...args: readonly string[]): Promise<string> => {
  const command = spawn(process.execPath, [program, ...args], { stdio: ['pipe', 'pipe', 'inherit'] })
  command.stdin.end(input)
  return text(command.stdout)
}
