import type { OnChange } from '../contract.ts'
import type { Intent } from './annotations.ts'
import { isBelow } from './checks.ts'
import type { KnownFile } from './files.ts'
import type { Container, Pod } from './pod.ts'
import { quote } from './quote.ts'
import type { Problem } from './reasons.ts'
import type { KubernetesVersion } from './settings.ts'

export type Hooks = {
  readonly problems: readonly Problem[]
  readonly warnings: readonly string[]
  /** The pod must share its process namespace, and says nothing about it itself. */
  readonly shareProcessNamespace: boolean
  readonly restart: boolean
}

type Stage = {
  readonly pod: Pod
  readonly selected: readonly Container[]
  /** Of the injected containers. */
  readonly user: number
  readonly kubernetes: KubernetesVersion
}

type Wanted = Pick<Intent, 'on-change' | 'renew' | 'native-sidecar'>

/** What on-change asks of the pod, and whether it can work there. */
export const hooksOf = (intent: Wanted, files: readonly KnownFile[], stage: Stage): Hooks => {
  const entries = files.flatMap(file => file.entries)
  const own = entries.flatMap(({ onChange = [] }) => onChange)
  const all: readonly OnChange[] = [...(intent['on-change'] === 'none' ? [] : [intent['on-change']]), ...own]
  const wants = (kind: OnChange['kind']): boolean => all.some(hook => hook.kind === kind)
  const idle = all.length > 0 && !intent.renew
  return {
    problems: [
      ...(idle
        ? [bad('on-change needs the sidecar, which podvault.dev/renew: "false" leaves out; drop one of them')]
        : []),
      ...(wants('restart') ? restartProblems(intent, stage) : []),
      ...(wants('signal') ? signalProblems(stage) : []),
    ],
    warnings: wants('signal') ? signalWarnings(stage) : [],
    shareProcessNamespace: wants('signal') && stage.pod.spec?.shareProcessNamespace !== true,
    restart: wants('restart'),
  }
}

const bad = (message: string): Problem => ({ reason: 'bad-value', message })

const restartProblems = (intent: Wanted, { kubernetes }: Stage): readonly Problem[] => [
  ...(isBelow(kubernetes, 36)
    ? [
        {
          reason: 'kubernetes-too-old',
          message: `on-change: restart needs Kubernetes 1.36, this cluster is ${kubernetes.major}.${kubernetes.minor}; choose a signal or http`,
        } as const,
      ]
    : []),
  ...(intent['native-sidecar']
    ? []
    : [bad('on-change: restart needs a native sidecar; remove podvault.dev/native-sidecar: "false"')]),
]

const userOf = (pod: Pod, { securityContext }: Container): number | undefined =>
  securityContext?.runAsUser ?? pod.spec?.securityContext?.runAsUser

/** A process may only signal those of its own user, and those it can see. */
const signalProblems = ({ pod, selected, user }: Stage): readonly Problem[] => [
  ...(pod.spec?.shareProcessNamespace === false
    ? [bad('on-change: signal needs shareProcessNamespace, which the pod sets to false; remove that, or choose http')]
    : []),
  ...(pod.spec?.hostPID === true
    ? [bad("on-change: signal cannot tell the pod's processes from the node's under hostPID; choose http")]
    : []),
  ...selected
    .filter(container => (userOf(pod, container) ?? user) !== user)
    .map(container =>
      bad(
        `on-change: signal cannot reach container ${quote(container.name)}, which runs as user ${userOf(pod, container)} and podvault as ${user}; give both one user, or choose http`,
      ),
    ),
]

const signalWarnings = ({ pod, selected, user }: Stage): readonly string[] =>
  selected
    .filter(container => userOf(pod, container) === undefined)
    .map(
      ({ name }) => `on-change: signal reaches ${quote(name, 30)} only if it runs as user ${user}; set its runAsUser`,
    )
