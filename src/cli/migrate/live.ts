import { isRecord } from '../../shape.ts'
import { ownerOf } from '../../webhook/owner.ts'
import { knownConfigMaps } from '../known-config-maps.ts'
import type { Kubectl } from '../kubectl.ts'
import { asking, lookAround } from '../live.ts'
import type { Known } from '../offline.ts'

/** What a cluster has of the older tools, and what decides there. */
export type Surveyed = {
  readonly documents: readonly unknown[]
  readonly known: Known
  readonly notes: readonly string[]
}

const workloads = 'deployments,statefulsets,daemonsets,replicasets,replicationcontrollers,jobs,cronjobs,pods'
const ofOperator = (...kinds: readonly string[]): string => kinds.map(kind => `${kind}.secrets.hashicorp.com`).join(',')
const synced = ofOperator('vaultstaticsecrets', 'vaultdynamicsecrets', 'vaultpkisecrets')
const logins = ofOperator('vaultauths', 'vaultconnections')

/**
 * Reads a cluster, Secrets never. What nobody can read is left out, and said.
 * @param scope the words of kubectl that say which namespaces
 * @param selector of workloads; what is chosen by the labels of its pods alone counts, too
 */
export const survey = async (
  kubectl: Kubectl,
  scope: readonly string[],
  selector: readonly string[],
): Promise<Surveyed> => {
  const notes: string[] = []
  const ask = asking(notes)
  const operator = async (kinds: string, ...where: readonly string[]): Promise<unknown> =>
    kubectl('get', kinds, ...where).catch((error: unknown) => {
      if (!/resource type/.test(String(error)))
        notes.push(`the objects of the Secrets Operator are unknown: ${String(error)}`)
      return undefined
    })
  const found = kubectl('get', workloads, ...scope)
  const [all, chosen, configMaps, ...objects] = await Promise.all([
    found,
    selector.length === 0 ? found : kubectl('get', workloads, ...scope, ...selector),
    ask('no ConfigMap is known', kubectl('get', 'configmaps', ...scope)),
    operator(synced, ...scope),
    operator(logins, '--all-namespaces'),
  ])
  const known = await lookAround(kubectl, ask)
  return {
    documents: [topmost(itemsOf(all), itemsOf(chosen)), configMaps, ...objects],
    known: { ...known, configMap: knownConfigMaps([configMaps], '') },
    notes,
  }
}

type Item = Readonly<Record<string, unknown>>

/** Of a Deployment, its ReplicaSets and their pods, the Deployment; of an owner that is not read, one of its objects. */
const topmost = (all: readonly Item[], chosen: readonly Item[]): unknown => {
  const read = new Map(all.map(item => [metadataOf(item)['uid'], item]))
  const tops = new Map<unknown, Item>()
  for (const item of chosen) {
    const top = climb(item, read, new Set())
    const owner = ownerOf(top)?.uid
    // A ReplicaSet without replicas is what is left of an older version.
    if (owner === undefined) tops.set(metadataOf(top)['uid'], top)
    else if (isInUse(top)) tops.set(owner, top)
  }
  return { apiVersion: 'v1', kind: 'List', items: [...tops.values()] }
}

const climb = (item: Item, read: ReadonlyMap<unknown, Item>, seen: Set<unknown>): Item => {
  const owner = ownerOf(item)?.uid
  const above = owner === undefined || seen.has(owner) ? undefined : read.get(owner)
  return above === undefined ? item : climb(above, read, seen.add(owner))
}

const itemsOf = (list: unknown): readonly Item[] =>
  isRecord(list) && Array.isArray(list['items']) ? list['items'].filter(isRecord) : []

const isInUse = ({ spec }: Item): boolean => !isRecord(spec) || spec['replicas'] !== 0

const metadataOf = (item: Item): Item => (isRecord(item['metadata']) ? item['metadata'] : {})
