import type { V1Container, V1Pod, V1Volume } from '@kubernetes/client-node'

/** The client's models as they travel: read-only JSON, dates as strings. */
export type Wire<T> = T extends Date
  ? string
  : T extends readonly (infer E)[]
    ? readonly Wire<E>[]
    : T extends object
      ? { readonly [K in keyof T]: Wire<T[K]> }
      : T

export type Pod = Wire<V1Pod>
export type Container = Wire<V1Container>
export type Volume = Wire<V1Volume>
export type Mount = NonNullable<Container['volumeMounts']>[number]
export type EnvVar = NonNullable<Container['env']>[number]
export type Resources = NonNullable<Container['resources']>

/** All containers of a pod, the init containers first. */
export const containersIn = ({ spec }: Pod): readonly Container[] => [
  ...(spec?.initContainers ?? []),
  ...(spec?.containers ?? []),
]
