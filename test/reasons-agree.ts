// One reason for what becomes of a pod, whoever is asked: the answer, metrics, log, `explain`, and the event for the owner.
import { readFileSync } from 'node:fs'
import { PassThrough } from 'node:stream'
import { json as jsonOf } from 'node:stream/consumers'
import t from 'tap'
import { readManifest } from '../src/cli/documents.ts'
import { reportOn } from '../src/cli/explain-report.ts'
import { explainWorkload } from '../src/cli/explain-workload.ts'
import { knownTemplates, workloadsOf } from '../src/cli/workloads.ts'
import { reasons } from '../src/inject/reasons.ts'
import { createLog } from '../src/log.ts'
import { createRecorder } from '../src/webhook/events.ts'
import { createMetrics } from '../src/webhook/metrics.ts'
import { createObserver } from '../src/webhook/observe.ts'
import { review } from '../src/webhook/review.ts'
import { fakeCluster, json, until } from './fixtures/api-server.ts'
import { cases } from './fixtures/cases.ts'
import { gauges } from './fixtures/gauges.ts'
import { reviewOf } from './fixtures/reviews.ts'

const ownerReferences = [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web', uid: 'u', controller: true }]
const finder = { namespace: 'default', templates: knownTemplates }

/** UnknownAnnotation, as Kubernetes spells reasons, in the spelling of ours. */
const ours = (reason: string): string => reason.replaceAll(/(?<!^)[A-Z]/g, '-$&').toLowerCase()

t.test('metric, log, audit, explain and event give each pod the same reason', async t => {
  const told: string[] = []
  const { api } = await fakeCluster(t, async (request, response) => {
    told.push(((await jsonOf(request)) as { readonly reason: string }).reason)
    json(response, 201, {})
  })
  let clock = 0
  const silent = createLog(new PassThrough())
  // Long after each other, so that none is too much.
  const now = () => new Date((clock += 3_600_000))
  const tell = createRecorder({ api, log: silent, now, count: () => undefined })
  let refusals = 0
  for (const { folder, pod, namespace, settings } of cases()) {
    const owned = { ...pod, metadata: { ...pod.metadata, ownerReferences } }
    const reviewed = review(reviewOf(owned, { namespace }), settings)
    if (reviewed.kind !== 'answered') throw new Error(folder)
    const { reason, decision } = reviewed.facts
    t.ok(Object.hasOwn(reasons, reason), folder)
    t.match(JSON.parse(reviewed.text).response.auditAnnotations, { decision, reason }, folder)

    const metrics = createMetrics(gauges)
    const stream = new PassThrough()
    const observe = createObserver({ log: createLog(stream), metrics })
    observe({ facts: reviewed.facts, route: '/mutate', status: 200, ms: 0 })
    t.match(
      await metrics.registry.metrics(),
      `podvault_reviews_total{decision="${decision}",reason="${reason}"`,
      folder,
    )
    t.match(JSON.parse(String(stream.read())), { decision, reason }, folder)

    const { documents } = readManifest(readFileSync(`${folder}/pod.yaml`, 'utf8'), folder)
    const explained = documents.flatMap(({ value }) =>
      workloadsOf(value, finder).map(workload => reportOn(workload, explainWorkload(workload, value, settings))),
    )
    t.match(explained, [{ reason, because: reasons[reason] }], folder)

    if (decision === 'reject') refusals += 1
    t.equal(reviewed.notice !== undefined, decision === 'reject' || reason === 'system-namespace', folder)
    if (reviewed.notice === undefined) continue
    const before = told.length
    tell(reviewed.notice)
    await until(() => told.length > before)
    t.equal(ours(told.at(-1) ?? ''), reason, folder)
  }
  t.ok(refusals > 10, 'the fixtures have refusals')
})
