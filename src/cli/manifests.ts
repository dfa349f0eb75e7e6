import { isDeepStrictEqual } from 'node:util'
import jsonpatch from 'fast-json-patch'
import { LineCounter, parseAllDocuments, parseDocument } from 'yaml'
import { PodvaultError, sentence } from '../errors.ts'
import { decide } from '../inject/decide.ts'
import type { Decision } from '../inject/decision.ts'
import type { Operation } from '../inject/patch.ts'
import type { Pod } from '../inject/pod.ts'
import type { Settings } from '../inject/settings.ts'
import { podProblem } from '../webhook/pod-shape.ts'
import { addToText, type Path, yamlOptions } from './edit-manifest.ts'
import { type Workload, workloadsOf } from './workloads.ts'

export type Judged = { readonly workload: Workload; readonly decision: Decision }

/** A file of manifests with podvault's patches applied, and what was decided about each workload in it. */
export type Injected = { readonly text: string; readonly judged: readonly Judged[] }

/**
 * Applies to each pod template of a file the patch that the webhook would send for its pods. Documents that get none
 * come back byte for byte.
 * @param name of the file, for error messages
 * @throws PodvaultError `usage` naming line and column where it is no YAML
 */
export const injectManifests = (text: string, name: string, settings: Settings): Injected => {
  const documents = splitDocuments(text, name).map(document => injectDocument(document, name, settings))
  return { text: documents.map(document => document.text).join(''), judged: documents.flatMap(({ judged }) => judged) }
}

/** Cuts a file before each document; what stands between two belongs to the one above. */
const splitDocuments = (text: string, name: string): readonly string[] => {
  const lineCounter = new LineCounter()
  const documents = [...parseAllDocuments(text, { ...yamlOptions, lineCounter })]
  const [error] = documents.flatMap(({ errors }) => errors)
  if (error !== undefined) {
    const { line, col } = lineCounter.linePos(error.pos[0])
    throw new PodvaultError('usage', `${name}:${line}:${col}: this is no YAML: ${error.message}`)
  }
  const starts = [0, ...documents.slice(1).map(({ range }) => range[0])]
  return starts.map((start, index) => text.slice(start, starts[index + 1]))
}

const injectDocument = (text: string, name: string, settings: Settings): Injected => {
  const original = plain(text, name)
  const judged = workloadsOf(original).map(workload => ({ workload, decision: judge(workload, settings) }))
  const additions = judged.flatMap(({ workload: { path }, decision }) =>
    decision.kind === 'inject' ? decision.patch.map(operation => ({ path, operation })) : [],
  )
  if (additions.length === 0) return { text, judged }
  try {
    const edited = additions.reduce(
      (before, { path, operation }) => addToText(before, [...path, ...steps(operation)], operation.value),
      text,
    )
    if (!isDeepStrictEqual(plain(edited, name), patched(original, additions)))
      throw new Error('its aliases or its layout are not understood')
    return { text: edited, judged }
  } catch (cause) {
    const hint = 'write it without anchors and aliases, or apply it and let the webhook inject'
    throw new PodvaultError('failed', `${name} cannot be edited: ${sentence(cause)}`, { hint, cause })
  }
}

/** A document as plain JSON, nothing shared in it. */
const plain = (text: string, name: string): unknown => {
  try {
    const document = parseDocument(text, yamlOptions)
    const [error] = document.errors
    if (error !== undefined) throw error
    return JSON.parse(JSON.stringify(document.toJS() ?? null))
  } catch (cause) {
    // The parser gives up on aliases that multiply.
    throw new PodvaultError('usage', `${name} cannot be read: ${sentence(cause)}`, { cause })
  }
}

const judge = ({ pod, namespace }: Workload, settings: Settings): Decision => {
  const copy: unknown = structuredClone(pod)
  const problem = podProblem(copy, 'the pod')
  if (problem === undefined) return decide(copy as Pod, namespace, settings)
  return {
    kind: 'reject',
    reason: 'bad-request',
    problems: [{ reason: 'bad-request', message: problem }],
    message: problem,
  }
}

type Addition = { readonly path: Path; readonly operation: Operation }

const steps = ({ path }: Operation): Path =>
  path
    .split('/')
    .slice(1)
    .map(step => step.replaceAll('~1', '/').replaceAll('~0', '~'))

const patched = (document: unknown, additions: readonly Addition[]): unknown => {
  const operations = additions.map(({ path, operation }) => ({
    ...operation,
    path: path.map(step => `/${step}`).join('') + operation.path,
  }))
  return jsonpatch.applyPatch(document, structuredClone(operations), true, false).newDocument
}
