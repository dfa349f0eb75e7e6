import type { EnvVar } from './pod.ts'

const field = (name: string, fieldPath: string): EnvVar => ({ name, valueFrom: { fieldRef: { fieldPath } } })

/** What vault-k8s's containers know of their pod, and templates read with `env`. */
export const podFields: readonly EnvVar[] = [
  field('NAMESPACE', 'metadata.namespace'),
  field('HOST_IP', 'status.hostIP'),
  field('POD_IP', 'status.podIP'),
]
