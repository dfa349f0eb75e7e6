import type { Intent } from './annotations.ts'
import type { Container, Pod } from './pod.ts'

/** The user and group of the injected containers when neither pod nor annotation names one. */
const ours = 65532

export type Ids = { readonly user: number; readonly group: number }

/** The app's ids when the pod names them, so that files can be its alone; never 0, also for a root app. */
export const idsOf = (intent: Intent, pod: Pod, selected: readonly Container[]): Ids => {
  const first = selected[0]?.securityContext
  const context = pod.spec?.securityContext
  return {
    user: intent['run-as-user'] ?? ((first?.runAsUser ?? context?.runAsUser) || ours),
    group: intent['run-as-group'] ?? ((first?.runAsGroup ?? context?.runAsGroup) || ours),
  }
}

/**
 * The mode of the secrets' files: the owner alone when every app container runs as the owner, the pod's group when it has
 * one (the kubelet gives the volume to fsGroup), else everyone who has the volume mounted, which is the selected containers.
 */
export const fileMode = (ids: Ids, pod: Pod, selected: readonly Container[]): number => {
  const context = pod.spec?.securityContext
  if (context?.fsGroup !== undefined) return 0o440
  const same = selected.every(({ securityContext }) => (securityContext?.runAsUser ?? context?.runAsUser) === ids.user)
  return same ? 0o400 : 0o444
}
