import t from 'tap'
import { podProblem } from '../../src/webhook/pod-shape.ts'
import { podWith } from '../fixtures/pods.ts'
import { podWithAt } from '../fixtures/reviews.ts'

t.test('a pod is in order', async t => {
  t.equal(podProblem(podWith(), 'the pod'), undefined)
  t.equal(podProblem({ spec: { containers: [] } }, 'the pod'), undefined)
  const container = {
    name: 'app',
    image: 'x',
    env: [{ name: 'A', value: 'b' }],
    volumeMounts: [{ name: 'v', mountPath: '/v' }],
    volumeDevices: [{ name: 'd', devicePath: '/dev/d' }],
    ports: [{ name: 'http', containerPort: 8080 }],
    resources: { requests: { cpu: 1, memory: '1Mi' }, limits: {} },
    securityContext: { runAsUser: 1 },
  }
  const spec = {
    containers: [container],
    initContainers: [container],
    volumes: [{ name: 'v' }, { name: 'p', projected: { sources: [{ serviceAccountToken: { path: 'a' } }, {}] } }],
    securityContext: { fsGroup: 2 },
    restartPolicy: 'Never',
    shareProcessNamespace: true,
  }
  t.equal(podProblem({ metadata: { name: 'a', namespace: 'b', annotations: {} }, spec }, 'the pod'), undefined)
})

t.test('null is as good as absent, as in Kubernetes', async t => {
  const pod: unknown = {
    metadata: { annotations: null },
    spec: { containers: [{ name: 'a', env: null }], volumes: null },
  }
  t.equal(podProblem(pod, 'the pod'), undefined)
  t.strictSame(pod, {
    metadata: { annotations: undefined },
    spec: { containers: [{ name: 'a', env: undefined }], volumes: undefined },
  })
})

t.test('says which field is wrong and what it must be', async t => {
  const wrong: readonly (readonly [readonly (string | number)[], unknown, string])[] = [
    [['spec'], null, '.spec must be an object'],
    [['spec'], [], '.spec must be an object'],
    [['metadata'], 'x', '.metadata must be an object'],
    [['spec', 'hostPID'], 'yes', '.spec.hostPID must be true or false'],
    [['spec', 'shareProcessNamespace'], 1, '.spec.shareProcessNamespace must be true or false'],
    [['metadata', 'name'], 7, '.metadata.name must be text'],
    [['metadata', 'annotations'], [], '.metadata.annotations must be an object'],
    [['spec', 'containers'], null, '.spec.containers must be a list'],
    [['spec', 'containers'], {}, '.spec.containers must be a list'],
    [['spec', 'containers', 0], null, '.spec.containers[0] must be an object'],
    [['spec', 'containers', 0, 'name'], undefined, '.spec.containers[0].name must be text'],
    [['spec', 'containers', 0, 'env'], [{ name: 1 }], '.spec.containers[0].env[0].name must be text'],
    [
      ['spec', 'containers', 0, 'volumeMounts'],
      [{ name: 'v' }],
      '.spec.containers[0].volumeMounts[0].mountPath must be text',
    ],
    [
      ['spec', 'containers', 0, 'resources'],
      { limits: { cpu: [] } },
      '.spec.containers[0].resources.limits.cpu must be text',
    ],
    [['spec', 'initContainers'], [7], '.spec.initContainers[0] must be an object'],
    [['spec', 'volumes'], ['v'], '.spec.volumes[0] must be an object'],
    [
      ['spec', 'volumes'],
      [{ name: 'v', projected: { sources: {} } }],
      '.spec.volumes[0].projected.sources must be a list',
    ],
    [['spec', 'resources'], 1, '.spec.resources must be an object'],
    [['spec', 'securityContext'], { runAsUser: '7' }, '.spec.securityContext.runAsUser must be a whole number'],
    [['spec', 'securityContext'], { fsGroup: 1.5 }, '.spec.securityContext.fsGroup must be a whole number'],
  ]
  for (const [path, value, problem] of wrong)
    t.equal(podProblem(podWithAt(path, value), 'the pod'), `the pod${problem}`)
  t.equal(podProblem(undefined, 'the pod'), 'the pod must be an object')
})
