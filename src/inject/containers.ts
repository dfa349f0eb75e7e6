import { names, restartExitCode } from '../contract.ts'
import type { Ids } from './ids.ts'
import { podFields } from './pod-fields.ts'
import type { Container, Mount, Resources } from './pod.ts'

/** One container of the agent: login and renew differ in name and command. */
export type AgentSpec = {
  readonly image: string
  /** Encoded: both containers are told the same. */
  readonly config: string
  /** Whether it needs to know the pod's own fields. */
  readonly fields?: boolean
  /** None where the pod wants no user and group to be set. */
  readonly ids: Ids | undefined
  readonly resources: Resources
  readonly mounts: readonly Mount[]
}

/** The init container that logs in. */
export const loginContainer = (name: string, spec: AgentSpec): Container => ({
  name,
  args: ['login'],
  ...commonOf(spec),
})

type Sidecar = {
  /** Or one among the pod's containers. */
  readonly native: boolean
  /** All containers, by its exit code. */
  readonly restart: boolean
  readonly metricsPort?: number | 'none' | undefined
}

/** The sidecar that renews. */
export const renewContainer = (name: string, spec: AgentSpec, sidecar: Sidecar): Container => ({
  name,
  args: ['renew'],
  ...(typeof sidecar.metricsPort === 'number' && {
    ports: [{ name: names.metricsPort, containerPort: sidecar.metricsPort }],
  }),
  ...(sidecar.native && { restartPolicy: 'Always' }),
  // https://github.com/kubernetes/enhancements/tree/master/keps/sig-node/5532-restart-all-containers-on-container-exits
  ...(sidecar.restart && {
    restartPolicyRules: [{ action: 'RestartAllContainers', exitCodes: { operator: 'In', values: [restartExitCode] } }],
  }),
  ...commonOf(spec),
})

const commonOf = ({ image, config, fields, ids, resources, mounts }: AgentSpec): Omit<Container, 'name'> => ({
  image,
  env: [...(fields === true ? podFields : []), { name: names.configVariable, value: config }],
  ...(Object.keys(resources).length > 0 && { resources }),
  volumeMounts: mounts,
  securityContext: securityContext(ids),
  // The last line of the log is the reason of a failure; this shows it in `kubectl describe pod`.
  terminationMessagePolicy: 'FallbackToLogsOnError',
})

/** Fits Pod Security `restricted` whatever the pod says. https://kubernetes.io/docs/concepts/security/pod-security-standards/ */
export const securityContext = (ids: Ids | undefined): NonNullable<Container['securityContext']> => ({
  ...(ids !== undefined && { runAsNonRoot: ids.user !== 0, runAsUser: ids.user, runAsGroup: ids.group }),
  readOnlyRootFilesystem: true,
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  seccompProfile: { type: 'RuntimeDefault' },
})
