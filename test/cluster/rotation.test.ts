import t from 'tap'
import { app, shell } from './apps.ts'
import { connect } from './cluster.ts'
import { eventually } from './eventually.ts'
import { manifest } from './namespace.ts'
import { apiServer } from './place.ts'
import { makeReplicas } from './replicas.ts'
import { createStream } from './stream.ts'
import { otherOperator } from './webhook.ts'

const cluster = connect()
const name = 'podvault-rotation'
const lives = { 'ca-lifetime': '2m', 'certificate-lifetime': '30s' }

t.test('certificates and their authority are replaced while pods are created, and nobody notices', async t => {
  const namespace = await cluster.namespace(t, { labels: { [otherOperator]: name } })
  const apiPort = new URL(apiServer).port
  const flags = { ...lives, 'kubernetes-version': '1.36' }
  const { startReplica, allReady, said, bundle } = await makeReplicas(t, cluster.api, {
    name,
    port: 9700,
    apiPort,
    flags,
  })
  for (const index of [0, 1, 2]) startReplica(index)
  await allReady()
  const first = await bundle()
  const pod = { ...app('pod', { role: 'x', secrets: 'A=b#c' }, shell('true')), automountServiceAccountToken: false }
  const stream = createStream(`${apiServer}${namespace.path}/pods`, manifest(pod))
  t.teardown(stream.end)

  await eventually('a second certificate of each', 60, () => said(/^the certificate has been renewed$/) >= 6)
  t.equal(said(/has a new authority/), 1, 'all of the same authority')
  t.equal(await bundle(), first)
  await eventually('another authority', 120, () => said(/new authority: two thirds of its life are over/) === 1)
  await eventually('trust in both', 10, async () => (await bundle()).endsWith(first) && (await bundle()) !== first)
  const both = await bundle()
  // The first one lives 40 s more; by then no certificate is of it.
  await eventually('the end of the first', 60, async () => (await bundle()) === both.slice(0, -first.length))
  await stream.more(100)
  t.same(stream.mishaps(), [])
  t.comment(`${stream.injected()} pods were injected, with ${said(/^the certificate has been renewed$/)} certificates`)
})
