import { decide } from '../inject/decide.ts'
import { type Decision, reject } from '../inject/decision.ts'
import type { Pod } from '../inject/pod.ts'
import type { Settings } from '../inject/settings.ts'
import { undoPatch } from '../inject/undo.ts'
import { podProblem } from '../webhook/pod-shape.ts'
import type { Manifest, ManifestDocument } from './documents.ts'
import { below, editDocument, type ManifestOperation } from './edit-document.ts'
import { type Finder, type Workload, workloadsOf } from './workloads.ts'

/** What people and scripts read of a decision. */
export const verdicts = { inject: 'injected', skip: 'skipped', reject: 'refused' } as const

/** What became of a workload; `patch` is for its object, empty where it stays as it is. */
export type Judged<Verdict> = {
  readonly workload: Workload
  readonly verdict: Verdict
  readonly patch: readonly ManifestOperation[]
}

/** A file of manifests after the work, and what was decided about each workload in it. */
export type Edited<Verdict> = { readonly manifest: Manifest; readonly judged: readonly Judged<Verdict>[] }

/**
 * Applies to each pod template of a file the patch that the webhook would send for its pods. What gets none comes back
 * byte for byte.
 */
export const injectManifest = (manifest: Manifest, finder: Finder, settings: Settings): Edited<Decision> =>
  editManifest(manifest, finder, workload => {
    const verdict = judge(workload, settings)
    return { verdict, patch: verdict.kind === 'inject' ? verdict.patch : [] }
  })

/** Takes away from each pod template what podvault has added. */
export const uninjectManifest = (manifest: Manifest, finder: Finder): Edited<'uninjected' | 'not injected'> =>
  editManifest(manifest, finder, ({ pod }) => {
    const read = readPod(pod)
    const patch = 'problem' in read ? [] : undoPatch(read.pod)
    return { verdict: patch.length > 0 ? 'uninjected' : 'not injected', patch }
  })

const editManifest = <Verdict>(
  { name, documents }: Manifest,
  finder: Finder,
  decideOn: (workload: Workload) => Omit<Judged<Verdict>, 'workload'>,
): Edited<Verdict> => {
  const edited = documents.map(document => editWorkloads(document, name, finder, decideOn))
  return {
    manifest: { name, documents: edited.map(({ document }) => document) },
    judged: edited.flatMap(({ judged }) => judged),
  }
}

const editWorkloads = <Verdict>(
  document: ManifestDocument,
  name: string,
  finder: Finder,
  decideOn: (workload: Workload) => Omit<Judged<Verdict>, 'workload'>,
): { readonly document: ManifestDocument; readonly judged: readonly Judged<Verdict>[] } => {
  const judged = workloadsOf(document.value, finder).map((workload): Judged<Verdict> => {
    const { verdict, patch } = decideOn(workload)
    return { workload, verdict, patch: below(workload.template, patch) }
  })
  const operations = judged.flatMap(({ workload, patch }) => below(workload.object, patch))
  return { document: editDocument(document, name, operations), judged }
}

/** A workload's pod as decisions read it: a copy in which null is nothing. */
export const readPod = (pod: unknown): { readonly pod: Pod } | { readonly problem: string } => {
  const copy: unknown = structuredClone(pod)
  const problem = podProblem(copy, 'the pod')
  return problem === undefined ? { pod: copy as Pod } : { problem }
}

/** What the webhook would say to the workload's pods. */
export const judge = ({ pod, namespace }: Workload, settings: Settings): Decision => {
  const read = readPod(pod)
  return 'problem' in read
    ? reject([{ reason: 'bad-request', message: read.problem }])
    : decide(read.pod, namespace, settings)
}
