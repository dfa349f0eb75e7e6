import { prefix } from './annotations.ts'
import { type Decision, reject, skip } from './decision.ts'
import { decideNative } from './native.ts'
import type { Pod } from './pod.ts'
import type { Settings } from './settings.ts'
import { decideVaultK8s } from './vault-k8s/decide.ts'

const vaultK8s = 'vault.hashicorp.com/'

/** Decides about a pod about to be created in a namespace (the request's: the object's own may be empty). Pure; no I/O. */
export const decide = (pod: Pod, namespace: string, settings: Settings): Decision => {
  const annotations = pod.metadata?.annotations ?? {}
  if ('kubernetes.io/config.mirror' in annotations) return skip('mirror-pod')
  const native = isAsked(annotations[`${prefix}inject`])
  const compatible = isAsked(annotations[`${vaultK8s}agent-inject`])
  if (!native && !compatible) return skip('not-requested')
  if (namespace === 'kube-system' || namespace === 'kube-public')
    return skip('system-namespace', [
      `podvault leaves pods of the namespace ${namespace} alone: this one gets no secrets`,
    ])
  if (native && compatible) return bothPrefixes(`${prefix}inject and ${vaultK8s}agent-inject`)
  const decideHere = native ? decideNative : decideVaultK8s
  return decideHere(pod, namespace, settings)
}

/** Whatever else it says is read, and refused, by those who know what it may say. */
const isAsked = (value: unknown): boolean => value !== undefined && value !== 'false'

const bothPrefixes = (which: string): Decision =>
  reject([
    {
      reason: 'both-prefixes',
      message: `the pod carries both ${which}; it can ask for its secrets in one language only, so remove one of them`,
    },
  ])
