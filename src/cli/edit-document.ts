import { isDeepStrictEqual } from 'node:util'
import jsonpatch from 'fast-json-patch'
import { PodvaultError, sentence } from '../errors.ts'
import type { Operation } from '../inject/patch.ts'
import type { UndoOperation } from '../inject/undo.ts'
import { type ManifestDocument, plain } from './documents.ts'
import { changeText, type Path, type TextChange } from './edit-manifest.ts'

export type ManifestOperation = Operation | UndoOperation

/** Operations on a pod as operations on what holds it. */
export const below = (path: Path, operations: readonly ManifestOperation[]): readonly ManifestOperation[] =>
  operations.map(operation => ({ ...operation, path: path.map(step => `/${step}`).join('') + operation.path }))

/**
 * Applies a patch to the text of a document, so that all it does not touch stays to the byte.
 * @param name of the file, for error messages
 * @throws PodvaultError `failed` where the text is laid out in a way that is not understood; never a wrong document
 */
export const editDocument = (
  document: ManifestDocument,
  name: string,
  operations: readonly ManifestOperation[],
): ManifestDocument => {
  if (operations.length === 0) return document
  try {
    const text = changeText(document.text, operations.map(changeOf))
    const value = plain(text, name)
    if (!isDeepStrictEqual(value, patched(document.value, operations)))
      throw new Error('its aliases or its layout are not understood')
    return { text, value }
  } catch (cause) {
    const hint = 'write it without anchors and aliases, or apply it and let the webhook do its work'
    throw new PodvaultError('failed', `${name} cannot be edited: ${sentence(cause)}`, { hint, cause })
  }
}

const changeOf = (operation: ManifestOperation): TextChange => {
  const path = operation.path
    .split('/')
    .slice(1)
    .map(step => step.replaceAll('~1', '/').replaceAll('~0', '~'))
  if (operation.op !== 'replace') return { ...operation, path }
  return operation.value === null ? { op: 'empty', path } : { op: 'add', path, value: operation.value }
}

const patched = (value: unknown, operations: readonly ManifestOperation[]): unknown =>
  jsonpatch.applyPatch(value, structuredClone(operations) as Operation[], true, false).newDocument
