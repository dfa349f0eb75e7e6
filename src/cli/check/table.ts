// PURE: everything `podvault check` looks at. docs/check.md shows this table.
import { sentence } from '../../errors.ts'
import type { Fact } from '../facts.ts'

/** `unknown`: it could not be looked at; that fails nothing. */
export const levels = ['ok', 'warning', 'failure', 'unknown'] as const
export type Level = (typeof levels)[number]

type Entry = {
  /** What is looked at. */
  readonly says: string
  /** What to do where it is not as it should be, and nothing more can be said. */
  readonly todo: string
}

const entry = (says: string, todo: string): Entry => ({ says, todo })

export const checks = {
  kubernetes: entry(
    'the cluster is new enough: native sidecars 1.29, secrets in the environment 1.35, restarts of all containers 1.36',
    'take a newer cluster, or do without what is named',
  ),
  installation: entry(
    'a Deployment labelled `app.kubernetes.io/name=podvault` runs the webhook',
    'install it: docs/install.md',
  ),
  replicas: entry(
    'as many replicas of it are ready as are wanted, and more than one is',
    'see why: kubectl describe its pods, and their log',
  ),
  'disruption-budget': entry(
    'a PodDisruptionBudget keeps nodes from being drained of all replicas at once',
    'set the value podDisruptionBudget of the chart',
  ),
  images: entry('all replicas run one image', 'wait for the rollout to end, or see what stops it'),
  rights: entry(
    "the webhook's service account may do what it needs",
    'apply the ClusterRole and the Role of the chart again',
  ),
  registration: entry(
    'a MutatingWebhookConfiguration of podvault sees annotated pods, and what happens when it fails',
    'install it: docs/install.md',
  ),
  'validating-registration': entry(
    'a ValidatingWebhookConfiguration of podvault sees ConfigMaps with secrets files',
    'apply the chart again; until then malformed secrets files are noticed by pods only',
  ),
  'ca-bundle': entry(
    'the `caBundle` of each registration can be read, has time left, and holds the authority of the certificates',
    'podvault puts it back where it keeps it itself; its log says why it does not. Else whoever fills it: docs/certificates.md',
  ),
  certificate: entry(
    'the certificate each replica shows has time left, and the API server trusts it (by its metrics)',
    'the log of the replica and its /readyz say why: docs/certificates.md',
  ),
  policy: entry(
    'the ValidatingAdmissionPolicy refuses annotated pods that were not injected',
    'set the value policy of the chart to deny',
  ),
  'other-injector': entry(
    "nobody else injects the same pods: vault-k8s's webhook",
    'keep the pods of each apart by namespace, or uninstall the other: docs/vault-k8s.md',
  ),
  'dry-run': entry(
    'a pod that asks for secrets, created as a dry run through the API server, comes back injected',
    'see the failures above; the log of the webhook says whether it was asked',
  ),
  version: entry(
    'the webhook that answered is of the same version as this podvault',
    'use the same version: what is said offline may differ from what the webhook does',
  ),
  'service-account': entry('the service account of the workload is there', 'create it, or name another'),
  refused: entry('no workload would be refused today', '`podvault explain` says all of it'),
  'not-injected': entry('no pod runs annotated but not injected', 'create it anew: kubectl rollout restart'),
  annotations: entry(
    'no annotation in use is deprecated, ignored or misplaced',
    'remove it, or take what is named in its place',
  ),
  drift: entry(
    'no pod runs with other settings, or by another version, than a new one would get',
    '`podvault status` shows them; kubectl rollout restart brings them up to date',
  ),
  probe: entry('a pod of its own could look at Vault (`--probe`)', 'the event or the log that is named says why'),
  'vault-name': entry("Vault's name is known where the pod runs", "check podvault.dev/address and the cluster's DNS"),
  'vault-connection': entry(
    'its port takes connections from there',
    'check the address, NetworkPolicies, and firewalls on the way',
  ),
  'vault-certificate': entry(
    'its certificate is believed with the CA that the pod has',
    'name the CA of Vault with podvault.dev/ca-configmap, or its name with podvault.dev/tls-server-name',
  ),
  'vault-health': entry('it is initialized and unsealed; its version', 'unseal it, or see its log'),
  'vault-login': entry(
    'the role is there, and admits the service account, its namespace and the audience of its token',
    'vault read auth/kubernetes/role/ROLE shows what it admits',
  ),
  'vault-paths': entry(
    'the policy lets the token read (or write to) each path that the secrets files name; no secret is read',
    'give the role a policy with the path that is named',
  ),
} as const satisfies Readonly<Record<string, Entry>>

export type CheckId = keyof typeof checks

export type Finding = {
  readonly check: CheckId
  readonly level: Level
  readonly message: string
  /** What to do; absent where all is well. */
  readonly todo?: string
  /** What it is about: `Deployment shop/web`. */
  readonly objects?: readonly string[]
}

export const ok = (check: CheckId, message: string): Finding => ({ check, level: 'ok', message })

/** @param todo better than what the table has */
export const found = (
  check: CheckId,
  level: Exclude<Level, 'ok'>,
  message: string,
  todo: string = checks[check].todo,
): Finding => ({ check, level, message, todo })

/** Findings of what is known and understood; of what is not, one that says so. */
export const knowing = <T>(
  check: CheckId,
  fact: Fact<T>,
  findings: (value: T) => readonly Finding[],
): readonly Finding[] => {
  if ('lack' in fact) return [found(check, 'unknown', fact.lack, 'ask with the right to read it')]
  try {
    return findings(fact.value)
  } catch (error) {
    return [
      found(
        check,
        'unknown',
        `the cluster's answer is not understood: ${sentence(error)}`,
        'report it, with its version',
      ),
    ]
  }
}
