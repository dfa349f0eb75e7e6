import type { AddOperation } from 'fast-json-patch'
import type { Container, Pod, Volume } from './pod.ts'
import { statusAnnotation } from './status.ts'
import type { Wiring } from './wiring.ts'

export type Operation = AddOperation<unknown>

/** What is to be added to a pod; empty lists where everything is there already. */
export type Additions = {
  readonly volumes: readonly Volume[]
  readonly containers: readonly Container[]
  /** Index in the init containers at which `containers` go. */
  readonly at: number
  readonly wirings: readonly Wiring[]
  readonly status: string
}

/**
 * JSON Patch that makes the additions and touches nothing else. Built, not diffed: a diff rewrites every shifted element.
 * Only `add`, parents first, and by index only where the order matters. https://datatracker.ietf.org/doc/html/rfc6902
 */
export const buildPatch = (pod: Pod, additions: Additions): readonly Operation[] => [
  ...append('/spec/volumes', pod.spec?.volumes, additions.volumes),
  // Before the login moves the init containers behind it by one or two.
  ...additions.wirings.flatMap(wiringOperations),
  ...insert('/spec/initContainers', pod.spec?.initContainers, additions.at, additions.containers),
  add(`/metadata/annotations/${statusAnnotation.replace('/', '~1')}`, additions.status),
]

const wiringOperations = ({ list, index, container, mounts, env }: Wiring): readonly Operation[] => [
  ...append(`/spec/${list}/${index}/volumeMounts`, container.volumeMounts, mounts),
  // In front, so that the app's own variables may refer to them as $(NAME).
  ...insert(`/spec/${list}/${index}/env`, container.env, 0, env),
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
