import t from 'tap'
import { inject, reject, skip } from '../../src/inject/decision.ts'
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

t.test('an injection carries what it adds, and the patch that adds it', async t => {
  const additions = { volumes: [], containers: [], wirings: [], annotations: { a: 'b' } }
  t.strictSame(inject(podWith(), { reason: 'injected', engine: 'podvault', warnings: [], additions, hash: 'x' }), {
    kind: 'inject',
    reason: 'injected',
    engine: 'podvault',
    warnings: [],
    additions,
    hash: 'x',
    patch: [{ op: 'add', path: '/metadata/annotations/a', value: 'b' }],
  })
})
