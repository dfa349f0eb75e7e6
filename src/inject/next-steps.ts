import type { Reason } from './reasons.ts'

/** What a person does next about each reason. */
export const nextSteps: Readonly<Record<Reason, string>> = {
  injected: 'if such a pod does not start, the log of its first injected container says why',
  'container-added': 'if such a pod does not start, the log of its first injected container says why',
  'already-injected': 'new settings reach it with the next pod: kubectl rollout restart',
  'not-requested':
    'set podvault.dev/inject: "true" among the annotations of the pod; in a workload that is its template\'s metadata',
  'not-a-pod-create': 'create the pod anew; one that runs cannot be changed',
  'system-namespace': 'run the pod in another namespace',
  'mirror-pod': 'let the API server create it, as a DaemonSet does, if it needs secrets',
  'both-prefixes': 'keep the annotations of one language and remove the others',
  'unknown-annotation': 'correct its name or remove it; docs/annotations.md lists every one',
  'bad-value': 'write one of the values that are allowed',
  'missing-setting': 'set it on the pod, or let the operator give it a default',
  'nothing-requested': 'name the secrets that the pod wants',
  'unknown-container': 'name a container that the pod has',
  'name-taken': 'rename yours; if an injected pod was copied, podvault uninject cleans its manifest',
  'path-taken': 'choose another path',
  'variable-taken': 'rename the variable on one side, or remove the literal one',
  'port-taken': 'choose another port for podvault.dev/metrics-port',
  'bad-secrets-file': 'correct the file at the line and column that are named',
  'valid-secrets-file': 'name the ConfigMap in podvault.dev/secrets-file of the pods that want it',
  'not-a-secrets-file': 'label the ConfigMap podvault.dev/secrets-file: "true" if it holds secrets files',
  'bad-resources': 'raise the limit or lower the request',
  'kubernetes-too-old': 'take the way out that is named, or a newer cluster',
  'not-allowed': 'ask the operator for the rule that is named, or do without',
  'bad-request': 'correct the field that is named; kubectl apply --dry-run=server checks the rest',
  'internal-error': 'report it, with the manifest and the version of podvault',
}
