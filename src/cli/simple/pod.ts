import { names } from '../../contract.ts'
import { PodvaultError } from '../../errors.ts'
import { prefix } from '../../inject/annotations.ts'
import { decide } from '../../inject/decide.ts'
import type { Decision, Injection } from '../../inject/decision.ts'
import type { Placed } from '../../inject/patch.ts'
import type { Container, Pod, Resources, Volume } from '../../inject/pod.ts'
import type { Settings } from '../../inject/settings.ts'
import { statusAnnotation } from '../../inject/status.ts'
import type { Wiring } from '../../inject/wiring.ts'
import { celOf, type Holes } from '../cel.ts'

/** What stands in the pod of which the policies are made for what each pod says itself. */
const stands = { role: 'hole-role', name: 'HOLE_NAME', path: 'hole-path', key: 'hole-key', app: 'hole-app' } as const
const ids = { user: 1_234_567, group: 7_654_321 } as const

const podOf = (resources: Resources, securityContext: object): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: 'hole',
    annotations: {
      'podvault.dev/inject': 'true',
      'podvault.dev/role': stands.role,
      'podvault.dev/secrets': `VERSION 2\nMOUNT mount\n${stands.name}=${stands.path}#${stands.key}`,
    },
  },
  spec: {
    securityContext,
    containers: [{ name: stands.app, image: 'hole', resources }],
  },
})

/** What the webhook makes of a pod, and where in it each pod's own belongs. */
export type Simple = {
  readonly volumes: readonly Volume[]
  /** In the order in which they run. */
  readonly agents: readonly Container[]
  /** Of the injected containers, by the quality of service of the pod. */
  readonly resources: { readonly bestEffort: Resources; readonly burstable: Resources; readonly guaranteed: Resources }
  readonly wiring: Wiring
  readonly status: string
  /** User and group where the pod names none. */
  readonly ids: { readonly user: number; readonly group: number }
  /** The agent's config, as an expression of a pod. */
  readonly config: string
  readonly holes: Holes
}

/**
 * Asks the webhook's own code what becomes of a pod, so that what policies add is what it adds.
 * @throws PodvaultError `usage` where the settings want what policies cannot do
 */
export const simpleOf = (settings: Settings): Simple => {
  checkSettings(settings)
  const same = { cpu: '1', memory: '1Gi' }
  const [bestEffort, burstable, guaranteed] = [
    injectionOf(podOf({}, {}), settings),
    injectionOf(podOf({ requests: same }, { runAsUser: ids.user, runAsGroup: ids.group }), settings),
    injectionOf(podOf({ requests: same, limits: same }, {}), settings),
  ]
  const { volumes, containers, wirings, annotations, shareProcessNamespace } = burstable.additions
  if (shareProcessNamespace !== undefined) throw unable('only the webhook can prepare a pod for signals')
  const config = configIn(loginOf(burstable))
  return {
    volumes,
    agents: containers.map(({ container }) => container),
    resources: {
      bestEffort: resourcesIn(loginOf(bestEffort)),
      burstable: resourcesIn(loginOf(burstable)),
      guaranteed: resourcesIn(loginOf(guaranteed)),
    },
    // The pod has one container, and it is selected.
    wiring: wirings[0] as Wiring,
    status: String(annotations[statusAnnotation]),
    ids: idsIn(loginOf(bestEffort)),
    config: configOf(config),
    holes: [
      [config, 'variables.config'],
      [`"${stands.app}"`, `object.spec.containers.map(c, '"' + c.name + '"').join(',')`],
      [stands.name, 'variables.secrets[j].name'],
      [ids.user, 'variables.user'],
      [ids.group, 'variables.group'],
    ],
  }
}

/** Defaults whose effect hangs on more of a pod than policies look at. */
const perPod = [
  'role secrets secrets-file profile engine token env-duplicates',
  'containers init-containers native-sidecar run-as-user run-as-group',
]
  .join(' ')
  .split(' ')
  .map(key => prefix + key)

const checkSettings = ({ profiles, namespaces, defaults }: Settings): void => {
  if (Object.keys(profiles).length + Object.keys(namespaces).length > 0)
    throw unable('profiles and defaults by namespace are for the webhook')
  const others = Object.keys(defaults).filter(name => !name.startsWith(prefix) || perPod.includes(name))
  if (others.length > 0) throw unable(`a default of ${others.join(', ')} is for the webhook`)
}

const injectionOf = (pod: Pod, settings: Settings): Injection => {
  const decision = decide(pod, 'default', settings)
  if (decision.kind === 'inject') return decision
  // It asks, and it is nowhere where pods are left alone.
  throw new PodvaultError('usage', (decision as Extract<Decision, { readonly kind: 'reject' }>).message)
}

const unable = (why: string): PodvaultError =>
  new PodvaultError('usage', `no policies can be made of these settings: ${why}`, {
    hint: 'leave that out, or install the webhook',
  })

const loginOf = ({ additions }: Injection): Container => (additions.containers[0] as Placed).container

const resourcesIn = ({ resources = {} }: Container): Resources => resources

const idsIn = (login: Container): Simple['ids'] => ({
  user: Number(login.securityContext?.runAsUser),
  group: Number(login.securityContext?.runAsGroup),
})

const configIn = (login: Container): string =>
  String(login.env?.find(({ name }) => name === names.configVariable)?.value)

/** One entry of the agent's config, as CEL makes it of a secret `s`. */
const entryOf = (entries: string): string =>
  celOf(entries.slice(1, -1), [
    [`mount/${stands.path}`, 's.path'],
    [stands.name, 's.name'],
    [stands.key, 's.key'],
  ])

/** The agent's config as an expression: what is each pod's own is filled in. */
const configOf = (text: string): string => {
  const { files, mode } = JSON.parse(text) as {
    readonly files: readonly { readonly entries: readonly object[] }[]
    readonly mode: number
  }
  const entries = JSON.stringify(files[0]?.entries)
  return celOf(text, [
    [stands.role, `object.metadata.annotations['podvault.dev/role']`],
    [entries, `'[' + variables.secrets.map(s, ${entryOf(entries)}).join(',') + ']'`],
    [`"mode":${mode}`, `'"mode":' + string(variables.mode)`],
  ])
}
