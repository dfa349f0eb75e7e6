import { reject } from '../inject/decision.ts'
import { explain, type Explained } from '../inject/explain.ts'
import { nextSteps } from '../inject/next-steps.ts'
import type { Settings } from '../inject/settings.ts'
import { isRecord, member } from '../shape.ts'
import { readPod } from './manifests.ts'
import type { Workload } from './workloads.ts'

/** What becomes of a workload's pods; what is no pod is refused. @param document that it stands in */
export const explainWorkload = (workload: Workload, document: unknown, settings: Settings): Explained => {
  const { pod, namespace } = workload
  const read = readPod(pod)
  if ('problem' in read) return unreadable(read.problem, settings, namespace)
  const explained = explain(read.pod, namespace, settings)
  return { ...explained, nextStep: misplaced(workload, document) ?? explained.nextStep }
}

const unreadable = (problem: string, settings: Settings, namespace: string): Explained => ({
  ...explain({}, namespace, settings),
  decision: reject([{ reason: 'bad-request', message: problem }]),
  nextStep: nextSteps['bad-request'],
})

/** Annotations on the workload itself, where no pod carries them. */
const misplaced = ({ kind, template, object, pod }: Workload, document: unknown): string | undefined => {
  if (template.length === 0) return undefined
  const top = object.reduce<unknown>((value, step) => Reflect.get(Object(value), step), document)
  const found = ['podvault.dev/inject', 'vault.hashicorp.com/agent-inject'].find(
    name => has(top, name) && !has(pod, name),
  )
  return found === undefined
    ? undefined
    : `${found} stands on the ${kind} itself; move it to ${template.join('.')}.metadata.annotations, which the pods get`
}

const has = (object: unknown, annotation: string): boolean =>
  at(at(at(object, 'metadata'), 'annotations'), annotation) !== undefined

const at = (value: unknown, name: string): unknown => (isRecord(value) ? member(value, name) : undefined)
