import t from 'tap'
import { accountFindings, meantFindings, namedWorkloads, placeOf } from '../../../src/cli/check/meant.ts'
import type { Kubectl } from '../../../src/cli/kubectl.ts'
import type { Fact } from '../../../src/cli/facts.ts'
import type { Settings } from '../../../src/inject/settings.ts'
import { version } from '../../../src/version.ts'
import { web, wellAnswers } from '../../fixtures/check-cluster.ts'
import { type Answers, answerOf } from '../../fixtures/cluster-table.ts'
import { injected, livePod } from '../../fixtures/live.ts'
import { podWith, settings } from '../../fixtures/pods.ts'

const kubectlWith =
  (changed: Answers = {}): Kubectl =>
  async (...words) =>
    JSON.parse(answerOf({ ...wellAnswers, ...changed }, words.join(' ')))

const known: Fact<Settings> = { value: settings }
const look = async (changed: Answers = {}, names: readonly string[] = [], by: Fact<Settings> = known) => {
  const kubectl = kubectlWith(changed)
  const meant = { namespace: 'shop', names }
  return meantFindings(kubectl, meant, { settings: by, flags: {}, version }, await namedWorkloads(kubectl, meant))
}

t.test('one namespace or all of them', t => {
  t.same(placeOf({ namespace: undefined }), ['--all-namespaces'])
  t.same(placeOf({ namespace: 'shop' }), ['--namespace', 'shop'])
  t.end()
})

t.test('all pods and workloads of a namespace are looked at', async t => {
  t.same(
    (await look()).map(({ check, level }) => [check, level]),
    [
      ['refused', 'ok'],
      ['not-injected', 'ok'],
      ['annotations', 'ok'],
      ['drift', 'ok'],
    ],
  )
  const passed = await look({ 'get pods': { items: [livePod(podWith())] } })
  t.match(passed[1], { level: 'failure', todo: /it was created|older than/ })
  const unknown = await look({
    'get pods': { items: [livePod(podWith())] },
    'get mutatingwebhookconfigurations': 'forbidden',
    'get namespaces': 'forbidden',
  })
  t.match(unknown[1], { level: 'failure', todo: /no MutatingWebhookConfiguration/ })
})

t.test('what may not be read is a finding', async t => {
  t.match(await look({ 'get deployments,': 'forbidden' }), [
    { check: 'refused', level: 'unknown', message: 'the workloads are not known: forbidden' },
    { check: 'not-injected', level: 'ok' },
    {},
    {},
  ])
  t.match(await look({ 'get pods': 'forbidden' }), [
    { check: 'not-injected', level: 'unknown', message: 'the pods are not known: forbidden' },
  ])
  t.match(await look({}, [], { lack: 'no settings' }), [
    { check: 'not-injected', level: 'unknown', message: 'no settings' },
  ])
})

t.test('where workloads are named, only they and their pods are looked at', async t => {
  const stranger = livePod(podWith(), { name: 'other-1', replicaSet: '' })
  const pods = { 'get pods': { items: [livePod(injected(podWith())), stranger] } }
  const own = await look(pods, ['deployment/web'])
  t.same(
    own.filter(({ level }) => level !== 'ok'),
    [],
  )
  const passed = await look({ 'get pods': { items: [livePod(podWith()), stranger] } }, ['deployment/web'])
  t.match(
    passed.find(({ level }) => level !== 'ok'),
    { check: 'not-injected', objects: ['Deployment shop/web'] },
  )
  const named = await look({ ...pods, 'get pod/other-1': stranger }, ['other-1'])
  t.match(
    named.find(({ level }) => level !== 'ok'),
    { check: 'not-injected', objects: ['Pod shop/other-1'] },
  )
  t.match((await namedWorkloads(kubectlWith(), { namespace: undefined, names: ['deployment/web'] }))[0]?.workload, {
    name: 'web',
  })
  await t.rejects(namedWorkloads(kubectlWith(), { namespace: 'shop', names: ['deployment/none'] }))
})

t.test('service-account: there, not there, or not to be read', async t => {
  const account = async (spec: unknown, changed: Answers = {}) => {
    const [named] = await namedWorkloads(
      kubectlWith({ 'get deployment/web': { ...web, spec: { template: { spec } } } }),
      { namespace: 'shop', names: ['deployment/web'] },
    )
    if (named === undefined) throw new Error('there is none')
    return accountFindings(kubectlWith(changed), named.workload)
  }
  t.match(await account({ serviceAccountName: 'web' }), [{ level: 'ok', message: 'shop/web is there' }])
  t.match(await account(7), [{ level: 'ok', message: 'shop/default is there' }])
  t.match(await account({}, { 'get serviceaccount default': 'serviceaccounts "default" not found' }), [
    { level: 'failure', message: /no service account shop\/default/ },
  ])
  t.match(await account({}, { 'get serviceaccount default': 'forbidden' }), [
    { level: 'unknown', message: 'forbidden' },
  ])
  const [pod] = await namedWorkloads(
    kubectlWith({ 'get pod/x': { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'x', namespace: 'shop' } } }),
    { namespace: 'shop', names: ['x'] },
  )
  t.match(await accountFindings(kubectlWith(), { ...pod!.workload, pod: 7 }), [{ message: 'shop/default is there' }])
})
