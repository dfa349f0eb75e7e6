import { type Decision, inject, reject, skip } from '../decision.ts'
import type { Engineered } from '../engines/engine.ts'
import { podvaultEngine } from '../engines/podvault.ts'
import { vaultAgentEngine } from '../engines/vault-agent/containers.ts'
import { telemetryOf } from '../engines/vault-agent/telemetry.ts'
import { layersOf } from '../layers.ts'
import type { Additions, Placed } from '../patch.ts'
import type { Mount, Pod } from '../pod.ts'
import type { Problem } from '../reasons.ts'
import { loginIndex } from '../select.ts'
import type { Engine, Settings } from '../settings.ts'
import { settingsHash } from '../status.ts'
import { prefix, stages } from './annotations.ts'
import { asksVaultK8s } from './asks.ts'
import { hasBegun, hooks, isNativeSidecar, shareProcessNamespace, versionProblems } from './checks.ts'
import { chooseEngine } from './engine.ts'
import { identityOf } from './ids.ts'
import { policyProblems } from './policy.ts'
import { resourceProblems } from './resources.ts'
import { collisions, secretMounts } from './volumes.ts'
import { readWish, type Wish } from './wish.ts'

const statusAnnotation = `${prefix}agent-inject-status`

/** Decides about a pod that carries `vault.hashicorp.com/agent-inject`. */
export const decideVaultK8s = (pod: Pod, namespace: string, settings: Settings): Decision => {
  const texts: Readonly<Record<string, unknown>> = pod.metadata?.annotations ?? {}
  const asks = asksVaultK8s(texts)
  if (typeof asks === 'string') return reject([{ reason: 'bad-value', message: `${stages.should}: ${asks}` }])
  if (hasBegun(pod)) return skip('not-a-pod-create')
  if (texts[statusAnnotation] === 'injected') return skip('already-injected')
  const heard = layersOf(texts, namespace, settings)
  return decideAsked(pod, namespace, heard, settings)
}

const decideAsked = (pod: Pod, namespace: string, heard: ReturnType<typeof layersOf>, settings: Settings): Decision => {
  const { wish, problems, warnings } = readWish(pod, namespace, heard.layers, settings)
  const choice = chooseEngine(wish)
  const plan = planOf(wish, choice.engine)
  const all = [...problems, ...heard.problems, ...choice.problems, ...plan.problems]
  const [first, ...more] = all.toSorted((a, b) => (a.message < b.message ? -1 : a.message > b.message ? 1 : 0))
  if (first !== undefined) return reject([first, ...more])
  return inject(pod, {
    reason: 'injected',
    engine: choice.engine,
    warnings: [...warnings, ...choice.warnings, ...plan.warnings],
    additions: plan.additions,
    hash: settingsHash([choice.engine, wish.address, ...heldTexts(wish)]),
  })
}

type Plan = {
  readonly additions: Additions
  readonly problems: readonly Problem[]
  readonly warnings: readonly string[]
}

/** What an engine makes of a wish, and all that is in its way. */
const planOf = (wish: Wish, engine: Engine): Plan => {
  const engineered = engines[engine](wish, isNativeSidecar(wish))
  const after = engine === 'podvault' ? hooks(wish, identityOf(wish, engine).ids?.user) : undefined
  const sharing = shareProcessNamespace(wish, after?.shareProcessNamespace === true)
  return {
    additions: {
      volumes: engineered.volumes,
      containers: placed(wish, engineered),
      wirings: wish.selected.map(each => ({ ...each, mounts: secretMounts(wish.folders), env: [], lateEnv: [] })),
      ...(sharing.share !== undefined && { shareProcessNamespace: sharing.share }),
      annotations: { [statusAnnotation]: 'injected' },
    },
    problems: [
      ...policyProblems(wish),
      ...resourceProblems(wish.read),
      ...versionProblems(wish),
      ...(after?.problems ?? []),
      ...engineered.problems,
      ...sharing.problems,
      ...collisions(wish, engineered.volumes, mountsOf(engineered)),
    ],
    warnings: after?.warnings ?? telemetryOf(wish.read.named('agent-telemetry')).warnings,
  }
}

const engines: Readonly<Record<Engine, (wish: Wish, isNative: boolean) => Engineered>> = {
  podvault: podvaultEngine,
  'vault-agent': vaultAgentEngine,
}

const mountsOf = ({ init, sidecar }: Engineered): readonly (readonly Mount[])[] =>
  [init, sidecar].map(({ volumeMounts = [] }) => volumeMounts)

/** Behind the pod's other init containers, or in front of them; never in front of a mesh's proxy. */
const placed = (wish: Wish, { init, sidecar }: Engineered): readonly Placed[] => {
  const { pod, read } = wish
  const { values } = read
  const at = values['agent-init-first'] ? loginIndex(pod) : (pod.spec?.initContainers?.length ?? 0)
  const isFirst = values['agent-pre-populate']
  const login: readonly Placed[] = isFirst ? [{ list: 'initContainers', at, container: init }] : []
  if (values['agent-pre-populate-only']) return login
  const where: Pick<Placed, 'list' | 'at'> = isNativeSidecar(wish)
    ? { list: 'initContainers', at: isFirst ? at + 1 : at }
    : { list: 'containers', at: pod.spec?.containers.length ?? 0 }
  return [...login, { ...where, container: sidecar }]
}

/** What holds of everything that is said, as it is written; not the status, which podvault writes itself. */
const heldTexts = ({ read, mixed }: Wish): readonly string[] => [
  ...read.texts.filter(text => !text.startsWith(`${statusAnnotation}=`)),
  JSON.stringify(mixed),
]
