import type { Added, Explained, Language } from '../inject/explain.ts'
import type { Decision } from '../inject/decision.ts'
import type { Effective } from '../inject/layers.ts'
import { type Reason, reasons } from '../inject/reasons.ts'
import type { Engine } from '../inject/settings.ts'
import type { Status } from '../inject/status.ts'
import { verdicts } from './manifests.ts'
import type { Registered } from './registered.ts'

/** What `explain` says of one workload: for scripts as it is, for people as text. */
export type Report = {
  readonly kind: string
  readonly namespace: string
  readonly name: string
  /** What the webhook does to such a pod by the settings of today. */
  readonly verdict: 'injected' | 'skipped' | 'refused'
  readonly reason: Reason
  /** The reason in words. */
  readonly because: string
  readonly language?: Language
  readonly engine?: Engine
  /** Of the settings. */
  readonly hash?: string
  /** Read from a cluster; then a pod without `present` was not injected. */
  readonly isLive: boolean
  /** A pod that carries podvault already; `upToDate`: by the settings of today. */
  readonly present?: { readonly version: string; readonly hash: string; readonly upToDate: boolean } | undefined
  readonly problems: readonly string[]
  readonly warnings: readonly string[]
  readonly nextStep: string
  readonly settings: readonly Effective[]
  readonly added?: Added
  /** The cluster's webhooks that are asked about pods, where a cluster was looked at. */
  readonly webhooks?: readonly Registered[]
  /** What of the cluster could not be read. */
  readonly notes: readonly string[]
}

/** What a cluster adds to an explanation. */
export type Surroundings = { readonly notes: readonly string[]; readonly webhooks: readonly Registered[] | undefined }

/** Puts together what is known of a workload. @param live where it was read from a cluster */
export const reportOn = (
  { kind, namespace, name }: Pick<Report, 'kind' | 'namespace' | 'name'>,
  { language, decision, status, added, settings, nextStep }: Explained,
  live?: Surroundings,
): Report => ({
  kind,
  namespace,
  name,
  verdict: verdicts[decision.kind],
  reason: decision.reason,
  because: reasons[decision.reason],
  ...(language !== undefined && { language }),
  ...(decision.kind === 'inject' && { engine: decision.engine, hash: decision.hash }),
  isLive: live !== undefined,
  ...(status !== undefined && { present: presence(status, decision) }),
  problems: decision.kind === 'reject' ? decision.problems.map(({ message }) => message) : [],
  warnings: decision.kind === 'reject' ? [] : decision.warnings,
  nextStep,
  settings,
  ...(added !== undefined && { added }),
  ...(live?.webhooks !== undefined && { webhooks: live.webhooks }),
  notes: live?.notes ?? [],
})

const presence = ({ version, hash }: Status, decision: Decision): Report['present'] => ({
  version,
  hash,
  upToDate: decision.kind === 'inject' && decision.hash === hash,
})
