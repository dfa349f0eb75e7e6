import jsonpatch, { type Operation } from 'fast-json-patch'
import type { Container } from '../../pod.ts'
import type { Problem } from '../../reasons.ts'
import { isRecord } from '../../../shape.ts'
import { prefix, stages } from '../../vault-k8s/annotations.ts'

type Patched = { readonly container: Container; readonly problems: readonly Problem[] }

/** A container after a JSON patch of the pod's own. https://datatracker.ietf.org/doc/html/rfc6902 */
export const patched = (key: string, text: string, container: Container): Patched => {
  const refused = (stage: keyof typeof stages, words: string): Patched => ({
    container,
    problems: [{ reason: 'bad-value', message: `${stages[stage]}: ${words} ${prefix}${key}` }],
  })
  if (text.trim() === '') return { container, problems: [] }
  const operations = operationsIn(text)
  if (operations === undefined) return refused('defaults', 'error parsing JSON patch for annotation')
  try {
    const { newDocument } = jsonpatch.applyPatch(structuredClone(container), operations, true)
    // It is ours to name, so that it is found again.
    return isRecord(newDocument) && newDocument['name'] === container.name
      ? { container: newDocument, problems: [] }
      : refused('patch', 'what has this name is no longer the container:')
  } catch {
    // The library's own sentence quotes the whole container.
    return refused('patch', 'failed to apply JSON patch:')
  }
}

const operationsIn = (text: string): Operation[] | undefined => {
  try {
    const value: unknown = JSON.parse(text)
    if (value === null) return []
    return Array.isArray(value) && value.every(isRecord) ? (value as unknown as Operation[]) : undefined
  } catch {
    return undefined
  }
}
