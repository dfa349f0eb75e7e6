import { isRecord } from '../shape.ts'

/** The controller that made a pod, as its owner reference names it. */
export type Owner = {
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
  readonly uid: string
}

/** Longer ones come from nobody's controller. */
const longest = 253

/** The controller of an object; undefined where nobody, or nothing readable, is named. */
export const ownerOf = (object: unknown): Owner | undefined => {
  const references = metadataOf(object)?.['ownerReferences']
  if (!Array.isArray(references)) return undefined
  const reference: unknown = references.find(each => isRecord(each) && each['controller'] === true)
  if (!isRecord(reference)) return undefined
  const { apiVersion, kind, name, uid } = reference
  return isName(apiVersion) && isName(kind) && isName(name) && isName(uid) ? { apiVersion, kind, name, uid } : undefined
}

/** What an object is called, for those who look for it in a log. */
export type Named = {
  /** One that ends in "-" is what the API server makes a name from: a controller's pod has none of its own yet. */
  readonly name?: string
  /** Its controller, as `ReplicaSet/web-6d4cf`. */
  readonly owner?: string
}

export const namedIn = (object: unknown): Named => {
  const { name, generateName } = metadataOf(object) ?? {}
  const called = [name, generateName].find(isName)
  const owner = ownerOf(object)
  return { ...(called !== undefined && { name: called }), ...(owner && { owner: `${owner.kind}/${owner.name}` }) }
}

const metadataOf = (object: unknown): Readonly<Record<string, unknown>> | undefined =>
  isRecord(object) && isRecord(object['metadata']) ? object['metadata'] : undefined

const isName = (value: unknown): value is string => typeof value === 'string' && value !== '' && value.length <= longest
