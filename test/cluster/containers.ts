import type { Pod } from '../../src/inject/pod.ts'
import { containerdSocket } from './place.ts'
import { execute } from './processes.ts'

/** Ends a container of a pod as the kernel would when memory runs out. */
export const kill = (pod: Pod, name: string): void => {
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])]
  const id = statuses.find(status => status.name === name)?.containerID?.replace('containerd://', '')
  if (id === undefined) throw new Error(`the pod has no running container ${name}`)
  execute('ctr', '-a', containerdSocket, '-n', 'k8s.io', 'tasks', 'kill', '--signal', 'SIGKILL', id)
}
