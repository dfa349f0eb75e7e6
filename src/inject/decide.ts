import type { SecretsFile } from '../contract.ts'
import { type Intent, prefix, readIntent, settingTexts } from './annotations.ts'
import { inlineFiles, settingProblems, takenNames, versionProblems } from './checks.ts'
import { configOf, containersOf, volumesOf } from './containers.ts'
import { fileMode, idsOf } from './ids.ts'
import { type Additions, buildPatch, type Operation } from './patch.ts'
import type { Container, Pod } from './pod.ts'
import { quote } from './quote.ts'
import type { Problem, Reason } from './reasons.ts'
import { refusalMessage } from './refusal.ts'
import { resourceProblems, resourcesOf } from './resources.ts'
import { behindOurs, loginIndex, select } from './select.ts'
import type { Settings } from './settings.ts'
import { injectedStatus, settingsHash, type Status, writeStatus } from './status.ts'
import { collisions, filesVolumes, isWired, wire, type Wiring } from './wiring.ts'

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
      readonly patch: readonly Operation[]
      /** Hash of the effective settings, for the status and the audit log. */
      readonly hash: string
    }

/** Decides about a pod about to be created in a namespace (the request's: the object's own may be empty). Pure; no I/O. */
export const decide = (pod: Pod, namespace: string, settings: Settings): Decision => {
  const annotations = pod.metadata?.annotations ?? {}
  if ('kubernetes.io/config.mirror' in annotations) return skip('mirror-pod')
  const asked = annotations[`${prefix}inject`]
  if (asked === undefined || asked === 'false') return skip('not-requested')
  if (namespace === 'kube-system' || namespace === 'kube-public')
    return skip('system-namespace', [
      `podvault leaves pods of the namespace ${namespace} alone: this one gets no secrets`,
    ])

  const wish = readWish(pod, annotations, settings)
  const [first] = wish.problems
  if (first !== undefined)
    return { kind: 'reject', reason: first.reason, problems: wish.problems, message: refusalMessage(wish.problems) }
  const address = wish.intent.address ?? settings.address
  const hash = settingsHash([...settingTexts(annotations, settings.defaults), String(address)])
  if (wish.status !== undefined) return complete(pod, wish.status, wish.wirings, hash)
  // A pod without a role or an address has been refused above.
  const checked = { role: wish.intent.role, address, image: settings.image, hash } as Checked
  return inject(pod, wish, checked)
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

const readWish = (pod: Pod, annotations: Readonly<Record<string, string>>, settings: Settings): Wish => {
  const { intent, given, problems } = readIntent(annotations, settings.defaults)
  const status = injectedStatus(pod)
  const wanted = select(pod, intent, status === undefined ? loginIndex(pod) : behindOurs(pod))
  const inline = inlineFiles(intent)
  const variables = inline.files.flatMap(file => file.variables)
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

type Checked = { readonly role: string; readonly address: string; readonly image: string; readonly hash: string }

const inject = (pod: Pod, wish: Wish, { role, address, image, hash }: Checked): Decision => {
  const { intent, given, files, selected, wirings } = wish
  const ids = idsOf(intent, pod, selected)
  const config = configOf(intent, { address, role, files, mode: fileMode(ids, pod, selected) })
  const containers = containersOf(intent, { image, config, ids, resources: resourcesOf(intent, given, pod) })
  const additions: Additions = {
    volumes: volumesOf(intent),
    containers,
    at: loginIndex(pod),
    wirings,
    status: writeStatus({ hash, containers: [...containers, ...selected].map(({ name }) => name) }),
  }
  return { kind: 'inject', reason: 'injected', warnings: warningsOf(intent), patch: buildPatch(pod, additions), hash }
}

/** A pod that was injected before: nothing but what another webhook's container still lacks. */
const complete = (pod: Pod, status: Status, wirings: readonly Wiring[], hash: string): Decision => {
  const warnings =
    status.hash === hash
      ? []
      : [`already injected by podvault ${quote(status.version)} with other settings, and left as it is`]
  if (wirings.length === 0) return skip('already-injected', warnings)
  const containers = [...status.containers, ...wirings.map(({ container }) => container.name)]
  const additions: Additions = {
    volumes: [],
    containers: [],
    at: 0,
    wirings,
    status: writeStatus({ hash: status.hash, containers }),
  }
  return { kind: 'inject', reason: 'container-added', warnings, patch: buildPatch(pod, additions), hash: status.hash }
}

const skip = (reason: Reason, warnings: readonly string[] = []): Decision => ({ kind: 'skip', reason, warnings })

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
