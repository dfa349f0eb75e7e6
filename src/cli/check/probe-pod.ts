// PURE: the pod that looks at Vault in the place of another one.
import { listOf, objectOf, objectWith, oneOf, text } from '../../shape.ts'
import { securityContext } from '../../inject/containers.ts'
import type { Decision } from '../../inject/decision.ts'
import type { Container, Pod, Volume } from '../../inject/pod.ts'
import { type CheckId, checks, type Finding, levels } from './table.ts'

/** Of the probe's container. */
export const probeContainer = 'check'

/** What of a pod decides how it gets to Vault, and where it may run. Its labels do not come along: a Service or a ReplicaSet would take it for its own. */
const inherited = [
  'serviceAccountName',
  'imagePullSecrets',
  'dnsPolicy',
  'dnsConfig',
  'hostAliases',
  'nodeSelector',
  'tolerations',
  'runtimeClassName',
] as const

/** More than the agent has: all of podvault is loaded. */
const resources = { requests: { cpu: '50m', memory: '128Mi' }, limits: { memory: '256Mi' } }

/**
 * The pod that is created for a moment: the login container of an injected one, which looks and writes nothing.
 * @returns undefined where podvault would not inject its own agent
 */
export const probePod = (name: string, pod: Pod, decision: Decision): Pod | undefined => {
  if (decision.kind !== 'inject' || decision.engine !== 'podvault') return undefined
  const { containers, volumes } = decision.additions
  const login = containers.map(({ container }) => container).find(({ args }) => args?.[0] === 'login')
  if (login === undefined) return undefined
  const spec = pod.spec ?? { containers: [] }
  const kept = Object.fromEntries(inherited.flatMap(key => (spec[key] === undefined ? [] : [[key, spec[key]]])))
  const { fsGroup, supplementalGroups } = spec.securityContext ?? {}
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { 'app.kubernetes.io/name': 'podvault-check' } },
    spec: {
      ...kept,
      restartPolicy: 'Never',
      // Should nobody be there any more to delete it, it has ended at least.
      activeDeadlineSeconds: 120,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: {
        ...(fsGroup !== undefined && { fsGroup }),
        ...(supplementalGroups !== undefined && { supplementalGroups }),
      },
      containers: [containerOf(login)],
      volumes: volumesOf(login, [...(spec.volumes ?? []), ...volumes]),
    },
  }
}

const containerOf = ({ image, env = [], volumeMounts = [], securityContext: own }: Container): Container => ({
  name: probeContainer,
  ...(image !== undefined && { image }),
  args: ['check', '--here', '--output', 'json'],
  env,
  volumeMounts,
  resources,
  securityContext: { ...securityContext({ user: 65532, group: 65532 }), ...own },
})

const volumesOf = ({ volumeMounts = [] }: Container, volumes: readonly Volume[]): readonly Volume[] => {
  const mounted = new Set(volumeMounts.map(({ name }) => name))
  // Of a pod that was injected before they are there twice.
  return [...new Map(volumes.map(volume => [volume.name, volume])).values()].filter(({ name }) => mounted.has(name))
}

const checkId = oneOf(...(Object.keys(checks) as readonly CheckId[]))

const findings = objectOf({
  findings: listOf(
    objectWith({ check: checkId, level: oneOf(...levels), message: text }, { todo: text, objects: listOf(text) }),
  ),
})

/** What the probe has written; undefined where that is nothing of ours. */
export const findingsIn = (log: string): readonly Finding[] | undefined => {
  try {
    return findings(JSON.parse(log), '').findings
  } catch {
    return undefined
  }
}

const phases = objectOf({
  status: objectWith(
    {},
    {
      phase: text,
      reason: text,
      message: text,
      containerStatuses: listOf(
        objectWith({}, { state: objectWith({}, { waiting: objectWith({ reason: text }, { message: text }) }) }),
      ),
      conditions: listOf(objectWith({ type: text, status: text }, { reason: text, message: text })),
    },
  ),
})

/** How far a probe's pod is; `stuck`: why it does not start, as far as Kubernetes says. @throws ShapeError */
export const stageOf = (pod: unknown): { readonly ended: boolean; readonly stuck: string } => {
  const { phase, reason, message, containerStatuses = [], conditions = [] } = phases(pod, '').status
  const waiting = containerStatuses.flatMap(({ state }) => state?.waiting ?? [])
  const unscheduled = conditions.filter(({ type, status }) => type === 'PodScheduled' && status === 'False')
  const [first] = [...waiting, ...unscheduled, { reason, message }]
  return {
    ended: phase === 'Succeeded' || phase === 'Failed',
    stuck: [first?.reason, first?.message].filter(Boolean).join(': ') || `it is ${phase ?? 'unknown'}`,
  }
}

/** Whether the kubelet has given up on the image, and will not come to another mind soon. */
export const hasNoImage = (stuck: string): boolean => /^(?:ErrImage|ImagePull|InvalidImage)/.test(stuck)
