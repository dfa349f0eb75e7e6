import { setTimeout as wait } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { app, shell } from './apps.ts'
import { connect } from './cluster.ts'
import { startApiServer } from './control-plane.ts'
import { eventually } from './eventually.ts'
import { manifest } from './namespace.ts'
import { node } from './place.ts'
import type { Running } from './processes.ts'
import { makeReplicas } from './replicas.ts'
import { createStream, type Mishap } from './stream.ts'
import { otherOperator } from './webhook.ts'

const cluster = connect()
const { api, kubectl } = cluster
const name = 'podvault-replicas'
// An API server of this test's own, over the same etcd: the others go on with theirs.
const apiPort = '6445'
type Secret = { readonly data: Readonly<Record<string, string>> }
type Lease = { readonly spec: { readonly holderIdentity: string } }

const decoded = (text = ''): string => Buffer.from(text, 'base64').toString()
const certificates = (pem: string): number => pem.split('BEGIN CERTIFICATE').length - 1
const leader = async (): Promise<string> =>
  (await api.get<Lease>(`/apis/coordination.k8s.io/v1/namespaces/${name}/leases/podvault-ca`)).spec.holderIdentity

t.test(
  'pods are created as if nothing happened, whatever happens to three replicas and their certificates',
  async t => {
    const startApi = () => startApiServer('kube-apiserver-replicas', Number(apiPort))
    let server = startApi()
    const kill = async ({ process }: Running): Promise<void> => {
      const ended = new Promise(resolve => process.once('exit', resolve))
      process.kill('SIGKILL')
      await ended
    }
    t.teardown(async () => kill(server))
    const namespace = await cluster.namespace(t, { labels: { [otherOperator]: name } })
    const replicas = await makeReplicas(t, api, { name, port: 9600, apiPort, flags: { 'kubernetes-version': '1.36' } })
    // One clock is ten minutes fast, another as much slow: the third may be the leader, or one of them.
    const running = [0, 600, -600].map((seconds, index) => replicas.startReplica(index, seconds))
    const secretPath = `${replicas.home}/secrets/podvault-ca`
    const authority = async (): Promise<string> => decoded((await api.get<Secret>(secretPath)).data['ca.crt'])
    const { said, allReady, bundle } = replicas
    const allRenewed = async (times: number) =>
      eventually(`${times} new certificates`, 60, () => said(/^the certificate has been renewed$/) >= times)

    const pod = { ...app('pod', { role: 'x', secrets: 'A=b#c' }, shell('true')), automountServiceAccountToken: false }
    const stream = createStream(`https://${node}:${apiPort}${namespace.path}/pods`, manifest(pod))
    t.teardown(stream.end)
    /** Those that are not of the time before the first replica was ready. */
    let began = Date.now()
    const mishaps = (): readonly Mishap[] => stream.mishaps().filter(({ at }) => at > began)
    const flawless = async (t: Test, what: string): Promise<void> => {
      await stream.more(50)
      t.same(mishaps(), [], what)
    }

    await eventually('a first ready replica', 60, () => replicas.ready().length > 0)
    began = Date.now()
    await allReady()
    await flawless(t, 'the start of three replicas at once')
    t.equal(said(/has a new authority/), 1, 'they have agreed on one authority')
    t.equal(said(/leads from now on/), 1, 'and on one leader')
    t.equal(await bundle(), await authority())

    await t.test('the leader is killed', async t => {
      const before = await leader()
      const index = [0, 1, 2].find(each => replicas.log(each).some(({ me }) => me === before)) ?? -1
      await stream.between(() => kill(running[index] as Running))
      await eventually('another leader', 60, async () => (await leader()) !== before)
      await flawless(t, 'without the leader')
      running[index] = replicas.startReplica(index)
      await allReady()
      await flawless(t, 'with another one in its place')
      t.equal(said(/has a new authority/), 1)
    })

    await t.test('the Secret is deleted', async t => {
      const [before, renewals] = [await authority(), said(/^the certificate has been renewed$/)]
      await api.remove(secretPath)
      await eventually('another authority', 60, async () => (await authority().catch(() => before)) !== before)
      await allRenewed(renewals + 3)
      await flawless(t, 'a new authority in the place of the one that was deleted')
      t.equal(await bundle(), (await authority()) + before, 'the old one is trusted for a while')
    })

    await t.test('the Secret is broken by hand', async t => {
      const [before, renewals] = [await authority(), said(/^the certificate has been renewed$/)]
      const broken = { data: { 'ca.key': Buffer.from('hunter2').toString('base64') } }
      await kubectl('-n', name, 'patch', 'secret', 'podvault-ca', '-p', JSON.stringify(broken))
      await eventually('another authority', 60, async () => (await authority()) !== before)
      await allRenewed(renewals + 3)
      await flawless(t, 'a new authority in the place of the one without a key')
      t.equal(certificates(await bundle()), 3)
    })

    await t.test('the old authorities are taken out of the Secret', async t => {
      const patch = [{ op: 'remove', path: '/data/former.crt' }]
      await kubectl('-n', name, 'patch', 'secret', 'podvault-ca', '--type=json', '-p', JSON.stringify(patch))
      const current = await authority()
      await eventually('trust in the new one alone', 10, async () => (await bundle()) === current)
      await flawless(t, 'those that nobody needs are gone')
    })

    await t.test('the API server restarts', async t => {
      await stream.between(() => kill(server))
      await wait(3000)
      t.equal(replicas.ready().length, 3, 'those who are trusted stay ready')
      server = startApi()
      await flawless(t, 'a new API server')
      await allReady()
    })

    await t.test('somebody else writes the caBundle', async t => {
      const before = await bundle()
      const lost: string[] = []
      for (const caBundle of ['', Buffer.from(before.slice(0, before.indexOf('-----END'))).toString('base64')]) {
        const patch = [{ op: 'add', path: '/webhooks/0/clientConfig/caBundle', value: caBundle }]
        const wrong = Date.now()
        await stream.between(() =>
          kubectl('patch', 'mutatingwebhookconfiguration', name, '--type=json', '-p', JSON.stringify(patch)),
        )
        await eventually('the right caBundle', 10, async () => (await bundle()) === before)
        await wait(1000)
        const right = Date.now()
        await stream.more(50)
        // Between the two, no webhook can help: an API server asks nobody whom it does not trust.
        t.same(
          mishaps().filter(({ at }) => at > right),
          [],
          'it is as it was',
        )
        const times = mishaps().flatMap(({ at }) => (at >= wrong ? at : []))
        lost.push(`${times.length} in ${times.length === 0 ? 0 : Math.max(...times) - Math.min(...times)} ms`)
      }
      t.comment(`refused before the caBundle was put back: ${lost.join(' and ')}`)
      t.ok(
        mishaps().every(({ what }) => /^500 .*failed calling webhook/.test(what)),
        'none was let through uninjected',
      )
    })
    t.comment(`${stream.injected()} pods were injected`)
    t.notMatch(JSON.stringify([0, 1, 2].map(replicas.log)), /hunter2|PRIVATE KEY/)
  },
)
