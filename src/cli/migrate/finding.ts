import type { Pod } from '../../inject/pod.ts'
import type { Engine, Settings, Texts } from '../../inject/settings.ts'

/** The tools whose users come here. */
export const tools = ['vault-k8s', 'bank-vaults', 'secrets-operator'] as const
export type Tool = (typeof tools)[number]

export const outcomes = ['as it is', 'better', 'by hand'] as const
export type Outcome = (typeof outcomes)[number]

/** One setting of the older tool, and what becomes of it. */
export type Setting = { readonly setting: string; readonly becomes: string }

/** What is known of a workload's way from one tool. */
export type Finding = {
  readonly tool: Tool
  /** Undefined where its pods would be refused, or are left alone. */
  readonly engine?: { readonly name: Engine; readonly because: string }
  /** What is right that was wrong before, with nothing changed. */
  readonly better: readonly string[]
  /** What is different, and needs nobody. */
  readonly notes: readonly string[]
  /** What somebody has to do, each in a sentence. */
  readonly byHand: readonly string[]
  readonly settings: readonly Setting[]
  /** podvault's annotations that do the same as far as they can, for the pod template. */
  readonly annotations?: Texts
  /** What has to leave the manifest, or to change, where the annotations come. */
  readonly changes?: readonly string[]
}

/** What becomes of a workload; a pod may ask several tools. */
export type Migration = {
  readonly kind: string
  readonly namespace: string
  readonly name: string
  readonly outcome: Outcome
  readonly findings: readonly Finding[]
}

export const outcomeOf = (findings: readonly Finding[]): Outcome => {
  if (findings.some(({ byHand }) => byHand.length > 0)) return 'by hand'
  return findings.some(({ better }) => better.length > 0) ? 'better' : 'as it is'
}

/** A pod as the tools look at it, and where it stands. */
export type Stage = {
  readonly pod: Pod
  readonly kind: string
  readonly namespace: string
  readonly settings: Settings
}
