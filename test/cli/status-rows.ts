import t from 'tap'
import { livePodsIn } from '../../src/cli/live-pods.ts'
import { statusRows } from '../../src/cli/status-rows.ts'
import { version } from '../../src/version.ts'
import { injected, legacy, livePod } from '../fixtures/live.ts'
import { podWith, settings } from '../fixtures/pods.ts'

const rows = (...pods: readonly object[]) => statusRows(livePodsIn({ items: pods }), { value: settings }, version)
const pod = injected(podWith())
const changed = {
  ...pod,
  metadata: { ...pod.metadata, annotations: { ...pod.metadata?.annotations, 'podvault.dev/refresh': '2m' } },
}

t.test('a workload is told by its pods: how many, ready, by what and since when', t => {
  const [row, ...more] = rows(
    livePod(pod, { name: 'a', created: '2026-01-03T00:00:00Z' }),
    livePod(changed, { name: 'b', created: '2026-01-02T00:00:00Z', ready: false }),
  )
  t.same(more, [])
  t.match(row, {
    namespace: 'shop',
    workload: 'Deployment/web',
    pods: 2,
    ready: 1,
    engines: ['podvault'],
    versions: [version],
    created: '2026-01-02T00:00:00Z',
    injected: '2026-01-03T00:00:00Z',
    drift: { none: 1, settings: 1 },
  })
  t.equal(row?.hashes.length, 1)
  t.end()
})

t.test('what was not injected, or has ended, is none of them', t => {
  t.same(rows(livePod(podWith()), livePod(pod, { phase: 'Succeeded' })), [])
  t.end()
})

t.test('they are in the order of their names, each with its engine', t => {
  const agent = livePod(injected(legacy({ 'agent-cache-enable': 'true' })), { name: 'x', replicaSet: '' })
  const found = rows(agent, livePod(pod, { name: 'a' }), livePod(pod, { name: 'b', replicaSet: 'a-abc' }))
  t.same(
    found.map(({ workload, engines }) => [workload, engines]),
    [
      ['Deployment/a', ['podvault']],
      ['Deployment/web', ['podvault']],
      ['Pod/x', ['vault-agent']],
    ],
  )
  t.end()
})

t.test('without the settings of the webhook drift is not known', t => {
  const [row] = statusRows(livePodsIn({ items: [livePod(pod)] }), { lack: 'forbidden' }, version)
  t.same(row?.drift, { unknown: 1 })
  t.end()
})
