import t from 'tap'
import { reportOn } from '../../src/cli/explain-report.ts'
import { explain } from '../../src/inject/explain.ts'
import { podWith, settings } from '../fixtures/pods.ts'

const what = { kind: 'Pod', namespace: 'shop', name: 'web' }
const explained = explain(podWith(), 'shop', settings)

t.test('an injection is reported with its engine, its settings and what it adds', async t => {
  const report = reportOn(what, explained)
  t.match(report, {
    ...what,
    verdict: 'injected',
    reason: 'injected',
    because: 'the pod gets its secrets',
    language: 'podvault',
    engine: 'podvault',
    hash: /^[0-9a-f]{12}$/,
    isLive: false,
    problems: [],
    warnings: [],
    notes: [],
  })
  for (const absent of ['present', 'webhooks']) t.notOk(absent in report)
})

t.test('a refusal is reported with its problems, a skip with its warnings', async t => {
  t.match(reportOn(what, explain(podWith({ rol: 'x' }), 'shop', settings)), {
    verdict: 'refused',
    problems: [/podvault\.dev\/rol/],
    warnings: [],
  })
  const skipped = reportOn(what, explain(podWith(), 'kube-system', settings))
  t.match(skipped, { verdict: 'skipped', problems: [], warnings: [/kube-system/] })
  t.notOk('engine' in skipped || 'added' in skipped)
  t.notOk('language' in reportOn(what, explain({}, 'shop', settings)))
})

t.test('a pod that carries podvault is up to date when a new one would be the same', async t => {
  const hash = explained.decision.kind === 'inject' ? explained.decision.hash : ''
  const carrying = (status: string) =>
    reportOn(what, { ...explained, status: { version: '1', hash: status, containers: [] } }).present
  t.same(carrying(hash), { version: '1', hash, upToDate: true })
  t.match(carrying('other'), { upToDate: false })
  const refused = explain(podWith({ rol: 'x' }), 'shop', settings)
  t.match(reportOn(what, { ...refused, status: { version: '1', hash, containers: [] } }).present, { upToDate: false })
})

t.test('what a cluster says is added', async t => {
  t.match(reportOn(what, explained, { notes: ['a'], webhooks: [] }), { isLive: true, notes: ['a'], webhooks: [] })
  t.notOk('webhooks' in reportOn(what, explained, { notes: [], webhooks: undefined }))
})
