import t from 'tap'
import { answer, canary, faultsIn, fuzzer } from './fixtures/fuzzed-reviews.ts'

const review = fuzzer()

t.test(
  'whatever is sent gets an answer that is well-formed, says nothing it must not, and is the same twice',
  async t => {
    const reasons = new Set<string>()
    for (let seed = 0; seed < 3000; seed += 1) {
      const fuzzed = review(seed)
      const reviewed = answer(fuzzed)
      reasons.add(reviewed.facts.reason)
      const faults = faultsIn(fuzzed, reviewed)
      if (faults.length > 0) t.same(faults, [], `seed ${seed}`)
      if (JSON.stringify(answer(fuzzed)) !== JSON.stringify(reviewed)) t.fail(`seed ${seed} has two answers`)
    }
    t.ok(reasons.size > 20, 'and nearly every reason is among the answers')
    t.notOk('polluted' in {}, 'no prototype was changed')
  },
)

t.test('the check of the answers finds what is wrong with one', async t => {
  const fuzzed = review(7)
  const faults = (response: object): readonly string[] =>
    faultsIn(
      { ...fuzzed, path: '/mutate', body: JSON.stringify({ request: { uid: 'one' } }) },
      {
        kind: 'answered',
        facts: { decision: 'skip', reason: 'not-requested' },
        text: JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response }),
      },
    )
  const good = { uid: 'one', allowed: true, auditAnnotations: { reason: 'not-requested' } }
  t.same(faults(good), [])
  t.same(faults({ ...good, uid: 'another' }), ['another uid'])
  t.same(faults({ ...good, warnings: [`the value is ${canary}`] }), ['it says what it must not'])
  t.same(faults({ ...good, status: { code: 500, message: '' } }), ['neither allowed nor refused', 'status 500'])
  const patch = (...operations: readonly object[]): string => Buffer.from(JSON.stringify(operations)).toString('base64')
  t.same(faults({ ...good, patch: patch() }), ['an empty patch'])
  t.same(faults({ ...good, patch: patch({ op: 'remove', path: '/spec' }) }), ['more than additions'])
  t.match(faults({ ...good, patch: patch({ op: 'add', path: '/a/b', value: 1 }) }), [/does not apply/])
})
