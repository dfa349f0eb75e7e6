import { encodeConfig, names } from '../contract.ts'
import { type Intent, readIntent } from './annotations.ts'
import { authProblems } from './auth.ts'
import { foreignAnnotations, settingProblems, takenNames, takenPorts, versionProblems } from './checks.ts'
import { agentMounts, volumesOf } from './volumes.ts'
import { type AgentSpec, loginContainer, renewContainer } from './containers.ts'
import { configOf } from './agent-config.ts'
import { type Decision, inject, reject, skip } from './decision.ts'
import { type Files, filesOf, secretsFileLabel } from './files.ts'
import { type Hooks, hooksOf } from './hooks.ts'
import { fileMode, type Ids, idsOf } from './ids.ts'
import { layersOf } from './layers.ts'
import { outputProblems, variablesOf } from './outputs.ts'
import type { Additions, Placed } from './patch.ts'
import { containersIn, type Container, type Pod } from './pod.ts'
import { otherAddresses, policyProblems } from './policy.ts'
import { quote } from './quote.ts'
import type { Problem } from './reasons.ts'
import { resourceProblems, resourcesOf } from './resources.ts'
import { behindOurs, loginIndex, select } from './select.ts'
import type { Settings } from './settings.ts'
import { referencesProblem } from './size.ts'
import { version } from '../version.ts'
import { injectedStatus, settingsHash, type Status } from './status.ts'
import { type Templates, templatesOf } from './templates.ts'
import { collisions, isWired, wire, type Wiring } from './wiring.ts'

/** Decides about a pod that carries `podvault.dev/inject`. */
export const decideNative = (pod: Pod, namespace: string, settings: Settings): Decision => {
  const heard = layersOf(pod.metadata?.annotations ?? {}, namespace, settings)
  const wish = readWish(pod, namespace, heard, settings)
  const [first, ...more] = wish.problems
  if (first !== undefined) return reject([first, ...more])
  const address = wish.intent.address ?? settings.address
  const hash = settingsHash([...wish.texts, String(address)])
  if (wish.status !== undefined) return complete(pod, wish.status, wish.wirings, hash)
  // A pod without an address has been refused above.
  return injectAll(pod, wish, settings, { address, hash } as Checked)
}

/** Everything the pod asks for, and everything that is wrong with it. */
type Wish = {
  readonly intent: Intent
  readonly given: ReadonlySet<string>
  readonly texts: readonly string[]
  /** Of a pod that has been injected before. */
  readonly status: Status | undefined
  readonly files: Files
  readonly templates: Templates
  readonly selected: readonly Container[]
  readonly ids: Ids
  readonly hooks: Hooks
  /** What the selected containers still lack. */
  readonly wirings: readonly Wiring[]
  readonly problems: readonly Problem[]
}

const readWish = (pod: Pod, namespace: string, heard: ReturnType<typeof layersOf>, settings: Settings): Wish => {
  const { intent, given, texts, problems } = readIntent(heard.layers)
  const status = ownStatus(pod)
  const wanted = select(pod, intent, status === undefined ? loginIndex(pod) : behindOurs(pod))
  const selected = wanted.selected.map(({ container }) => container)
  const ids = idsOf(intent, pod, selected)
  const files = filesOf(intent, namespace, settings)
  const templates = templatesOf(files, intent)
  const { variables, problems: twice } = variablesOf(files.known, intent)
  const hooks = hooksOf(intent, files.known, { pod, selected, user: ids.user, kubernetes: settings.kubernetes })
  const tooMuch = referencesProblem(intent.env === 'auto' ? variables.length : 0, selected.length)
  const wirings = (tooMuch === undefined ? wanted.selected : [])
    .filter(({ container }) => status === undefined || !isWired(container))
    .map(each => wire(each, intent, variables))
  return {
    intent,
    given,
    texts,
    status,
    files,
    templates,
    selected,
    ids,
    hooks,
    wirings,
    problems: [
      ...problems,
      ...heard.problems,
      ...foreignAnnotations(pod),
      ...authProblems(intent, given, pod, intent.address ?? settings.address),
      ...settingProblems(intent, given, settings),
      ...policyProblems(intent, given, settings),
      ...files.problems,
      ...twice,
      ...(tooMuch === undefined ? [] : [tooMuch]),
      ...outputProblems(files, intent),
      ...templates.problems,
      ...hooks.problems,
      ...resourceProblems(intent),
      ...versionProblems(intent, variables, settings.kubernetes),
      ...wanted.problems,
      ...(status === undefined ? [...takenNames(pod), ...takenPorts(pod, intent['metrics-port'])] : []),
      ...wirings.flatMap(wiring => collisions(wiring, intent)),
    ],
  }
}

