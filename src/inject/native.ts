import { names, type SecretsFile } from '../contract.ts'
import { type Intent, readIntent, settingTexts } from './annotations.ts'
import { inlineFiles, settingProblems, takenNames, versionProblems } from './checks.ts'
import { agentMounts, type AgentSpec, configOf, loginContainer, renewContainer, volumesOf } from './containers.ts'
import { type Decision, inject, reject, skip } from './decision.ts'
import { fileMode, idsOf } from './ids.ts'
import { layersOf } from './layers.ts'
import type { Placed } from './patch.ts'
import type { Container, Pod } from './pod.ts'
import { quote } from './quote.ts'
import type { Problem } from './reasons.ts'
import { resourceProblems, resourcesOf } from './resources.ts'
import { behindOurs, loginIndex, select } from './select.ts'
import type { Settings } from './settings.ts'
import { injectedStatus, settingsHash, type Status, statusAnnotation, writeStatus } from './status.ts'
import { collisions, filesVolumes, isWired, wire, type Wiring } from './wiring.ts'

/** Decides about a pod that carries `podvault.dev/inject`. */
export const decideNative = (pod: Pod, namespace: string, settings: Settings): Decision => {
  const heard = layersOf(pod.metadata?.annotations ?? {}, namespace, settings)
  const wish = readWish(pod, heard, settings)
  const [first, ...more] = wish.problems
  if (first !== undefined) return reject([first, ...more])
  const address = wish.intent.address ?? settings.address
  const hash = settingsHash([...settingTexts(heard.layers), String(address)])
  if (wish.status !== undefined) return complete(pod, wish.status, wish.wirings, hash)
  // A pod without a role or an address has been refused above.
  return injectAll(pod, wish, settings, { role: wish.intent.role, address, hash } as Checked)
}

/** Everything the pod asks for, and everything that is wrong with it. */
type Wish = {
  readonly intent: Intent
  readonly given: ReadonlySet<string>
  /** Of a pod that has been injected before. */
  readonly status: Status | undefined
  readonly files: readonly SecretsFile[]
  readonly selected: readonly Container[]
  /** What the selected containers still lack. */
  readonly wirings: readonly Wiring[]
  readonly problems: readonly Problem[]
}

const readWish = (pod: Pod, heard: ReturnType<typeof layersOf>, settings: Settings): Wish => {
  const { intent, given, problems } = readIntent(heard.layers)
  const status = injectedStatus(pod)
  const wanted = select(pod, intent, status === undefined ? loginIndex(pod) : behindOurs(pod))
  const inline = inlineFiles(intent)
  const variables = inline.files.flatMap(file => file.entries).flatMap(({ env }) => env)
  const wirings = wanted.selected
    .filter(({ container }) => status === undefined || !isWired(container))
    .map(selected => wire(selected, intent, variables))
  return {
    intent,
    given,
    status,
    files: inline.files,
    selected: wanted.selected.map(({ container }) => container),
    wirings,
    problems: [
      ...problems,
      ...heard.problems,
      ...settingProblems(intent, given, settings),
      ...inline.problems,
      ...resourceProblems(intent),
      ...versionProblems(intent, variables, settings.kubernetes),
      ...wanted.problems,
      ...(status === undefined ? takenNames(pod) : []),
      ...wirings.flatMap(collisions),
    ],
  }
}

type Checked = { readonly role: string; readonly address: string; readonly hash: string }

const injectAll = (pod: Pod, wish: Wish, settings: Settings, { role, address, hash }: Checked): Decision => {
  const { intent, given, files, selected, wirings } = wish
  const ids = idsOf(intent, pod, selected)
  const config = configOf(intent, { address, role, files, mode: fileMode(ids, pod, selected) })
  const resources = resourcesOf(intent, given, pod)
  const spec: AgentSpec = { image: settings.image, config, ids, resources, mounts: agentMounts(intent) }
  const at = loginIndex(pod)
  const login: Placed = { list: 'initContainers', at, container: loginContainer(names.login, spec) }
  const renew: Placed = { list: 'initContainers', at: at + 1, container: renewContainer(names.renew, spec, true) }
  const containers = intent.renew ? [login, renew] : [login]
  const status = writeStatus({
    hash,
    containers: [...containers.map(({ container }) => container.name), ...selected.map(({ name }) => name)],
  })
  const additions = { volumes: volumesOf(intent), containers, wirings, annotations: { [statusAnnotation]: status } }
  return inject(pod, { reason: 'injected', engine: 'podvault', warnings: warningsOf(intent), additions, hash })
}

/** A pod that was injected before: nothing but what another webhook's container still lacks. */
const complete = (pod: Pod, status: Status, wirings: readonly Wiring[], hash: string): Decision => {
  const warnings =
    status.hash === hash
      ? []
      : [`already injected by podvault ${quote(status.version)} with other settings, and left as it is`]
  if (wirings.length === 0) return skip('already-injected', warnings)
  const containers = [...status.containers, ...wirings.map(({ container }) => container.name)]
  const annotations = { [statusAnnotation]: writeStatus({ hash: status.hash, containers }) }
  const additions = { volumes: [], containers: [], wirings, annotations }
  return inject(pod, { reason: 'container-added', engine: 'podvault', warnings, additions, hash: status.hash })
}

/** Told to whoever typed `kubectl apply`; the API server may cut what is longer than 120 characters. */
const warningsOf = (intent: Intent): readonly string[] => {
  const unknown = intent.env === 'auto' ? filesVolumes(intent) : []
  return [
    ...unknown.map(
      ({ configMap }) =>
        `variables of ConfigMap ${quote(configMap, 40)} are unknown here: in files, not in the environment`,
    ),
    ...(intent['tls-skip-verify'] ? ["podvault.dev/tls-skip-verify: Vault's certificate is not verified"] : []),
  ]
}
