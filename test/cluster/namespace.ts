import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Pod } from '../../src/inject/pod.ts'
import { ApiError } from './api.ts'
import type { Api } from './api.ts'
import { eventually } from './eventually.ts'

export type Namespace = {
  readonly name: string
  readonly path: string
  readonly create: (pod: PodSpec) => Promise<Pod>
  /** Waits until the pod is as wanted; fails with the pod's last status. */
  readonly until: (pod: string, what: string, done: (pod: Pod) => boolean, seconds?: number) => Promise<Pod>
  /** Waits until a line of the container's log matches, and gives the match. */
  readonly line: (pod: string, container: string, pattern: RegExp, seconds?: number) => Promise<RegExpExecArray>
  readonly logs: (pod: string, container: string) => Promise<string>
  readonly exec: (pod: string, container: string, ...command: readonly string[]) => Promise<string>
  readonly remove: (pod: string) => Promise<void>
  /** Waits until a removed pod has ended. */
  readonly gone: (pod: string) => Promise<void>
}

/** A pod as tests write it: what is not said is left to the API server. */
export type PodSpec = {
  readonly name: string
  readonly annotations?: Readonly<Record<string, string>>
  readonly containers: readonly object[]
  readonly [field: string]: unknown
}

export const kubectl = async (...args: readonly string[]): Promise<string> =>
  (await promisify(execFile)('kubectl', args, { maxBuffer: 64 * 2 ** 20 })).stdout

/** A namespace that is there. */
export const namespaceOf = (api: Api, name: string): Namespace => {
  const path = `/api/v1/namespaces/${name}`
  const log = (pod: string, container: string, more = '') => `${path}/pods/${pod}/log?container=${container}${more}`
  const namespace: Namespace = {
    name,
    path,
    create: async spec => api.create(`${path}/pods`, manifest(spec)),
    until: async (pod, what, done, seconds) =>
      api.follow(
        `${path}/pods?watch=1&fieldSelector=metadata.name=${pod}`,
        `${what} (pod ${pod})`,
        line => {
          const { object } = JSON.parse(line) as { readonly object: Pod }
          return done(object) ? object : undefined
        },
        seconds,
      ),
    line: async (pod, container, pattern, seconds) => {
      await namespace.until(pod, `a start of ${container}`, object => hasStarted(object, container))
      return api.follow(
        log(pod, container, '&follow=1'),
        `${String(pattern)} in the log of ${pod}/${container}`,
        line => pattern.exec(line) ?? undefined,
        seconds,
      )
    },
    logs: async (pod, container) => api.text(log(pod, container)),
    exec: async (pod, container, ...command) => kubectl('-n', name, 'exec', pod, '-c', container, '--', ...command),
    remove: async pod => api.remove(`${path}/pods/${pod}`),
    gone: async pod =>
      eventually(`pod ${pod} has ended`, 30, async () => api.get(`${path}/pods/${pod}`).then(no, isNotFound)),
  }
  return namespace
}

/** A container's log can be read from then on. */
const hasStarted = ({ status }: Pod, container: string): boolean =>
  [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])].some(
    ({ name, state, lastState }) =>
      name === container && (state?.running ?? state?.terminated ?? lastState?.terminated) !== undefined,
  )

const no = () => false
const isNotFound = (error: unknown) => error instanceof ApiError && error.status === 404

/** The pod's object. Pods that do not listen end within five seconds, so that tests do. */
export const manifest = ({ name, annotations, ...spec }: PodSpec): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, ...(annotations === undefined ? {} : { annotations }) },
  spec: { terminationGracePeriodSeconds: 5, ...spec },
})

export const isRunning = (pod: Pod): boolean => pod.status?.phase === 'Running'

export const isReady = (pod: Pod): boolean =>
  pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false

export const hasSucceeded = (pod: Pod): boolean => pod.status?.phase === 'Succeeded'
