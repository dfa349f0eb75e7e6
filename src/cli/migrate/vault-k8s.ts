import { explain } from '../../inject/explain.ts'
import { layersOf } from '../../inject/layers.ts'
import { nextSteps } from '../../inject/next-steps.ts'
import { reasons } from '../../inject/reasons.ts'
import { annotations, type Answer, type Entry, familyOf, isFixed, prefix } from '../../inject/vault-k8s/annotations.ts'
import { asksVaultK8s } from '../../inject/vault-k8s/asks.ts'
import { readVaultK8s } from '../../inject/vault-k8s/read.ts'
import type { Finding, Setting, Stage } from './finding.ts'
import { gainsOf } from './gains.ts'

/** What becomes of a pod that asks vault-k8s, by the webhook's own decision; undefined where it does not ask. */
export const fromVaultK8s = ({ pod, kind, namespace, settings }: Stage): Finding | undefined => {
  const given: Readonly<Record<string, unknown>> = pod.metadata?.annotations ?? {}
  if (asksVaultK8s(given) === false) return undefined
  const names = Object.keys(given).filter(name => name.startsWith(prefix))
  const common = { tool: 'vault-k8s' as const, settings: names.map(settingOf) }
  const { decision } = explain(pod, namespace, settings)
  if (decision.kind === 'reject')
    return { ...common, better: [], notes: [], byHand: decision.problems.map(({ message }) => message) }
  if (decision.kind === 'skip') {
    const { reason, warnings } = decision
    const byHand = reason === 'already-injected' ? injectedBefore : `${reasons[reason]}: ${nextSteps[reason]}`
    return { ...common, better: [], notes: warnings, byHand: [byHand] }
  }
  const [unknown, told] = partition(decision.warnings, warning => warning.startsWith('there is no annotation'))
  const [[because = chosen], notes] = partition(told, warning => warning.startsWith(insteadOfOurs))
  const read = readVaultK8s(layersOf(given, namespace, settings).layers)
  const { engine } = decision
  return {
    ...common,
    engine: { name: engine, because: engine === 'podvault' ? ownAgent : because.replace(insteadOfOurs, '') },
    better: gainsOf({ pod, kind, read, engine }),
    notes,
    byHand: unknown.map(warning => `${warning}; correct or remove it: vault-k8s ignores it, too`),
  }
}

const insteadOfOurs = 'engine vault-agent instead of podvault, '
const ownAgent = "podvault's own agent does all that the pod asks"
const chosen = 'somebody has chosen it'

const injectedBefore = `${prefix}agent-inject-status is "injected": podvault leaves such a pod alone, as vault-k8s does; remove the annotation, or create the pod anew from its own manifest`

const settingOf = (name: string): Setting => {
  const key = name.slice(prefix.length)
  const known = isFixed(key) ? key : familyOf(key)?.family
  if (known === undefined) return { setting: name, becomes: 'unknown' }
  return { setting: name, becomes: inWords((annotations[known] as Entry<unknown>).answer) }
}

/** What becomes of an annotation of vault-k8s; docs/vault-k8s.md says it so, too. */
export const inWords = (answer: Answer<unknown>): string => {
  switch (answer.kind) {
    case 'same':
      return 'same'
    case 'better':
      return `better: ${answer.how}`
    case 'vault-agent':
      return `engine vault-agent${answer.when === '' ? '' : ` ${answer.when}`}`
    case 'warned':
      return `warned: ${answer.why}`
  }
}

const partition = <T>(all: readonly T[], isFirst: (each: T) => boolean): readonly [readonly T[], readonly T[]] => [
  all.filter(isFirst),
  all.filter(each => !isFirst(each)),
]
