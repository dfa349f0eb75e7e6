import type { AddOperation } from 'fast-json-patch'
import type { Container, Pod, Volume } from './pod.ts'
import type { Wiring } from './wiring.ts'

export type Operation = AddOperation<unknown>

/** What is to be added to a pod; empty lists where everything is there already. */
export type Additions = {
  readonly volumes: readonly Volume[]
  readonly containers: readonly Placed[]
  readonly wirings: readonly Wiring[]
  /** Set where it must be; undefined leaves it alone. */
  readonly shareProcessNamespace?: boolean
  /** By full name; takes the place of what is there. */
  readonly annotations: Readonly<Record<string, string>>
}

/** A container, and where in which list it is to stand; those of one list in the order of their indexes. */
export type Placed = {
  readonly list: 'containers' | 'initContainers'
  readonly at: number
  readonly container: Container
}

/**
 * JSON Patch that makes the additions and touches nothing else. Built, not diffed: a diff rewrites every shifted element.
 * Only `add`, parents first, and by index only where the order matters. https://datatracker.ietf.org/doc/html/rfc6902
 */
export const buildPatch = (pod: Pod, additions: Additions): readonly Operation[] => [
  ...append('/spec/volumes', pod.spec?.volumes, additions.volumes),
  // Before the login moves the init containers behind it by one or two.
  ...additions.wirings.flatMap(wiringOperations),
  ...(['initContainers', 'containers'] as const).flatMap(list => placeAll(pod, list, additions.containers)),
  ...(additions.shareProcessNamespace === undefined
    ? []
    : [add('/spec/shareProcessNamespace', additions.shareProcessNamespace)]),
  ...Object.entries(additions.annotations).map(([name, value]) =>
    add(`/metadata/annotations/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`, value),
  ),
]

const placeAll = (pod: Pod, list: Placed['list'], containers: readonly Placed[]): readonly Operation[] => {
  const placed = containers.filter(each => each.list === list)
  const [path, present] = [`/spec/${list}`, pod.spec?.[list]]
  return isAbsent(present)
    ? whole(
        path,
        placed.map(({ container }) => container),
      )
    : placed.map(({ at, container }) => add(`${path}/${at}`, container))
}

const wiringOperations = ({ list, index, container, mounts, env, lateEnv }: Wiring): readonly Operation[] => [
  ...append(`/spec/${list}/${index}/volumeMounts`, container.volumeMounts, mounts),
  // In front, so that the app's own variables may refer to them as $(NAME).
  ...insert(`/spec/${list}/${index}/env`, container.env, 0, env),
  ...append(`/spec/${list}/${index}/env`, container.env, lateEnv),
]

const add = (path: string, value: unknown): Operation => ({ op: 'add', path, value })

const append = (
  path: string,
  present: readonly unknown[] | undefined,
  items: readonly unknown[],
): readonly Operation[] => (isAbsent(present) ? whole(path, items) : items.map(item => add(`${path}/-`, item)))

const insert = (
  path: string,
  present: readonly unknown[] | undefined,
  at: number,
  items: readonly unknown[],
): readonly Operation[] =>
  isAbsent(present) ? whole(path, items) : items.map((item, index) => add(`${path}/${at + index}`, item))

/** A list written as null is as good as none, and an `add` of the whole list replaces either. */
const isAbsent = (present: readonly unknown[] | null | undefined): boolean => present === undefined || present === null

const whole = (path: string, items: readonly unknown[]): readonly Operation[] =>
  items.length === 0 ? [] : [add(path, items)]
