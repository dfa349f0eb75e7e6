import { readFileSync } from 'node:fs'
import t from 'tap'
import { parse } from 'yaml'
import {
  budgetFindings,
  imageFindings,
  type Installation,
  installationFindings,
  installationIn,
  kubernetesFindings,
} from '../../../src/cli/check/installation.ts'
import { livePodsIn } from '../../../src/cli/live-pods.ts'
import { livePod } from '../../fixtures/live.ts'

const product = (name: string): unknown => parse(readFileSync(`webhook-config/${name}.yaml`, 'utf8'))
const deployment = product('deployment') as { spec: { template: { spec: object } } }
const withStatus = (readyReplicas: number) => ({ items: [{ ...deployment, status: { readyReplicas } }] })
const installed = installationIn(withStatus(2)) as Installation

t.test('the Deployment of the product is read', t => {
  t.match(installed, { namespace: 'podvault', name: 'podvault', account: 'podvault', wanted: 2, ready: 2 })
  t.notOk('tlsSecret' in installed)
  t.end()
})

t.test('what runs no webhook is none, and what is not said has a default', t => {
  const spec = (pod: object) => ({ template: { metadata: {}, spec: pod } })
  const metadata = { name: 'a', namespace: 'b' }
  t.equal(installationIn({ items: [{ metadata, spec: spec({ containers: [{}, { args: ['x'] }] }) }] }), undefined)
  const secret = (volumes: readonly object[]) =>
    installationIn({ items: [{ metadata, spec: spec({ containers: [{ args: ['webhook'] }], volumes }) }] })
  const bare = { items: [{ metadata, spec: spec({ containers: [{ args: ['webhook'] }] }) }] }
  const beside = { items: [{ metadata, spec: spec({ containers: [{ args: ['proxy'] }, { args: ['webhook'] }] }) }] }
  t.match(installationIn(beside), metadata, "beside a mesh's sidecar")
  t.match(installationIn(bare), { account: 'default', wanted: 1, ready: 0, labels: {} })
  t.match(secret([{ secret: { secretName: 'own' } }]), { tlsSecret: 'own' })
  t.match(
    secret([
      { secret: {} },
      { projected: {} },
      { projected: { sources: [{}, { secret: {} }, { secret: { name: 'tls' } }] } },
    ]),
    {
      tlsSecret: 'tls',
    },
  )
  t.end()
})

t.test('kubernetes: each feature that the cluster is too old for is named', t => {
  const at = (minor: number) => kubernetesFindings({ major: 1, minor })
  t.match(at(36), [{ level: 'ok' }])
  t.match(at(35), [{ level: 'warning', message: 'Kubernetes 1.35 has no restarts of all containers' }])
  t.match(at(28), [{ level: 'failure', message: /no native sidecars, no secrets in the environment, no restarts/ }])
  t.end()
})

t.test('installation: there, not there, or not needed', t => {
  t.match(installationFindings(installed, false)[0], {
    check: 'installation',
    level: 'ok',
    message: /podvault\/podvault/,
  })
  t.match(installationFindings(undefined, false), [{ check: 'installation', level: 'failure' }])
  t.match(installationFindings(undefined, true), [{ check: 'installation', level: 'ok', message: /simple profile/ }])
  t.end()
})

t.test('replicas: none fails, fewer than wanted or a single one is a warning', t => {
  const level = (wanted: number, ready: number) => installationFindings({ ...installed, wanted, ready }, false)[1]
  t.match(level(2, 2), { check: 'replicas', level: 'ok', message: '2 of 2 replicas are ready' })
  t.match(level(2, 1), { level: 'warning', todo: /describe deployment podvault/ })
  t.match(level(1, 1), { level: 'warning', message: /one replica/ })
  t.match(level(2, 0), { level: 'failure' })
  t.match(level(0, 1), { level: 'failure' }, 'one that is about to go')
  t.match(level(0, 0), { level: 'failure', message: '0 of 0 replicas are ready' })
  t.end()
})

t.test('disruption-budget: one that covers the pods, or a single replica', t => {
  const budgets = { items: [{ metadata: { name: 'x' }, spec: {} }, product('poddisruptionbudget')] }
  t.match(budgetFindings(installed, budgets), [{ level: 'ok', message: 'PodDisruptionBudget podvault covers it' }])
  const other = { items: [{ metadata: { name: 'x' }, spec: { selector: { matchLabels: { app: 'x' } } } }] }
  t.match(budgetFindings(installed, other), [{ level: 'warning' }])
  t.match(budgetFindings({ ...installed, wanted: 1 }, { items: [] }), [{ level: 'ok' }])
  t.end()
})

t.test('images: all replicas run the same', t => {
  const pods = (...images: readonly string[]) =>
    livePodsIn({ items: images.map(image => livePod({ spec: { containers: [{ name: 'webhook', image }] } })) })
  t.same(imageFindings([]), [])
  t.match(imageFindings(pods('a:1', 'a:1')), [{ level: 'ok', message: 'all replicas run a:1' }])
  t.match(imageFindings(pods('a:1', 'a:2')), [{ level: 'warning', message: 'replicas run a:1 and a:2' }])
  t.match(imageFindings(livePodsIn({ items: [{ metadata: { name: 'a', namespace: 'b' } }] })), [{ level: 'ok' }])
  t.end()
})
