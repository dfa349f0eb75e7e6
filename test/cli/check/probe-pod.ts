import t from 'tap'
import { findingsIn, hasNoImage, probePod, stageOf } from '../../../src/cli/check/probe-pod.ts'
import { decide } from '../../../src/inject/decide.ts'
import { reject, skip } from '../../../src/inject/decision.ts'
import type { Pod } from '../../../src/inject/pod.ts'
import { injected, legacy } from '../../fixtures/live.ts'
import { podWith, settings } from '../../fixtures/pods.ts'
import { isRestricted } from '../../fixtures/restricted.ts'

const probeOf = (pod: Pod) => probePod('podvault-check-1', pod, decide(pod, 'shop', settings))

t.test('it is the login container, told to look, with what decides how it gets to Vault', t => {
  const pod = podWith(
    {},
    {
      serviceAccountName: 'web',
      dnsPolicy: 'None',
      securityContext: { fsGroup: 7, supplementalGroups: [8], runAsUser: 0 },
    },
  )
  const made = probeOf(pod)
  t.match(made, {
    metadata: { name: 'podvault-check-1', labels: { 'app.kubernetes.io/name': 'podvault-check' } },
    spec: {
      serviceAccountName: 'web',
      dnsPolicy: 'None',
      restartPolicy: 'Never',
      activeDeadlineSeconds: 120,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: { fsGroup: 7, supplementalGroups: [8] },
      containers: [
        {
          name: 'check',
          image: settings.image,
          args: ['check', '--here', '--output', 'json'],
          securityContext: { runAsUser: 65532, runAsGroup: 65532, runAsNonRoot: true },
          env: [{ name: 'PODVAULT_CONFIG' }],
        },
      ],
    },
  })
  t.notOk(made?.metadata?.annotations)
  const mounted = made?.spec?.containers[0]?.volumeMounts?.map(({ name }) => name).sort()
  t.same(made?.spec?.volumes?.map(({ name }) => name).sort(), mounted)
  t.ok(probeOf(podWith())?.spec?.containers.every(isRestricted))
  t.end()
})

t.test('of a pod that was injected before, each volume is there once', t => {
  const pod = injected(podWith())
  const names = probePod('x', pod, decide(podWith(), 'shop', settings))?.spec?.volumes?.map(({ name }) => name) ?? []
  t.ok(names.length > 0)
  t.equal(new Set(names).size, names.length)
  t.end()
})

t.test('there is none where podvault brings no agent of its own', t => {
  t.equal(probePod('x', podWith(), skip('not-requested')), undefined)
  t.equal(probePod('x', podWith(), reject([{ reason: 'bad-value', message: 'x' }])), undefined)
  t.equal(probeOf(legacy({ 'agent-cache-enable': 'true' })), undefined)
  const decision = decide(podWith(), 'shop', settings)
  if (decision.kind !== 'inject') throw new Error('it would not be injected')
  const bare = { ...decision, additions: { ...decision.additions, containers: [] } }
  t.equal(probePod('x', podWith(), bare), undefined)
  const container = { name: 'a', args: ['login'] }
  const least = {
    ...decision,
    additions: { ...decision.additions, containers: [{ list: 'initContainers' as const, at: 0, container }] },
  }
  t.match(probePod('x', {}, least), { spec: { containers: [{ env: [], volumeMounts: [] }], volumes: [] } })
  t.end()
})

t.test('what it has written is checked', t => {
  const finding = { check: 'vault-login', level: 'ok', message: 'in' }
  t.same(findingsIn(JSON.stringify({ findings: [finding] })), [finding])
  t.equal(findingsIn(JSON.stringify({ findings: [{ ...finding, check: 'other' }] })), undefined)
  t.equal(findingsIn('no JSON'), undefined)
  t.end()
})

t.test('how far it is, and what holds it up', t => {
  const stage = (status: object) => stageOf({ status })
  t.same(stage({ phase: 'Succeeded' }), { ended: true, stuck: 'it is Succeeded' })
  t.match(stage({ phase: 'Failed', reason: 'DeadlineExceeded', message: 'too long' }), {
    ended: true,
    stuck: 'DeadlineExceeded: too long',
  })
  const waiting = { containerStatuses: [{}, { state: {} }, { state: { waiting: { reason: 'ErrImagePull' } } }] }
  t.same(stage({ phase: 'Pending', ...waiting }), { ended: false, stuck: 'ErrImagePull' })
  const conditions = [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: 'no node' }]
  t.match(stage({ conditions }), { stuck: 'Unschedulable: no node' })
  const others = [
    { type: 'PodScheduled', status: 'True', reason: 'Scheduled' },
    { type: 'Ready', status: 'False', reason: 'NotReady' },
  ]
  t.match(stage({ phase: 'Pending', conditions: others }), { stuck: 'it is Pending' })
  t.match(stage({}), { stuck: 'it is unknown' })
  t.ok(hasNoImage('ImagePullBackOff: x'))
  t.notOk(hasNoImage('ContainerCreating'))
  t.end()
})
