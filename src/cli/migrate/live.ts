import { isRecord, member } from '../../shape.ts'
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
 * @param selector of workloads
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
  const [found, configMaps, ...objects] = await Promise.all([
    kubectl('get', workloads, ...scope, ...selector),
    ask('no ConfigMap is known', kubectl('get', 'configmaps', ...scope)),
    operator(synced, ...scope),
    operator(logins, '--all-namespaces'),
  ])
  const known = await lookAround(kubectl, ask)
  return {
    documents: [topmost(found), configMaps, ...objects],
    known: { ...known, configMap: knownConfigMaps([configMaps], '') },
    notes,
  }
}

type Owner = { readonly uid: string }

/** Of a Deployment, its ReplicaSets and their pods, the Deployment; of an owner that is not read, one of its objects. */
const topmost = (list: unknown): unknown => {
  const items = isRecord(list) && Array.isArray(list['items']) ? list['items'].filter(isRecord) : []
  const read = new Set(items.map(item => member(metadataOf(item), 'uid')))
  const tops = new Map<unknown, Readonly<Record<string, unknown>>>()
  for (const item of items) {
    const owner = ownerOf(item)
    if (owner === undefined) tops.set(metadataOf(item)['uid'], item)
    else if (!read.has(owner.uid) && isInUse(item)) tops.set(owner.uid, item)
  }
  return { apiVersion: 'v1', kind: 'List', items: [...tops.values()] }
}

const metadataOf = (item: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  isRecord(item['metadata']) ? item['metadata'] : {}

const ownerOf = (item: Readonly<Record<string, unknown>>): Owner | undefined => {
  const { ownerReferences } = metadataOf(item)
  const owners: readonly unknown[] = Array.isArray(ownerReferences) ? ownerReferences : []
  return owners.filter(isRecord).find(({ controller }) => controller === true) as Owner | undefined
}

/** A ReplicaSet without replicas is what is left of an older version. */
const isInUse = ({ spec }: Readonly<Record<string, unknown>>): boolean => !isRecord(spec) || spec['replicas'] !== 0
