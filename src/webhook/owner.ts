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
  const references =
    isRecord(object) && isRecord(object['metadata']) ? object['metadata']['ownerReferences'] : undefined
  if (!Array.isArray(references)) return undefined
  const reference: unknown = references.find(each => isRecord(each) && each['controller'] === true)
  if (!isRecord(reference)) return undefined
  const { apiVersion, kind, name, uid } = reference
  return isName(apiVersion) && isName(kind) && isName(name) && isName(uid) ? { apiVersion, kind, name, uid } : undefined
}

const isName = (value: unknown): value is string => typeof value === 'string' && value !== '' && value.length <= longest
