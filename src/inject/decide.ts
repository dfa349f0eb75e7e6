import type { AddOperation } from 'fast-json-patch'
import type { Pod } from './pod.ts'
import type { Problem, Reason } from './reasons.ts'
import type { Settings } from './settings.ts'

/** What becomes of a pod. Decisions are data: the webhook, `review`, `inject` and `explain` all read this one value. */
export type Decision =
  | { readonly kind: 'skip'; readonly reason: Reason; readonly warnings: readonly string[] }
  | {
      readonly kind: 'reject'
      readonly reason: Reason
      readonly problems: readonly Problem[]
      readonly message: string
    }
  | {
      readonly kind: 'inject'
      readonly reason: Reason
      readonly warnings: readonly string[]
      readonly patch: readonly AddOperation<unknown>[]
      /** Hash of the effective settings, for the status and the audit log. */
      readonly hash: string
    }

/** Decides about a pod about to be created in a namespace (the request's: the object's own may be empty). Pure; no I/O. */
export const decide = (pod: Pod, namespace: string, settings: Settings): Decision => {
  throw new Error(`${String(pod)}${namespace}${settings.image}`)
}
