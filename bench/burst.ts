// npm run bench:burst: bursts of 1,000 pods on a real API server, in a cluster of its own; into bench/results/burst.json.
import { randomBytes } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import process from 'node:process'
import { setTimeout as wait } from 'node:timers/promises'
import { type Api, ApiError, connectApi } from '../test/cluster/api.ts'
import {
  annotatedPod,
  type Counted,
  countPods,
  createPods,
  deploy,
  during,
  plainPod,
  repeatedly,
  upTo,
} from '../test/cluster/burst.ts'
import { connect } from '../test/cluster/cluster.ts'
import { startApiServer } from '../test/cluster/control-plane.ts'
import { eventually } from '../test/cluster/eventually.ts'
import { type Fleet, makeFleet } from '../test/cluster/fleet.ts'
import type { Namespace } from '../test/cluster/namespace.ts'
import { node, run } from '../test/cluster/place.ts'
import { until } from '../test/cluster/processes.ts'
import { otherOperator } from '../test/cluster/webhook.ts'
import type { Burst, Bursts, Disturbed, Plain, Scaled } from './results.ts'
import { at, quantiles, round } from './quantiles.ts'
import { machine } from './machine.ts'
import { receiveSpans } from './spans.ts'

const name = 'podvault-bench'
const pods = 1000
const warmUp = 300
const [spansPort, apiPort] = [4317, 6446]
const apiUrl = `https://${node}:${apiPort}`

const say = (text: string): void => void process.stderr.write(`${text}\n`)

const cleanups: (() => unknown)[] = []

/** An API server that tells how long each of its calls took, and loses none of what it tells. */
const startTracedApiServer = async (): Promise<Api> => {
  const file = `${run}/tracing.json`
  const kind = { apiVersion: 'apiserver.config.k8s.io/v1', kind: 'TracingConfiguration' }
  writeFileSync(
    file,
    JSON.stringify({ ...kind, endpoint: `127.0.0.1:${spansPort}`, samplingRatePerMillion: 1_000_000 }),
  )
  process.env['OTEL_BSP_MAX_QUEUE_SIZE'] = '1000000'
  process.env['OTEL_BSP_SCHEDULE_DELAY'] = '200'
  const server = startApiServer('kube-apiserver-traced', apiPort, `--tracing-config-file=${file}`)
  // As long as it is there, it keeps its connection to whom it tells.
  cleanups.push(() => server.process.kill('SIGKILL'))
  const api = connectApi(apiUrl)
  await until('a ready API server', server, async () => {
    await api.text('/readyz')
    return true
  })
  return api
}

/** The sum of a metric of the API server's about our webhook, of those whose labels are so. */
const metric = async (api: Api, metricName: string, labels = ''): Promise<number> => {
  const lines = (await api.text('/metrics')).split('\n')
  const ours = lines.filter(
    line => line.startsWith(`${metricName}{`) && line.includes(`name="${name}.`) && line.includes(labels),
  )
  return ours.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)
}

const duration = 'apiserver_admission_webhook_admission_duration_seconds'
const rejections = 'apiserver_admission_webhook_rejection_count'

const cluster = connect()
const spans = await receiveSpans(spansPort)
const traced = await startTracedApiServer()
const fleet = await makeFleet({ teardown: cleanup => void cleanups.unshift(cleanup) }, cluster.api, {
  name,
  port: 9800,
})

const gone = (error: unknown) => error instanceof ApiError && error.status === 404

/** Something done in a namespace that is gone afterwards, with its pods. */
const inNamespace = async <T>(action: (namespace: Namespace) => Promise<T>): Promise<T> => {
  const options = { labels: { [otherOperator]: name } }
  const namespace = await cluster.makeNamespace(`t-${randomBytes(4).toString('hex')}`, options)
  const result = await action(namespace)
  await cluster.api.remove(namespace.path)
  await eventually(`the end of ${namespace.name}`, 120, async () =>
    cluster.api.get(namespace.path).then(() => false, gone),
  )
  return result
}

const count = async (namespace: Namespace): Promise<Counted> => countPods(cluster.api, namespace.path)

/** All spans of the calls since the last question; the API server sends them a little later. */
const calls = async (wanted: number): Promise<readonly number[]> => {
  const taken: number[] = []
  for (let attempt = 0; attempt < 50 && taken.length < wanted; attempt++) {
    await wait(200)
    for (const each of spans.taken('Call mutating webhook')) taken.push(each)
  }
  return taken
}

