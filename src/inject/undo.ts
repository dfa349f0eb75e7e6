import type { RemoveOperation, ReplaceOperation } from 'fast-json-patch'
import { names } from '../contract.ts'
import type { Additions } from './patch.ts'
import { containersIn, type Container, type EnvVar, type Mount, type Pod } from './pod.ts'
import { asText } from './quote.ts'
import { injectedStatus, readStatus, statusAnnotation, type Undo } from './status.ts'

export type UndoOperation = RemoveOperation | ReplaceOperation<boolean | string | null>

/** The lists that an injection adds to; what is null in a manifest was there all the same. */
const ownLists = ['env', 'volumeMounts'] as const
const podLists = ['volumes', 'initContainers'] as const

/** What somebody must know who wants to take the additions away again, and could not see in the pod. */
export const undoOf = (pod: Pod, { containers, volumes, shareProcessNamespace, annotations }: Additions): Undo => {
  const given = pod.metadata?.annotations ?? {}
  const set = Object.keys(annotations).map(
    name => [name, Object.hasOwn(given, name) ? asText(given[name]) : null] as const,
  )
  const empty = Object.fromEntries([
    ...podLists.flatMap(list => emptyList(list, pod.spec ?? {}, list)),
    ...containersIn(pod).flatMap(container =>
      ownLists.flatMap(list => emptyList(`${container.name}/${list}`, container, list)),
    ),
  ])
  return {
    containers: containers.map(({ container }) => container.name),
    volumes: volumes.map(({ name }) => name),
    ...(shareProcessNamespace !== undefined && { shareProcessNamespace: pod.spec?.shareProcessNamespace ?? null }),
    ...(set.length > 0 && { annotations: Object.fromEntries(set) }),
    ...(Object.keys(empty).length > 0 && { empty }),
  }
}

type Emptied = readonly (readonly [string, null | readonly []])[]

const emptyList = (label: string, parent: object, name: string): Emptied => {
  if (!Object.hasOwn(parent, name)) return []
  const list: unknown = Reflect.get(parent, name)
  if (list === undefined || list === null) return [[label, null]]
  return Array.isArray(list) && list.length === 0 ? [[label, []]] : []
}

/** Two injections of one pod, the second of which found another webhook's container. */
export const bothUndos = (first: Undo | undefined, second: Undo): Undo =>
  first === undefined
    ? second
    : {
        ...second,
        ...first,
        containers: [...first.containers, ...second.containers],
        volumes: [...first.volumes, ...second.volumes],
        ...((first.empty ?? second.empty) && { empty: { ...second.empty, ...first.empty } }),
      }

/**
 * JSON Patch that takes away from a pod what podvault has added to it, to be applied in its order; empty where there is
 * nothing of podvault. What others have added or changed since then stays.
 */
export const undoPatch = (pod: Pod): readonly UndoOperation[] => {
  const annotations = pod.metadata?.annotations ?? {}
  const undo = readStatus(annotations[statusAnnotation])?.undo ?? undoByNames(pod)
  if (undo === undefined) return []
  const { spec } = pod
  return [
    ...(['initContainers', 'containers'] as const).flatMap(list =>
      (spec?.[list] ?? []).flatMap((container, index) =>
        undo.containers.includes(container.name) ? [] : unwire(`/spec/${list}/${index}`, container, undo),
      ),
    ),
    ...(['initContainers', 'containers'] as const).flatMap(list =>
      without(`/spec/${list}`, spec?.[list], ({ name }) => undo.containers.includes(name), undo, list),
    ),
    ...without('/spec/volumes', spec?.volumes, ({ name }) => undo.volumes.includes(name), undo, 'volumes'),
    ...unshare(spec?.shareProcessNamespace, undo.shareProcessNamespace),
    ...unannotate(annotations, undo),
  ]
}

/** The first podvaults did not write down what they had added; all of it was called podvault-something. */
const undoByNames = (pod: Pod): Undo | undefined =>
  injectedStatus(pod) && {
    containers: [names.login, names.renew],
    volumes: (pod.spec?.volumes ?? [])
      .map(({ name }) => name)
      .filter(name => firstVolumes.includes(name) || name.startsWith(names.filesVolume)),
  }

const firstVolumes: readonly string[] = [names.secretsVolume, names.stateVolume, names.tokenVolume, names.caVolume]

const unshare = (now: boolean | undefined, before: boolean | null | undefined): readonly UndoOperation[] => {
  if (before === undefined || now === undefined) return []
  const path = '/spec/shareProcessNamespace'
  return before === null ? [remove(path)] : [{ op: 'replace', path, value: before }]
}

const unannotate = (now: Readonly<Record<string, unknown>>, undo: Undo): readonly UndoOperation[] =>
  Object.entries({ ...undo.annotations, [statusAnnotation]: null })
    .filter(([name]) => Object.hasOwn(now, name))
    .map(([name, value]) => {
      const path = `/metadata/annotations/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`
      return value === null ? remove(path) : { op: 'replace', path, value }
    })

const unwire = (path: string, container: Container, undo: Undo): readonly UndoOperation[] => {
  const isOurs = ({ name }: Mount): boolean => undo.volumes.includes(name)
  return [
    ...without(`${path}/env`, container.env, variable => isOurVariable(variable, undo), undo, `${container.name}/env`),
    ...without(`${path}/volumeMounts`, container.volumeMounts, isOurs, undo, `${container.name}/volumeMounts`),
  ]
}

const isOurVariable = ({ valueFrom }: EnvVar, undo: Undo): boolean => {
  const volume = valueFrom?.fileKeyRef?.volumeName
  return volume !== undefined && undo.volumes.includes(volume)
}

/** A list that holds nothing but ours goes with them, unless it was there before. */
const without = <T>(
  path: string,
  list: readonly T[] | undefined,
  isOurs: (item: T) => boolean,
  { empty }: Undo,
  label: string,
): readonly UndoOperation[] => {
  const present = list ?? []
  const ours = present.flatMap((item, index) => (isOurs(item) ? [index] : []))
  if (ours.length === 0) return []
  const before = empty !== undefined && Object.hasOwn(empty, label) ? empty[label] : undefined
  if (ours.length < present.length || Array.isArray(before))
    return ours.toReversed().map(index => remove(`${path}/${index}`))
  return before === null ? [{ op: 'replace', path, value: null }] : [remove(path)]
}

const remove = (path: string): RemoveOperation => ({ op: 'remove', path })
