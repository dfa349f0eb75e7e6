import { prefix } from './annotations.ts'
import { type Decision, reject, skip } from './decision.ts'
import { decideNative } from './native.ts'
import type { Pod } from './pod.ts'
import type { Settings } from './settings.ts'
import { sizeProblem } from './size.ts'
import { asksVaultK8s } from './vault-k8s/asks.ts'
import { decideVaultK8s } from './vault-k8s/decide.ts'

/** Decides about a pod about to be created in a namespace (the request's: the object's own may be empty). Pure; no I/O. */
export const decide = (pod: Pod, namespace: string, settings: Settings): Decision => {
  const annotations = pod.metadata?.annotations ?? {}
  if ('kubernetes.io/config.mirror' in annotations) return skip('mirror-pod')
  const asked: unknown = annotations[`${prefix}inject`]
  const native = asked !== undefined && asked !== 'false'
  const compatible = asksVaultK8s(annotations) !== false
  if (!native && !compatible) return skip('not-requested')
  if (namespace === 'kube-system' || namespace === 'kube-public')
    return skip('system-namespace', [
      `podvault leaves pods of the namespace ${namespace} alone: this one gets no secrets`,
    ])
  if (native && compatible) return reject([bothPrefixes])
  const tooLarge = sizeProblem(pod)
  if (tooLarge !== undefined) return reject([tooLarge])
  const decideHere = native ? decideNative : decideVaultK8s
  return decideHere(pod, namespace, settings)
}

const bothPrefixes = {
  reason: 'both-prefixes',
  message: `the pod carries both ${prefix}inject and vault.hashicorp.com/agent-inject; it can ask for its secrets in one language only, so remove one of them`,
} as const
