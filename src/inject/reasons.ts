/**
 * Every reason podvault has for what it does with a pod. The code is the label in metrics, logs, audit annotations and
 * goldens; the sentence is what a person reads.
 */
export const reasons = {
  injected: 'the pod gets its secrets',
  'container-added': 'another webhook added a container after the injection; it gets the secrets too',
  'already-injected': 'the pod has been injected before; nothing is missing',
  'not-requested': 'the pod carries neither podvault.dev/inject: "true" nor vault.hashicorp.com/agent-inject: "true"',
  'not-a-pod-create': 'only the creation of a Pod is looked at',
  'system-namespace': 'pods of kube-system and kube-public are left alone',
  'mirror-pod': 'static pods are left alone: the API server cannot change what the kubelet already runs',
  'both-prefixes': 'the pod speaks the language of podvault and that of vault-k8s',
  'unknown-annotation': 'an annotation under podvault.dev/ that does not exist',
  'bad-value': 'an annotation with a value that is not allowed',
  'missing-setting': 'a setting that is required here is missing',
  'nothing-requested': 'the pod asks for no secret at all',
  'unknown-container': 'a container is named that the pod does not have',
  'name-taken': 'the pod already has a container or volume of a name that podvault needs',
  'path-taken': 'the path for the secrets collides with another mount',
  'port-taken': 'a container already uses the port that is wanted for metrics',
  'variable-taken': 'a container already has a variable of this name',
  'bad-secrets-file': 'a secrets file does not follow its grammar',
  'valid-secrets-file': 'the ConfigMap holds secrets files, and they follow their grammar',
  'not-a-secrets-file': 'only a ConfigMap labelled podvault.dev/secrets-file: "true" is looked at, when it is written',
  'bad-resources': 'a request is above its limit',
  'kubernetes-too-old': 'the cluster is too old for what the pod asks',
  'not-allowed': 'the operator does not allow what the pod asks',
  'bad-request': 'the request is no AdmissionReview of a Pod',
  'internal-error': 'podvault itself failed',
} as const

export type Reason = keyof typeof reasons

/** One thing that is wrong with a pod: the reason, and a sentence naming what, where, what is allowed and what to do. */
export type Problem = { readonly reason: Reason; readonly message: string }
