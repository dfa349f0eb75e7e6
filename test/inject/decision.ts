import t from 'tap'
import { inject, reject, skip } from '../../src/inject/decision.ts'
import { writeStatus } from '../../src/inject/status.ts'
import { podWith } from '../fixtures/pods.ts'

t.test('a skip tells why, and warns nobody unless it must', async t => {
  t.strictSame(skip('mirror-pod'), { kind: 'skip', reason: 'mirror-pod', warnings: [] })
})

t.test('a refusal has the reason of its first problem, and all of them in its message', async t => {
  const problems = [
    { reason: 'bad-value', message: 'one' },
    { reason: 'not-allowed', message: 'two' },
  ] as const
  t.strictSame(reject(problems), {
    kind: 'reject',
    reason: 'bad-value',
    problems,
    message: '2 problems: (1) one; (2) two',
  })
})

t.test('an injection carries what it adds, the status too, and the patch that adds it', async t => {
  const additions = { volumes: [], containers: [], wirings: [], annotations: { a: 'b' } }
  const undo = { containers: [], volumes: [], annotations: { a: null } }
  const annotations = { a: 'b', 'podvault.dev/status': writeStatus({ hash: 'x', containers: [], undo }) }
  t.strictSame(inject(podWith(), { reason: 'injected', engine: 'podvault', warnings: [], additions, hash: 'x' }), {
    kind: 'inject',
    reason: 'injected',
    engine: 'podvault',
    warnings: [],
    additions: { ...additions, annotations },
    hash: 'x',
    patch: [
      { op: 'add', path: '/metadata/annotations/a', value: 'b' },
      { op: 'add', path: '/metadata/annotations/podvault.dev~1status', value: annotations['podvault.dev/status'] },
    ],
  })
})

t.test('the status of a second injection goes on from the first', async t => {
  const volumeMounts = [{ name: 'v', mountPath: '/x' }]
  const first = writeStatus({
    hash: 'x',
    containers: ['login', 'app'],
    undo: { containers: ['login'], volumes: ['v'] },
  })
  const containers = [{ name: 'app', volumeMounts }, { name: 'proxy' }]
  const pod = podWith({ status: first }, { initContainers: [{ name: 'login', volumeMounts }], containers })
  const wiring = {
    list: 'containers',
    index: 1,
    container: { name: 'proxy' },
    mounts: [],
    env: [],
    lateEnv: [],
  } as const
  const additions = { volumes: [], containers: [], wirings: [wiring], annotations: {} }
  const decision = inject(pod, { reason: 'container-added', engine: 'podvault', warnings: [], additions, hash: 'x' })
  t.match(decision.kind === 'inject' && JSON.parse(String(decision.additions.annotations['podvault.dev/status'])), {
    hash: 'x',
    containers: ['login', 'app', 'proxy'],
    undo: { containers: ['login'], volumes: ['v'] },
  })
})