/** Whoever writes annotations can write a status: what must be there are our own containers with our own volume. */
const ownStatus = (pod: Pod): Status | undefined => {
  const status = injectedStatus(pod)
  const wired = new Set(
    containersIn(pod)
      .filter(isWired)
      .map(({ name }) => name),
  )
  return status?.containers.includes(names.login) === true && status.containers.every(name => wired.has(name))
    ? status
    : undefined
}

type Checked = { readonly address: string; readonly hash: string }

const injectAll = (pod: Pod, wish: Wish, settings: Settings, { address, hash }: Checked): Decision => {
  const { intent, given, files, templates, selected, ids, hooks, wirings } = wish
  const config = configOf(intent, {
    address,
    otherAddresses: otherAddresses(address, settings),
    files,
    templates,
    ca: settings.ca,
    mode: fileMode(ids, pod, selected),
    given,
  })
  const resources = resourcesOf(intent, given, pod)
  const spec: AgentSpec = {
    image: settings.image,
    config: encodeConfig(config),
    fields: templates.readEnv,
    ids,
    resources,
    mounts: agentMounts(intent),
  }
  const containers = placed(pod, wish, spec)
  const additions: Additions = {
    volumes: volumesOf(intent),
    containers,
    wirings,
    ...(hooks.shareProcessNamespace && { shareProcessNamespace: true }),
    annotations: {},
  }
  const warnings = warningsOf(pod, wish)
  return inject(pod, { reason: 'injected', engine: 'podvault', warnings, additions, hash })
}

const placed = (pod: Pod, { intent, hooks }: Wish, spec: AgentSpec): readonly Placed[] => {
  const at = loginIndex(pod)
  const login: Placed = { list: 'initContainers', at, container: loginContainer(names.login, spec) }
  if (!intent.renew) return [login]
  const native = intent['native-sidecar']
  const renew = renewContainer(names.renew, spec, {
    native,
    restart: hooks.restart,
    metricsPort: intent['metrics-port'],
  })
  return native
    ? [login, { list: 'initContainers', at: at + 1, container: renew }]
    : [login, { list: 'containers', at: pod.spec?.containers.length ?? 0, container: renew }]
}

/** A pod that was injected before: nothing but what another webhook's container still lacks. */
const complete = (pod: Pod, status: Status, wirings: readonly Wiring[], hash: string): Decision => {
  const warnings = status.hash === hash ? [] : [leftAsItIs(status)]
  if (wirings.length === 0) return skip('already-injected', warnings)
  const additions = { volumes: [], containers: [], wirings, annotations: {} }
  return inject(pod, { reason: 'container-added', engine: 'podvault', warnings, additions, hash: status.hash })
}

/** What the hash is made of may differ from release to release: only a pod of this one is known to have other settings. */
const leftAsItIs = ({ version: by }: Status): string =>
  by === version
    ? `already injected by podvault ${quote(by)} with other settings, and left as it is`
    : `already injected by podvault ${quote(by, 20)}, and left as it is; a new pod gets what ${version} injects`

/** Told to whoever typed `kubectl apply`; the API server may cut what is longer than 120 characters. */
const warningsOf = (pod: Pod, { intent, files, hooks }: Wish): readonly string[] => {
  const unknown = intent.env === 'auto' ? [...new Set(files.unknown.map(({ name }) => name))] : []
  const ends = pod.spec?.restartPolicy !== undefined && pod.spec.restartPolicy !== 'Always'
  return [
    ...unknown.map(
      name => `ConfigMap ${quote(name, 30)} lacks the label ${secretsFileLabel}: files only, no environment`,
    ),
    ...hooks.warnings,
    ...(intent.renew && !intent['native-sidecar'] && ends
      ? ['podvault.dev/native-sidecar: "false" keeps a pod from ending by itself; podvault-renew goes on']
      : []),
    ...(intent['tls-skip-verify'] ? ["podvault.dev/tls-skip-verify: Vault's certificate is not verified"] : []),
  ]
}
