import t, { type Test } from 'tap'
import { annotatedPod, countPods, type Creates, createPods, deploy, during, repeatedly, upTo } from './burst.ts'
import { connect } from './cluster.ts'
import { makeFleet } from './fleet.ts'
import type { Namespace } from './namespace.ts'
import { apiServer } from './place.ts'
import { otherOperator } from './webhook.ts'

const cluster = connect()
const name = 'podvault-burst'

const fresh = async (t: Test): Promise<Namespace> => cluster.namespace(t, { labels: { [otherOperator]: name } })

t.test('bursts of pods are all injected, and none is refused', async t => {
  const fleet = await makeFleet(t, cluster.api, { name, port: 9800 })
  const create = async (namespace: Namespace, connections: number, more: () => boolean): Promise<Creates> =>
    createPods(`${apiServer}${namespace.path}`, annotatedPod, connections, more)

  for (const replicas of [1, 3])
    for (const connections of [25, 200])
      await t.test(`${connections} at once, ${replicas} replicas`, async t => {
        await fleet.scale(replicas)
        const namespace = await fresh(t)
        const { refused } = await create(namespace, connections, upTo(400))
        t.same(refused, [])
        t.same(await countPods(cluster.api, namespace.path), { pods: 400, injected: 400 })
      })

  await t.test('a Deployment is scaled up', async t => {
    const namespace = await fresh(t)
    await deploy(cluster, namespace.name, 500)
    t.same(await countPods(cluster.api, namespace.path), { pods: 500, injected: 500 })
  })

  /** Pods that are created directly, and by a Deployment, while something happens to the replicas; resolves to what was refused of the first. */
  const meanwhile = async (t: Test, happen: () => Promise<void>): Promise<readonly string[]> => {
    const [direct, scaled] = [await fresh(t), await fresh(t)]
    const happening = happen()
    const [{ refused, milliseconds }] = await Promise.all([
      create(direct, 10, during(happening)),
      deploy(cluster, scaled.name, 500),
      happening,
    ])
    const pods = milliseconds.length
    t.comment(`${pods} pods, ${refused.length} refused`)
    t.ok(refused.length < pods)
    t.same(await countPods(cluster.api, direct.path), { pods, injected: pods })
    t.same(await countPods(cluster.api, scaled.path), { pods: 500, injected: 500 })
    return refused
  }

  await t.test('all replicas are replaced meanwhile', async t => {
    t.same(await meanwhile(t, fleet.upgrade), [])
  })

  await t.test('a replica is evicted every two seconds meanwhile', async t => {
    t.same(await meanwhile(t, () => repeatedly(fleet.evict, 5)), [])
  })

  await t.test('a replica is killed every two seconds meanwhile: controllers ask again', async t => {
    const refused = await meanwhile(t, () => repeatedly(fleet.kill, 5))
    // The API server asks once: what was with the one that was killed, or came before its endpoint went, is lost.
    t.ok(
      refused.every(what => /^500 .*failed calling webhook/.test(what)),
      'nothing else is refused',
    )
  })
})
