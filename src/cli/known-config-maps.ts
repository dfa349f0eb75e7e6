import type { Settings } from '../inject/settings.ts'
import { isRecord } from '../shape.ts'
import { configMapOf, secretsFilesOf } from '../webhook/configmap.ts'

/**
 * Knows the secrets files of the labelled ConfigMaps among these documents, those of Lists included.
 * @param namespace of objects that name none
 */
export const knownConfigMaps = (documents: readonly unknown[], namespace: string): Settings['configMap'] => {
  const known = new Map(documents.flatMap(objectsIn).flatMap(object => filesOf(object, namespace)))
  return (of, name) => known.get(`${of}/${name}`)
}

const objectsIn = (document: unknown): readonly Readonly<Record<string, unknown>>[] => {
  if (!isRecord(document)) return []
  const { items } = document
  return Array.isArray(items) ? items.flatMap(objectsIn) : [document]
}

export const isConfigMap = (value: unknown): boolean =>
  isRecord(value) && value['kind'] === 'ConfigMap' && value['apiVersion'] === 'v1'

type Known = readonly [string, ReturnType<typeof secretsFilesOf>]

const filesOf = (object: Readonly<Record<string, unknown>>, namespace: string): readonly Known[] => {
  const { metadata } = object
  if (!isConfigMap(object) || !isRecord(metadata)) return []
  const configMap = configMapOf({ ...object, metadata: { namespace, ...metadata } })
  return configMap?.isLabelled === true ? [[`${configMap.namespace}/${configMap.name}`, secretsFilesOf(configMap)]] : []
}
