import type { ParsedSecretsFile } from '../inject/secrets-file.ts'
import type { Settings } from '../inject/settings.ts'
import { type ConfigMap, secretsFilesOf } from './configmap.ts'

type Files = ReadonlyMap<string, ParsedSecretsFile>

/** The secrets files of all ConfigMaps that are watched, parsed once when they arrive. */
export type ConfigMapStore = {
  readonly lookup: Settings['configMap']
  /** What it holds now; undefined where there is no room for it, and nothing is known of it any more. */
  readonly put: (configMap: ConfigMap) => Files | undefined
  readonly remove: (configMap: Pick<ConfigMap, 'namespace' | 'name'>) => void
  /** Forgets what is not among these, each as namespace/name, and gives the names of what it has forgotten. */
  readonly keepOnly: (names: ReadonlySet<string>) => readonly string[]
  readonly size: () => number
}

/** Bytes of memory, roughly. Of all ConfigMaps, and of those of one namespace: none shall crowd out the others. */
export type Room = { readonly all: number; readonly namespace: number }

export const usualRoom: Room = { all: 48 * 2 ** 20, namespace: 12 * 2 ** 20 }

/** Of a file with more problems no sentence could name the rest. */
const mostProblems = 50

type Known = { readonly resourceVersion: string; readonly files: Files; readonly weight: number }

export const nameOf = ({ namespace, name }: Pick<ConfigMap, 'namespace' | 'name'>): string => `${namespace}/${name}`

export const createConfigMapStore = (room: Room = usualRoom): ConfigMapStore => {
  const known = new Map<string, Known>()
  const weights = new Map<string, number>()
  let total = 0
  const weigh = (name: string, weight: number): void => {
    const namespace = namespaceIn(name)
    const left = (weights.get(namespace) ?? 0) + weight
    total += weight
    if (left > 0) weights.set(namespace, left)
    else weights.delete(namespace)
  }
  const forget = (name: string): void => {
    weigh(name, -(known.get(name)?.weight ?? 0))
    known.delete(name)
  }
  return {
    lookup: (namespace, name) => known.get(nameOf({ namespace, name }))?.files,
    put: configMap => {
      const name = nameOf(configMap)
      const before = known.get(name)
      if (before?.resourceVersion === configMap.resourceVersion) return before.files
      forget(name)
      const files = bounded(secretsFilesOf(configMap))
      const weight = weightOf(configMap, files)
      if (total + weight > room.all || (weights.get(configMap.namespace) ?? 0) + weight > room.namespace)
        return undefined
      known.set(name, { resourceVersion: configMap.resourceVersion, files, weight })
      weigh(name, weight)
      return files
    },
    remove: configMap => forget(nameOf(configMap)),
    keepOnly: names => {
      const gone = [...known.keys()].filter(name => !names.has(name))
      for (const name of gone) forget(name)
      return gone
    },
    size: () => known.size,
  }
}

const namespaceIn = (name: string): string => name.slice(0, name.indexOf('/'))

const bounded = (files: Files): Files =>
  new Map(
    [...files].map(([key, parsed]) => [
      key,
      'problems' in parsed ? { problems: parsed.problems.slice(0, mostProblems) } : parsed,
    ]),
  )

/** Small objects take about four times the memory of their JSON; and pieces of a text may keep all of it. */
const weightOf = ({ data }: ConfigMap, files: Files): number => {
  let weight = 1024
  for (const [key, parsed] of files)
    weight += 4 * JSON.stringify(parsed).length + ('entries' in parsed ? 2 * String(data[key]).length : 0)
  return weight
}
