// Injection without a webhook: what the API server makes of the pods of test/fixtures/pods by policies alone.
import { existsSync, readFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { parse } from 'yaml'
import { simpleOf } from '../../src/cli/simple/pod.ts'
import { type Manifest, simplePolicies } from '../../src/cli/simple/policy.ts'
import { names } from '../../src/contract.ts'
import type { Pod } from '../../src/inject/pod.ts'
import { cases } from '../fixtures/cases.ts'
import { settings } from '../fixtures/pods.ts'
import { app, asks, forever, shell } from './apps.ts'
import { connect } from './cluster.ts'
import { eventually } from './eventually.ts'
import { isReady, manifest } from './namespace.ts'
import { vaultAddress } from './place.ts'
import { otherOperator } from './webhook.ts'

const cluster = connect()

/** The policies under a name of their own, for namespaces with a label of that name. */
const install = async (t: Test, name: string, manifests: readonly Manifest[]): Promise<void> => {
  for (const { kind, ...rest } of manifests) {
    const path = `/apis/admissionregistration.k8s.io/v1/${kind.toLowerCase().replace(/y$/, 'ie')}s`
    const spec = rest['spec'] as { readonly matchConstraints?: object; readonly policyName?: string }
    const { matchConstraints, policyName } = spec
    await cluster.api.create(path, {
      ...rest,
      kind,
      metadata: { name },
      spec: {
        ...spec,
        ...(matchConstraints && {
          matchConstraints: { ...matchConstraints, namespaceSelector: { matchLabels: { [name]: 'here' } } },
        }),
        ...(policyName && { policyName: name }),
      },
    })
    t.teardown(async () => cluster.api.remove(`${path}/${name}`))
  }
}

/** What the API server makes of a pod that is not created, or what it says against it. */
const dryRun = async (path: string, pod: Pod): Promise<{ readonly made?: Pod; readonly refusal: string }> => {
  const { namespace: _, ...metadata } = pod.metadata ?? {}
  return cluster.api.create<Pod>(`${path}/pods?dryRun=All`, { ...pod, metadata }).then(
    made => ({ made, refusal: '' }),
    (error: unknown) => ({ refusal: String(error) }),
  )
}

const namespaceWith = async (t: Test, labels: Readonly<Record<string, string>>) => {
  const namespace = await cluster.namespace(t, { labels: { ...labels, [otherOperator]: 'simple' } })
  await cluster.api.create(`${namespace.path}/serviceaccounts`, {
    metadata: { name: 'web' },
    automountServiceAccountToken: false,
  })
  const without = JSON.stringify({ automountServiceAccountToken: false })
  await cluster.kubectl('-n', namespace.name, 'patch', 'serviceaccount', 'default', '-p', without)
  return namespace
}

/** A pod without what is another one in each creation, and with what the agent is told as values. */
const comparable = ({ metadata, spec }: Pod): object => {
  const { 'podvault.dev/status': status = '{}', ...annotations } = metadata?.annotations ?? {}
  const { hash: _, ...told } = JSON.parse(status)
  const read = (list: NonNullable<Pod['spec']>['initContainers'] = []) =>
    list.map(({ env = [], ...container }) => ({
      ...container,
      env: env.map(({ name, value, ...rest }) => ({
        name,
        ...rest,
        value: name === names.configVariable ? JSON.parse(String(value)) : value,
      })),
    }))
  return {
    annotations,
    told,
    spec: { ...spec, initContainers: read(spec?.initContainers), containers: read(spec?.containers) },
  }
}

/** Those that policies make what the webhook makes; all others that it injects are refused. */
const simple = ['bare', 'best-effort', 'burstable', 'fs-group', 'guaranteed', 'minimal', 'root-app']

const sentences =
  /without the webhook no annotation is known but|podvault\.dev\/secrets is missing or is not what policies read/

t.test('policies alone make of a simple pod what the webhook makes of it, and refuse others', async t => {
  await install(t, 'simple-fixtures', simplePolicies(simpleOf(settings)))
  const [ours, bare] = [await namespaceWith(t, { 'simple-fixtures': 'here' }), await namespaceWith(t, {})]
  const probe = manifest(app('probe', { role: 'any' }, shell(forever))) as Pod
  await eventually('the policies are in force', 30, async () =>
    sentences.test((await dryRun(ours.path, probe)).refusal),
  )
  const [plain] = cases().filter(({ name }) => name === 'bare')
  await eventually(
    'they inject',
    30,
    async () => plain !== undefined && (await dryRun(ours.path, plain.pod)).made !== undefined,
  )
  for (const { name, folder, pod, namespace } of cases()) {
    // Those are made with other settings, or are for namespaces that no test may use.
    if (existsSync(`${folder}/config.yaml`) || namespace.startsWith('kube-')) continue
    const { made, refusal } = await dryRun(ours.path, pod)
    const asked = pod.metadata?.annotations?.['podvault.dev/inject']
    const injected = `${folder}/injected.yaml`
    if (asked === undefined || asked === 'false') t.notMatch(refusal, /simple-fixtures/, `${name} is left alone`)
    else if (!existsSync(injected)) t.not(refusal, '', `${name} is refused, as by the webhook`)
    else if (!simple.includes(name)) t.match(refusal, sentences, `${name} is refused with a sentence`)
    else {
      const wanted = await dryRun(bare.path, parse(readFileSync(injected, 'utf8')) as Pod)
      if (made === undefined || wanted.made === undefined) t.fail(`${name}: ${refusal}${wanted.refusal}`)
      else t.same(comparable(made), comparable(wanted.made), `${name} is what the webhook makes of it`)
    }
  }
})

t.test('the most that a pod may ask for is not too much for the API server', async t => {
  await install(t, 'simple-large', simplePolicies(simpleOf(settings)))
  const namespace = await namespaceWith(t, { 'simple-large': 'here' })
  const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index)
  const secrets = numbers(100).map(index => `A_LONG_NAME_${index}=a/long/path/in/vault/number/${index}#password`)
  const env = numbers(30).map(index => ({ name: `OWN_${index}`, value: 'x' }))
  const volumeMounts = ['/a', '/b'].map(mountPath => ({ name: 'own', mountPath }))
  const containers = numbers(20).map(index => ({ name: `app-${index}`, image: 'x', env, volumeMounts }))
  const annotations = asks({ role: 'any', secrets: secrets.join('\n') })
  const volumes = [{ name: 'own', emptyDir: {} }]
  const large = manifest({ name: 'large', annotations, containers, volumes }) as Pod
  const made = async (): Promise<Pod | undefined> => (await dryRun(namespace.path, large)).made
  const isInjected = async (): Promise<boolean> => (await made())?.spec?.initContainers !== undefined
  await eventually('the policies are in force', 30, isInjected)
  t.ok((await made())?.spec?.containers.every(container => container.env?.length === 130))
  const more = {
    ...large,
    metadata: { name: 'more', annotations: asks({ role: 'any', secrets: [...secrets, 'ONE=too#many'].join('\n') }) },
  }
  t.match((await dryRun(namespace.path, more)).refusal, sentences)
})

t.test('such a pod runs and has its secrets, and no webhook was there', async t => {
  await install(t, 'simple-live', simplePolicies(simpleOf({ ...settings, address: vaultAddress })))
  const policy = 'path "secret/data/simple" { capabilities = ["read"] }'
  await cluster.vault.write('secret/data/simple', { data: { password: 'by-policy' } })
  const labels = { 'simple-live': 'here', [otherOperator]: 'simple' }
  const namespace = await cluster.namespace(t, { policy, labels })
  const secrets = 'VERSION 2\nMOUNT secret\nPASSWORD=simple#password'
  const pod = app('app', { role: namespace.name, secrets }, shell(`echo "it is $PASSWORD"; ${forever}`))
  const probe = manifest(pod) as Pod
  const isInjected = async (): Promise<boolean> =>
    (await dryRun(namespace.path, probe)).made?.spec?.initContainers?.[0]?.name === names.login
  await eventually('the policies are in force', 30, isInjected)
  await namespace.create(pod)
  t.ok(await namespace.line('app', 'app', /^it is by-policy$/))
  await namespace.until('app', 'a pod that is ready', isReady)
})
