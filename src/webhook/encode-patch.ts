import jsonpatch, { type JsonPatchError } from 'fast-json-patch'
import type { Operation } from '../inject/patch.ts'

/**
 * A patch as the API server takes it: base64 of its JSON. It is applied to the pod first, in place, because one that does
 * not apply kills the pod even under `failurePolicy: Ignore`.
 * @throws Error naming the operation, without anything of the pod
 */
export const encodePatch = (pod: unknown, patch: readonly Operation[]): string => {
  // Before it is applied: operations below an added value write into that very value.
  const encoded = Buffer.from(JSON.stringify(patch)).toString('base64')
  try {
    jsonpatch.applyPatch(pod, patch, true)
  } catch (error) {
    const { name, index } = error as JsonPatchError
    // oxlint-disable-next-line preserve-caught-error -- its message holds the whole pod
    throw new Error(`operation ${index ?? '?'} of the patch does not apply (${name})`)
  }
  return encoded
}
