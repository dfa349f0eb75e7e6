// PURE: a pod that is never created, and what becomes of it on its way.
import type { Pod } from '../../inject/pod.ts'
import { securityContext } from '../../inject/containers.ts'
import { injectedStatus } from '../../inject/status.ts'
import { type Finding, found, type Level, ok } from './table.ts'
import type { Fact } from '../facts.ts'
import { type Registered, whyNot } from '../registered.ts'

/** There is none of that name: with it nobody logs in. */
export const noRole = 'podvault-check'

/** Asks for a token and nothing else; "restricted" and quotas let it pass. Never to be created, but as a dry run. */
export const dryRunPod: Pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: 'podvault-check',
    annotations: { 'podvault.dev/inject': 'true', 'podvault.dev/role': noRole, 'podvault.dev/token': 'file' },
  },
  spec: {
    automountServiceAccountToken: false,
    containers: [
      {
        name: 'app',
        image: 'registry.k8s.io/pause:3.10',
        resources: { requests: { cpu: '10m', memory: '16Mi' }, limits: { cpu: '10m', memory: '16Mi' } },
        securityContext: securityContext({ user: 65532, group: 65532 }),
      },
    ],
  },
}

type Refusal = {
  readonly words: RegExp
  readonly level: Exclude<Level, 'ok'>
  readonly says: string
  readonly todo?: string
}

/** What the API server says where it creates nothing; the first that fits holds. */
const refusals: readonly Refusal[] = [
  {
    words: /failed calling webhook "[^"]*podvault\.dev".*(?:x509|certificate)/i,
    level: 'failure',
    says: "the API server does not believe the webhook's certificate",
    todo: 'see the checks ca-bundle and certificate',
  },
  {
    words: /failed calling webhook "[^"]*podvault\.dev".*no endpoints/i,
    level: 'failure',
    says: 'no replica of the webhook is ready to be asked',
    todo: 'see the check replicas',
  },
  {
    words: /failed calling webhook "[^"]*podvault\.dev"/,
    level: 'failure',
    says: 'the API server gets no answer from the webhook',
    todo: 'see the check replicas, NetworkPolicies, and the network between the API server and the pods',
  },
  {
    words: /ValidatingAdmissionPolicy 'podvault'/,
    level: 'failure',
    says: 'nobody has injected it, and the policy refuses it',
    todo: 'see the checks registration and replicas',
  },
  {
    words: /admission webhook "[^"]*podvault\.dev" denied/,
    level: 'warning',
    says: 'the webhook answers, and refuses a pod that asks for a token',
    todo: "set what it names in the operator's file; or where pods say it themselves: podvault explain, of one of yours",
  },
]

/** @param registered whom the API server asks about the pod @param now as Kubernetes writes times */
export const dryRunFindings = (
  answer: Fact<Pod>,
  namespace: string,
  registered: readonly Registered[],
  version: string,
  now: string,
): readonly Finding[] => {
  if ('lack' in answer) return [refused(answer.lack)]
  const status = injectedStatus(answer.value)
  if (status === undefined)
    return [
      found(
        'dry-run',
        'failure',
        `a pod that asks for secrets in ${namespace} would not be injected`,
        whyNot(registered, now),
      ),
    ]
  return [
    ok('dry-run', `a pod that asks for secrets in ${namespace} would be injected`),
    status.version === version
      ? ok('version', `podvault ${version} answered`)
      : found('version', 'warning', `podvault ${status.version} answered, and this is ${version}`),
  ]
}

const refused = (words: string): Finding => {
  const refusal = refusals.find(each => each.words.test(words))
  if (refusal === undefined)
    return found(
      'dry-run',
      'unknown',
      `no pod can be tried: ${words}`,
      'name a namespace where you may create pods with -n',
    )
  return found('dry-run', refusal.level, `${refusal.says}: ${words}`, refusal.todo)
}
