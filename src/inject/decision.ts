import { type Additions, buildPatch, type Operation } from './patch.ts'
import type { Pod } from './pod.ts'
import type { Problem, Reason } from './reasons.ts'
import { refusalMessage } from './refusal.ts'
import type { Engine } from './settings.ts'
import { injectedStatus, type Status, statusAnnotation, writeStatus } from './status.ts'
import { bothUndos, undoOf } from './undo.ts'

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
      readonly engine: Engine
      readonly warnings: readonly string[]
      readonly additions: Additions
      readonly patch: readonly Operation[]
      /** Hash of the effective settings, for the status and the audit log. */
      readonly hash: string
    }

export type Injection = Extract<Decision, { readonly kind: 'inject' }>

export const skip = (reason: Reason, warnings: readonly string[] = []): Decision => ({ kind: 'skip', reason, warnings })

/** @param problems at least one; the first gives the reason */
export const reject = (problems: readonly [Problem, ...Problem[]]): Decision => ({
  kind: 'reject',
  reason: problems[0].reason,
  problems,
  message: refusalMessage(problems),
})

/** Adds to what a language wants the status, which is the same for all of them. */
export const inject = (pod: Pod, injection: Omit<Injection, 'kind' | 'patch'>): Decision => {
  const status = statusOf(pod, injection)
  const additions = {
    ...injection.additions,
    annotations: { ...injection.additions.annotations, [statusAnnotation]: writeStatus(status) },
  }
  return { kind: 'inject', ...injection, additions, patch: buildPatch(pod, additions) }
}

const statusOf = (pod: Pod, { additions, hash }: Pick<Injection, 'additions' | 'hash'>): Omit<Status, 'version'> => {
  const earlier = injectedStatus(pod)
  const added = additions.containers.map(({ container }) => container.name)
  const wired = additions.wirings.map(({ container }) => container.name)
  return {
    hash,
    containers: [...(earlier?.containers ?? []), ...added, ...wired],
    undo: bothUndos(earlier?.undo, undoOf(pod, additions)),
  }
}
