import { names } from '../../contract.ts'
import { annotations, problems, secretsFile } from './checks.ts'
import { derived, patchOf } from './patch.ts'
import type { Simple } from './pod.ts'

export type Manifest = { readonly apiVersion: string; readonly kind: string } & Readonly<Record<string, unknown>>

const name = 'podvault-simple'

const manifest = (kind: string, spec: object): Manifest => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind,
  metadata: { name, labels: { 'app.kubernetes.io/name': 'podvault' } },
  spec,
})

const asks = {
  name: 'asks-for-podvault',
  expression: `has(${annotations}) && ${annotations}[?'podvault.dev/inject'].orValue('false') != 'false'`,
}
const noMirror = {
  name: 'no-mirror-pod',
  expression: `!('kubernetes.io/config.mirror' in ${annotations})`,
}
const notInjected = {
  name: 'not-injected',
  expression: `!has(object.spec.initContainers) || !object.spec.initContainers.exists(c, c.name == '${names.login}')`,
}

const constraints = (excluded: readonly string[]) => ({
  resourceRules: [
    { apiGroups: [''], apiVersions: ['v1'], resources: ['pods'], operations: ['CREATE'], scope: 'Namespaced' },
  ],
  matchPolicy: 'Equivalent',
  namespaceSelector: {
    matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: excluded }],
  },
})

/** Injection by the API server itself, without a webhook, and the policy that says why a pod was not injected. Kubernetes ≥ 1.36. */
export const simplePolicies = (simple: Simple): readonly Manifest[] => {
  const [mount] = simple.wiring.mounts
  const shared = [...secretsFile, problems(String(mount?.mountPath))]
  const matchConstraints = constraints(['kube-system', 'kube-public'])
  return [
    manifest('MutatingAdmissionPolicy', {
      failurePolicy: 'Fail',
      reinvocationPolicy: 'IfNeeded',
      matchConstraints,
      matchConditions: [asks, noMirror, notInjected],
      variables: [...shared, ...derived(simple)],
      mutations: [{ patchType: 'JSONPatch', jsonPatch: { expression: patchOf(simple) } }],
    }),
    manifest('MutatingAdmissionPolicyBinding', { policyName: name }),
    manifest('ValidatingAdmissionPolicy', {
      failurePolicy: 'Fail',
      matchConstraints,
      matchConditions: [asks, noMirror],
      variables: shared,
      validations: [
        {
          expression: 'variables.problems.size() == 0',
          messageExpression: `variables.problems.join('; ')`,
          reason: 'Forbidden',
        },
        {
          expression: `has(object.spec.initContainers) && object.spec.initContainers.exists(c, c.name == '${names.login}')
&& has(object.spec.volumes) && object.spec.volumes.exists(v, v.name == '${names.secretsVolume}')`,
          message: 'the pod asks for its secrets, and the MutatingAdmissionPolicy podvault-simple has not injected it',
          reason: 'Forbidden',
        },
      ],
    }),
    manifest('ValidatingAdmissionPolicyBinding', { policyName: name, validationActions: ['Deny'] }),
  ]
}
