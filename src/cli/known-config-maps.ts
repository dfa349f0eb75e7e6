import { isTemplateKey } from '../contract.ts'
import { secretsFileLabel } from '../inject/files.ts'
import { readSecretsFile } from '../inject/read-secrets-file.ts'
import type { ParsedSecretsFile } from '../inject/secrets-file.ts'
import type { Settings } from '../inject/settings.ts'
import { isRecord, member } from '../shape.ts'

/**
 * Knows the secrets files of the labelled ConfigMaps among these documents, those of Lists included.
 * @param namespace of objects that name none
 */
export const knownConfigMaps = (documents: readonly unknown[], namespace: string): Settings['configMap'] => {
  const known = new Map(documents.flatMap(objectsIn).flatMap(object => secretsFilesOf(object, namespace)))
  return (of, name) => known.get(`${of}/${name}`)
}

const objectsIn = (document: unknown): readonly Readonly<Record<string, unknown>>[] => {
  if (!isRecord(document)) return []
  const { items } = document
  return Array.isArray(items) ? items.flatMap(objectsIn) : [document]
}

export const isConfigMap = (value: unknown): boolean =>
  isRecord(value) && value['kind'] === 'ConfigMap' && value['apiVersion'] === 'v1'

type Known = readonly [string, ReadonlyMap<string, ParsedSecretsFile>]

const secretsFilesOf = (object: Readonly<Record<string, unknown>>, namespace: string): readonly Known[] => {
  const { metadata, data } = object
  if (!isConfigMap(object) || !isRecord(metadata)) return []
  const { labels, name, namespace: own = namespace } = metadata
  if (!isRecord(labels) || member(labels, secretsFileLabel) !== 'true') return []
  const files = Object.entries(isRecord(data) ? data : {}).flatMap(([key, text]) =>
    typeof text === 'string' && !isTemplateKey(key) ? [[key, readSecretsFile(text)] as const] : [],
  )
  return [[`${String(own)}/${String(name)}`, new Map(files)]]
}