const burst = async (replicas: number, connections: number, kind: Burst['kind']): Promise<Burst> => {
  spans.taken('')
  const before = await metric(traced, `${duration}_count`)
  const [done, counted] = await inNamespace(async namespace => [
    await createPods(`${apiUrl}${namespace.path}`, annotatedPod, connections, upTo(pods)),
    await count(namespace),
  ])
  const called = (await metric(traced, `${duration}_count`)) - before
  const webhook = await calls(called)
  const sorted = webhook.toSorted((a, b) => a - b)
  const result: Burst = {
    replicas,
    connections,
    kind,
    ...counted,
    refused: done.refused.length,
    perSecond: Math.round(counted.pods / done.seconds),
    create: quantiles(done.milliseconds),
    calls: called,
    traced: webhook.length,
    webhook: quantiles(webhook),
    curve: shares.map(share => [round(at(sorted, share)), share]),
  }
  say(JSON.stringify({ ...result, curve: undefined }))
  return result
}

/** For plots: denser where it matters. */
const shares = [0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999, 1]

const plain = async (connections: number): Promise<Plain> =>
  inNamespace(async namespace => {
    const { milliseconds, seconds } = await createPods(`${apiUrl}${namespace.path}`, plainPod, connections, upTo(pods))
    spans.taken('')
    const result = { connections, perSecond: Math.round(pods / seconds), create: quantiles(milliseconds) }
    say(JSON.stringify(result))
    return result
  })

const scaleUp = async (replicas: number, disturbance: Scaled['disturbance']): Promise<Scaled> =>
  inNamespace(async namespace => {
    const before = await metric(cluster.api, rejections)
    const { seconds, curve } = await deploy(cluster, namespace.name, pods)
    const refused = (await metric(cluster.api, rejections)) - before
    const every = Math.ceil(curve.length / 100)
    const thin = curve.filter((_, index) => index % every === 0 || index === curve.length - 1)
    const points = thin.map(([second, there]) => [round(second), there] as const)
    const result = {
      replicas,
      disturbance,
      ...(await count(namespace)),
      refused,
      seconds: round(seconds),
      curve: points,
    }
    say(JSON.stringify({ ...result, curve: undefined }))
    return result
  })

/** Creates one after the other on some connections, and a Deployment scaled up, both while something happens to the replicas. */
const disturbed = async (
  replicas: number,
  disturbance: Disturbed['disturbance'],
  disturb: (fleet: Fleet) => Promise<void>,
): Promise<readonly [Disturbed, Scaled]> => {
  await fleet.scale(replicas)
  const happening = disturb(fleet)
  const connections = 10
  const direct = inNamespace(async namespace => {
    const { refused } = await createPods(`${apiUrl}${namespace.path}`, annotatedPod, connections, during(happening))
    for (const what of new Set(refused.map(kindOf))) say(what)
    return { replicas, disturbance, connections, ...(await count(namespace)), refused: refused.length }
  })
  await wait(3000)
  const scaled = await scaleUp(replicas, disturbance)
  const [stream] = await Promise.all([direct, happening])
  spans.taken('')
  say(JSON.stringify(stream))
  return [stream, scaled]
}

const kindOf = (message: string): string => message.replaceAll(/\d+\.\d+\.\d+\.\d+:\d+/g, 'address')

const taken = machine()
// What has just started is not compiled yet; V8 goes on with that for some ten thousand reviews.
const bursts: Burst[] = [await burst(1, 25, 'first')]
const scaled: Scaled[] = []
for (const replicas of [1, 2, 3]) {
  await fleet.scale(replicas)
  await inNamespace(async ({ path }) => createPods(`${apiUrl}${path}`, annotatedPod, 25, upTo(warmUp)))
  for (const connections of [25, 200]) bursts.push(await burst(replicas, connections, 'usual'))
  scaled.push(await scaleUp(replicas, 'nothing'))
}
const plains = [await plain(25), await plain(200)]
const times = 8
const pairs = [
  await disturbed(3, 'upgrade', each => each.upgrade()),
  await disturbed(2, 'evictions', each => repeatedly(each.evict, times)),
  await disturbed(3, 'evictions', each => repeatedly(each.evict, times)),
  await disturbed(2, 'kills', each => repeatedly(each.kill, times)),
  await disturbed(3, 'kills', each => repeatedly(each.kill, times)),
]
const results: Bursts = {
  machine: taken,
  times,
  bursts,
  plain: plains,
  disturbed: pairs.map(([stream]) => stream),
  scaled: [...scaled, ...pairs.map(([, deployment]) => deployment)],
}
mkdirSync('bench/results', { recursive: true })
writeFileSync('bench/results/burst.json', `${JSON.stringify(results, undefined, 1)}\n`)
for (const cleanup of cleanups) await cleanup()
spans.end()
