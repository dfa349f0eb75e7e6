import jsonpatch from 'fast-json-patch'
import { readFileSync } from 'node:fs'
import t from 'tap'
import { parse } from 'yaml'
import { explain } from '../../src/cli/explain.ts'
import { decide } from '../../src/inject/decide.ts'
import type { Operation } from '../../src/inject/patch.ts'
import type { Pod } from '../../src/inject/pod.ts'
import { run } from '../fixtures/io.ts'
import { fakeKubectl } from '../fixtures/kubectl.ts'
import { podWith, settings } from '../fixtures/pods.ts'

const flags = ['--vault-address', settings.address ?? '', '-n', 'shop']
const product = parse(readFileSync('webhook-config/mutatingwebhookconfiguration.yaml', 'utf8'))

const live = (pod: Pod): object => ({
  ...pod,
  metadata: { ...pod.metadata, namespace: 'shop', creationTimestamp: '2026-01-02T00:00:00Z' },
})

const injected = (pod: Pod): Pod => {
  const decision = decide(pod, 'shop', settings)
  const patch = decision.kind === 'inject' ? (structuredClone(decision.patch) as Operation[]) : []
  return jsonpatch.applyPatch(structuredClone(pod), patch).newDocument
}

const cluster = (more: Readonly<Record<string, unknown>>, prefix = '') =>
  Object.fromEntries(
    Object.entries({
      version: { serverVersion: { major: '1', minor: '36' } },
      'get configmaps --namespace shop --selector podvault.dev/secrets-file=true': { items: [] },
      'get namespace shop': { metadata: { labels: {} } },
      'get mutatingwebhookconfigurations': { items: [product] },
      'get deployments --all-namespaces --selector app.kubernetes.io/name=podvault': { items: [] },
      ...more,
    }).map(([words, answer]) => [prefix + words, answer]),
  )

t.test('an injected pod, one that was passed by, and a workload', async t => {
  const env = fakeKubectl(
    t.testdir(),
    cluster({
      'get pod/web --namespace=shop': live(injected(podWith())),
      'get pod/old --namespace=shop': live(podWith()),
      'get deployment/web --namespace=shop': {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'web', namespace: 'shop' },
        spec: { template: podWith() },
      },
    }),
  )
  const { code, stdout } = await run(explain, [...flags, 'web', 'old', 'deployment/web', '-o', 'json'], { env })
  t.equal(code, 0)
  t.match(JSON.parse(stdout), [
    { kind: 'Pod', present: { upToDate: true }, webhooks: [{ sees: 'yes' }], nextStep: /the log of its first/ },
    {
      verdict: 'injected',
      isLive: true,
      nextStep: 'this one was not injected: the settings or the pod have changed since it was created; create it anew',
    },
    { kind: 'Deployment', verdict: 'injected', nextStep: /the log of its first/ },
  ])
  t.match(JSON.parse(stdout)[0].notes, [/the settings of its webhook are unknown; .*no Deployment labelled/])
})

t.test('the cluster is the one that is named', async t => {
  const pod = { 'get pod/web': live(podWith({ rol: 'x' })) }
  const env = fakeKubectl(t.testdir(), cluster(pod, '--context=c --kubeconfig=/k '))
  const { stdout } = await run(explain, ['web', '--context', 'c', '--kubeconfig', '/k'], { env })
  t.match(stdout, /^Pod shop\/web: not injected; a new one would be refused today/)
})

t.test('without the webhooks the rest is told all the same', async t => {
  const pod = { 'get pod/web --namespace=shop': live(podWith()), 'get mutatingwebhookconfigurations': 'forbidden' }
  const { stdout } = await run(explain, [...flags, 'web'], { env: fakeKubectl(t.testdir(), cluster(pod)) })
  t.match(stdout, /not known\n[^]*the webhooks of the cluster are unknown: kubectl failed: forbidden/)
  t.notMatch(stdout, /webhooks asked about/)
})

t.test('what is no pod is a sentence', async t => {
  const answers = cluster({
    'get service/web --namespace=shop': { apiVersion: 'v1', kind: 'Service' },
    'get x/odd --namespace=shop': 7,
    'get pod/broken --namespace=shop': { apiVersion: 'v1', kind: 'Pod', metadata: { namespace: 'shop' }, spec: 7 },
  })
  const env = fakeKubectl(t.testdir(), answers)
  const fails = (name: string, message: RegExp, hint?: RegExp) =>
    t.rejects(run(explain, [...flags, name], { env }), { message, ...(hint && { hint }) })
  await fails('service/web', /no pod template in Service/, /--pod-path/)
  await fails('x/odd', /no pod template in it/)
  await fails('gone', /kubectl failed: .*NotFound/)
  for (const name of ['a b', 'a/b/c', '', '/x', 'x/-y']) await fails(name, /names no pod/, /^write POD or KIND/)
  t.match((await run(explain, [...flags, 'broken'], { env })).stdout, /refused today \(bad-request\): the request/)
})
