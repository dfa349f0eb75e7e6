// PURE: pods and workloads that ask for secrets, by what the webhook would do to them today.
import type { Settings } from '../../inject/settings.ts'
import { explain, type Explained } from '../../inject/explain.ts'
import { nextSteps } from '../../inject/next-steps.ts'
import { type Finding, found, type Level, ok } from './table.ts'
import { explainWorkload } from '../explain-workload.ts'
import type { LivePod } from '../live-pods.ts'
import { type Registered, whyNot } from '../registered.ts'
import { type Finder, knownTemplates, titleOf, workloadsOf } from '../workloads.ts'

/** What the cluster has that may ask for secrets. */
export type Inventory = {
  readonly pods: readonly LivePod[]
  /** Deployments and the like, as kubectl shows them. */
  readonly templates: unknown
  readonly settings: Settings
  /** Whom the API server asks about a pod of a namespace. */
  readonly registered: (pod: LivePod) => readonly Registered[]
  /** By which a pod would be injected. */
  readonly version: string
}

/** Something of a workload; what is the same of several is said once. */
type Remark = {
  readonly check: Finding['check']
  readonly about: string
  readonly words: string
  readonly todo?: string
}

/** How an injected pod differs from one that would be created today; `not injected`: that one would be left alone or refused. */
export type Drift = 'none' | 'settings' | 'version' | 'not injected'

/** @param today version by which a pod would be injected */
export const driftOf = ({ status, decision }: Explained, today: string): Drift => {
  if (decision.kind !== 'inject') return 'not injected'
  if (status?.hash !== decision.hash) return 'settings'
  return status.version === today ? 'none' : 'version'
}

const describes: readonly {
  readonly check: Finding['check']
  readonly level: Exclude<Level, 'ok'>
  readonly fine: string
}[] = [
  { check: 'refused', level: 'failure', fine: 'no workload would be refused today' },
  { check: 'not-injected', level: 'failure', fine: 'every pod that asks for secrets was injected' },
  { check: 'annotations', level: 'warning', fine: 'no annotation in use is deprecated, ignored or misplaced' },
  { check: 'drift', level: 'warning', fine: 'every pod is as a new one would be' },
]

export const workloadFindings = (inventory: Inventory): readonly Finding[] => {
  const { pods, templates, settings } = inventory
  const remarks = [
    ...pods.filter(({ ended }) => !ended).flatMap(pod => podRemarks(pod, inventory)),
    ...templateRemarks(templates, settings),
  ]
  return describes.flatMap(({ check, level, fine }) => {
    const own = remarks.filter(remark => remark.check === check)
    return own.length === 0 ? [ok(check, fine)] : together(own, level)
  })
}

const together = (remarks: readonly Remark[], level: Exclude<Level, 'ok'>): readonly Finding[] =>
  Object.values(Object.groupBy(remarks, ({ words, todo }) => `${words}\0${todo}`)).map((group = []) => {
    const [{ check, words, todo } = remarks[0] as Remark] = group
    const objects = [...new Set(group.map(({ about }) => about))].sort()
    const more = objects.length > 3 ? ` and ${objects.length - 3} more` : ''
    return { ...found(check, level, `${objects.slice(0, 3).join(', ')}${more}: ${words}`, todo), objects }
  })

const podRemarks = (live: LivePod, { settings, registered, version }: Inventory): readonly Remark[] => {
  const { workload: about, namespace, pod, created } = live
  const explained = explain(pod, namespace, settings)
  const { decision, status } = explained
  if (status !== undefined) {
    const drift = driftOf(explained, version)
    const words =
      drift === 'version'
        ? `pods injected by podvault ${status.version}`
        : 'pods with other settings than a new one would get'
    return [
      ...(drift === 'none' || drift === 'not injected' ? [] : [{ check: 'drift', about, words } as const]),
      ...warningsOf(about, explained),
    ]
  }
  if (decision.kind === 'skip' && decision.reason !== 'system-namespace') return warningsOf(about, explained)
  const words = 'a pod asks for secrets and was not injected'
  return [{ check: 'not-injected', about, words, todo: reasonOf(explained, () => whyNot(registered(live), created)) }]
}

const reasonOf = ({ decision, nextStep }: Explained, passed: () => string): string =>
  decision.kind === 'inject'
    ? passed()
    : decision.kind === 'skip'
      ? nextStep
      : `today it would be refused: ${decision.message}`

const finder: Finder = {
  namespace: '',
  templates: Object.fromEntries(Object.entries(knownTemplates).filter(([kind]) => kind !== '/Pod')),
}

const templateRemarks = (templates: unknown, settings: Settings): readonly Remark[] =>
  workloadsOf(templates, finder).flatMap(workload => {
    const about = titleOf(workload)
    const explained = explainWorkload(workload, templates, settings)
    const { decision, nextStep } = explained
    const misplaced =
      nextStep !== nextSteps[decision.reason]
        ? [{ check: 'annotations', about, words: 'it asks for secrets where nobody looks', todo: nextStep } as const]
        : []
    if (decision.kind === 'reject') return [{ check: 'refused', about, words: decision.message }]
    return [...misplaced, ...warningsOf(about, explained)]
  })

const warningsOf = (about: string, { decision }: Explained): readonly Remark[] =>
  decision.kind === 'reject' ? [] : decision.warnings.map(words => ({ check: 'annotations', about, words }))
