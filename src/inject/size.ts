import { containersIn, type Pod } from './pod.ts'
import type { Problem } from './reasons.ts'

/** Bytes of all annotations that Kubernetes lets an object have. https://kubernetes.io/docs/concepts/overview/working-with-objects/annotations/ */
const mostAnnotations = 256 * 1024

/** Nobody's pod has as many; each gets some hundred bytes of patch. */
const mostContainers = 500

/** References in the environments of a pod: more of them are more than the 1.5 MiB that etcd takes. */
const mostReferences = 10_000

const tooLarge = (message: string): Problem => ({ reason: 'bad-value', message })

/** What no API server would store is not worth the time it takes to decide about it, in which all others wait. */
export const sizeProblem = (pod: Pod): Problem | undefined => {
  let size = 0
  for (const [key, value] of Object.entries<unknown>(pod.metadata?.annotations ?? {}))
    size += key.length + (typeof value === 'string' ? value.length : 0)
  if (size > mostAnnotations)
    return tooLarge(`the annotations of the pod are longer than the ${mostAnnotations} bytes that Kubernetes takes`)
  const count = containersIn(pod).length
  return count > mostContainers
    ? tooLarge(`the pod has ${count} containers; podvault looks after ${mostContainers} at most`)
    : undefined
}

/** @param variables for each of so many containers */
export const referencesProblem = (variables: number, containers: number): Problem | undefined =>
  variables * containers > mostReferences
    ? tooLarge(
        `${variables} variables in the environment of ${containers} containers are more than fits into a pod; name fewer containers in podvault.dev/containers, or set podvault.dev/env: file`,
      )
    : undefined
