import t from 'tap'
import { simpleOf } from '../../../src/cli/simple/pod.ts'
import { simplePolicies } from '../../../src/cli/simple/policy.ts'
import { settings } from '../../fixtures/pods.ts'

t.test('a policy injects, a policy says why it did not, and both look at the same pods', async t => {
  const manifests = simplePolicies(simpleOf(settings))
  t.same(
    manifests.map(({ kind }) => kind),
    [
      'MutatingAdmissionPolicy',
      'MutatingAdmissionPolicyBinding',
      'ValidatingAdmissionPolicy',
      'ValidatingAdmissionPolicyBinding',
    ],
  )
  type Spec = Readonly<Record<string, readonly { readonly name: string }[]>>
  const [mutating, , validating] = manifests.map(({ spec }) => spec as Spec)
  t.same(mutating?.['matchConstraints'], validating?.['matchConstraints'])
  t.same(mutating?.['matchConditions']?.slice(0, 2), validating?.['matchConditions'])
  const shared = validating?.['variables'] ?? []
  t.same(mutating?.['variables']?.slice(0, shared.length), shared)
  t.match(manifests[3], { spec: { policyName: 'podvault-simple', validationActions: ['Deny'] } })
})
