import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import t from 'tap'
import type { Pod } from '../../src/inject/pod.ts'
import { admissionReview, app, forever, shell } from './apps.ts'
import { connect } from './cluster.ts'
import { manifest } from './namespace.ts'
import type { Namespace } from './namespace.ts'
import { eventually } from './eventually.ts'
import { vaultAddress } from './place.ts'
import { program, reviewsOf } from './webhook.ts'

const cluster = connect()
const secrets = 'VERSION 2\nMOUNT secret\nPASSWORD=admission#password'

// Nodes there are none of: these pods are only admitted. Without a token mount the API server adds no random names.
const nowhere = { nodeSelector: { nowhere: 'true' }, automountServiceAccountToken: false }
const pod = (name: string) => ({ ...app(name, { role: 'admission', secrets }, shell(forever)), ...nowhere })

const admitted = ({ spec, metadata }: Pod) => ({ spec, annotations: metadata?.annotations })

const pods = async (namespace: Namespace) =>
  (await cluster.api.get<{ readonly items: readonly Pod[] }>(`${namespace.path}/pods`)).items

/** All reviews of the namespace, once there are as many as expected: the log comes a little after the answer. */
const reviews = async ({ name }: Namespace, expected: number) => {
  await eventually(`${expected} reviews of ${name}`, 10, () => reviewsOf(name).length >= expected)
  return reviewsOf(name)
}

t.test('a server-side dry run gives the pod that a real run makes, and leaves nothing', async t => {
  const namespace = await cluster.namespace(t)
  const dry = await cluster.api.create<Pod>(`${namespace.path}/pods?dryRun=All`, manifest(pod('same')))
  t.same(await pods(namespace), [])
  const real = await namespace.create(pod('same'))
  t.same(admitted(dry), admitted(real))
  t.match(
    real.spec?.initContainers?.map(({ name }) => name),
    ['podvault-login', 'podvault-renew'],
  )
  t.equal((await reviews(namespace, 2)).length, 2)
})

t.test('kubectl apply --dry-run=server shows the injected pod', async t => {
  const namespace = await cluster.namespace(t)
  const file = `${t.testdir({ 'pod.json': JSON.stringify(manifest(pod('applied'))) })}/pod.json`
  const dry = await cluster.kubectl('-n', namespace.name, 'apply', '--dry-run=server', '-o', 'json', '-f', file)
  t.match(JSON.parse(dry), { spec: { initContainers: [{ name: 'podvault-login' }, { name: 'podvault-renew' }] } })
  t.same(await pods(namespace), [])
})

t.test('a pod without the annotation never reaches the webhook', async t => {
  const namespace = await cluster.namespace(t)
  const plain = await namespace.create({ name: 'plain', containers: [shell(forever)], ...nowhere })
  t.equal(plain.spec?.initContainers, undefined)
  await namespace.create({ ...pod('off'), annotations: { 'podvault.dev/role': 'admission' } })
  await namespace.create(pod('on'))
  t.equal((await reviews(namespace, 1)).length, 1, 'only the pod with the annotation reached it, and once')
})

t.test('a review of the stored pod changes nothing', async t => {
  const namespace = await cluster.namespace(t)
  const stored = await namespace.create(pod('stored'))
  const answer = await review(admissionReview(namespace.name, stored))
  t.match(answer, { response: { uid: 'of-the-test', allowed: true } })
  t.equal(answer.response.patch, undefined)
  const again = await namespace.create({ ...stored.spec, ...pod('again'), ...copy(stored) })
  t.same(again.spec, stored.spec)
})

const copy = ({ spec, metadata }: Pod) => ({
  ...spec,
  containers: spec?.containers ?? [],
  annotations: metadata?.annotations ?? {},
})

const review = async (body: object) => {
  const flags = ['--vault-address', vaultAddress, '--image', 'localhost/podvault:dev', '--kubernetes-version', '1.36']
  const command = spawn(process.execPath, [program, 'review', ...flags], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  command.stdin.end(JSON.stringify(body))
  return JSON.parse(await text(command.stdout)) as { readonly response: { readonly patch?: string } }
}

t.test('a pod that asks for what cannot be is refused with all its problems', async t => {
  const namespace = await cluster.namespace(t)
  const wrong = manifest({
    ...pod('wrong'),
    annotations: { ...pod('wrong').annotations, 'podvault.dev/refesh': '5m', 'podvault.dev/renew': 'maybe' },
  })
  const error = await cluster.api.create(`${namespace.path}/pods`, wrong).catch(String)
  for (const part of ['podvault.dev/refesh', 'podvault.dev/refresh', 'podvault.dev/renew', 'maybe'])
    t.match(error, part)
})

t.test('200 pods created at once are all injected, and none is refused', async t => {
  const namespace = await cluster.namespace(t)
  const began = Date.now()
  const names = Array.from({ length: 200 }, (_, index) => `burst-${index}`)
  const created = await Promise.all(names.map(async name => namespace.create(pod(name))))
  t.comment(`200 pods were created in ${Date.now() - began} ms`)
  const injected = created.filter(({ spec }) => spec?.initContainers?.[0]?.name === 'podvault-login')
  t.equal(injected.length, 200)
  t.equal((await reviews(namespace, 200)).length, 200)
})
