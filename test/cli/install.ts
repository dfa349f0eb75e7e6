import { readFileSync } from 'node:fs'
import t from 'tap'
import { parse, parseAllDocuments } from 'yaml'
import { chartFolder, inOrder, install } from '../../src/cli/install.ts'
import { matchesGolden } from '../fixtures/golden.ts'
import { run } from '../fixtures/io.ts'

type Manifest = {
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string }
  readonly [field: string]: unknown
}

const manifests = async (...args: readonly string[]): Promise<readonly Manifest[]> => {
  const { code, stdout } = await run(install, args)
  t.equal(code, 0)
  return parseAllDocuments(stdout).map(document => document.toJS() as Manifest)
}

t.test('without flags it prints what kustomize applies', async t => {
  const { resources } = parse(readFileSync('webhook-config/kustomization.yaml', 'utf8')) as {
    readonly resources: readonly string[]
  }
  const texts = resources.map(name => `---\n${readFileSync(`webhook-config/${name}`, 'utf8')}`)
  t.equal((await run(install, [])).stdout, texts.join(''))
})

t.test('everything goes to the namespace that is named, under the name that the API server calls', async t => {
  const all = await manifests('--namespace', 'vault-system')
  for (const { kind, metadata } of all)
    if (metadata.namespace !== undefined) t.equal(metadata.namespace, 'vault-system', kind)
  t.match(
    all.find(({ kind }) => kind === 'Namespace'),
    { metadata: { name: 'vault-system' } },
  )
  t.match(
    all.find(({ kind }) => kind === 'MutatingWebhookConfiguration'),
    { webhooks: [{ clientConfig: { service: { namespace: 'vault-system' } } }] },
  )
  t.notMatch(JSON.stringify(all), '"namespace":"podvault"')
  t.notMatch(
    (await manifests('--skip-namespace')).map(({ kind }) => kind),
    ['Namespace'],
  )
})

t.test('flags are values of the chart, and monitoring comes when it is asked for', async t => {
  const all = await manifests('--image', 'example.com/podvault:1', '--policy', 'warn', '--monitoring')
  const find = (wanted: string) => all.find(({ kind }) => kind === wanted)
  t.match(JSON.stringify(find('Deployment')), '--image=example.com/podvault:1')
  t.match(find('ValidatingAdmissionPolicyBinding'), { spec: { validationActions: ['Warn', 'Audit'] } })
  for (const kind of ['PodMonitor', 'PrometheusRule']) t.ok(find(kind), kind)
})

t.test('help is shown, and a mistake is a sentence', async t => {
  t.match((await run(install, ['--help'])).stdout, /podvault manifests --vault-address .* \| kubectl apply -f -/)
  await t.rejects(run(install, ['--namespace', 'Upper']), {
    code: 'usage',
    message: '--namespace is "Upper"; allowed: the name of a namespace',
  })
  await t.rejects(run(install, ['--replicas', 'many']), { code: 'usage' })
})

t.test('the simple profile is a bundle of policies, for those settings that decide about a pod', async t => {
  const { stdout } = await run(install, ['--simple', '--vault-address', 'https://vault.vault.svc:8200'])
  matchesGolden(t, 'webhook-config/simple/policies.yaml', stdout)
  t.match(parse(readFileSync('webhook-config/simple/kustomization.yaml', 'utf8')), { resources: ['policies.yaml'] })
  await t.rejects(run(install, ['--simple', '--replicas', '2', '--policy', 'warn']), {
    code: 'usage',
    message: '--replicas, --policy would have no effect with --simple, which installs no webhook',
  })
})

t.test('a namespace comes first, and what may stop pods last', async t => {
  const names = [
    'validatingadmissionpolicy.yaml',
    'namespace.yaml',
    'b.yaml',
    'a.yaml',
    'mutatingwebhook.yaml',
    'a.yaml',
  ]
  t.same(
    inOrder(names.map(name => ({ name, text: '' }))).map(({ name }) => name),
    ['namespace.yaml', 'a.yaml', 'a.yaml', 'b.yaml', 'mutatingwebhook.yaml', 'validatingadmissionpolicy.yaml'],
  )
})

t.test('the chart is found in the bundle and in a checkout', async t => {
  const bundle = t.testdir({ chart: {}, chunks: {} })
  t.equal(chartFolder(`${bundle}/chunks`), `${bundle}/chart`)
  const checkout = t.testdir({ 'webhook-config': { chart: {} }, src: { cli: {} } })
  t.equal(chartFolder(`${checkout}/src/cli`), `${checkout}/webhook-config/chart`)
})
