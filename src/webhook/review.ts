import { decide } from '../inject/decide.ts'
import type { Decision, Injection } from '../inject/decision.ts'
import type { Pod } from '../inject/pod.ts'
import type { Reason } from '../inject/reasons.ts'
import type { Settings } from '../inject/settings.ts'
import { type AdmissionRequest, isPodCreate, readRequest } from './admission-request.ts'
import {
  type AdmissionResponse,
  answered,
  denial,
  type Facts,
  longestMessage,
  readText,
  type Reviewed,
  unreadable,
  warningsOf,
} from './answer.ts'
import { cut } from './cut.ts'
import { encodePatch } from './encode-patch.ts'
import type { Notice } from './events.ts'
import { ownerOf } from './owner.ts'
import { podProblem } from './pod-shape.ts'

/** Answers an AdmissionReview of a pod given as JSON. */
export const reviewText = (text: string, settings: Settings): Reviewed => readText(text, body => review(body, settings))

/** Answers an AdmissionReview of a pod, whatever it holds. Takes `body` over: the patch is tried on the very pod in it. */
export const review = (body: unknown, settings: Settings): Reviewed => {
  const read = readRequest(body)
  if ('problem' in read) return unreadable(read.problem)
  const { request } = read
  const { decision, error } = decisionOn(request, settings)
  const notice = noticeOf(request, decision)
  return {
    ...answered(request, answer(request.uid, decision), verdictOf(decision)),
    ...(notice !== undefined && { notice }),
    ...(error !== undefined && { error }),
  }
}

/** A decision whose patch has been tried and encoded. */
type Tried = Exclude<Decision, { readonly kind: 'inject' }> | (Omit<Injection, 'patch'> & { readonly patch: string })

const decisionOn = (
  request: AdmissionRequest,
  settings: Settings,
): { readonly decision: Tried; readonly error?: Error } => {
  if (!isPodCreate(request)) return { decision: { kind: 'skip', reason: 'not-a-pod-create', warnings: [] } }
  const problem =
    request.namespace === '' ? 'request.namespace is missing' : podProblem(request.object, 'request.object')
  if (problem !== undefined) return { decision: refusal('bad-request', problem) }
  try {
    const decision = decide(request.object as Pod, request.namespace, settings)
    if (decision.kind !== 'inject') return { decision }
    return { decision: { ...decision, patch: encodePatch(request.object, decision.patch) } }
  } catch (thrown) {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown))
    const message = `podvault itself failed on this pod: ${error.message}; please report it`
    return { decision: refusal('internal-error', message), error }
  }
}

const verdictOf = (decision: Tried): Pick<Facts, 'decision' | 'reason' | 'engine'> => ({
  decision: decision.kind,
  reason: decision.reason,
  ...(decision.kind === 'inject' && { engine: decision.engine }),
})

const refusal = (reason: Reason, message: string): Tried => ({
  kind: 'reject',
  reason,
  problems: [{ reason, message }],
  message,
})

const answer = (uid: string, decision: Tried): AdmissionResponse => {
  const { kind: verdict, reason } = decision
  switch (decision.kind) {
    case 'skip':
      return { uid, allowed: true, ...warningsOf(decision.warnings), auditAnnotations: { decision: verdict, reason } }
    case 'inject':
      return {
        uid,
        allowed: true,
        patchType: 'JSONPatch',
        patch: decision.patch,
        ...warningsOf(decision.warnings),
        auditAnnotations: { decision: verdict, reason, engine: decision.engine, 'config-hash': decision.hash },
      }
    case 'reject':
      return denial(uid, reason, decision.message)
  }
}

/** Reasons to leave a pod alone that its owner does not expect. */
const surprising: readonly Reason[] = ['system-namespace']

/** What the owner of the pod should hear; whoever creates a pod by hand sees the answer itself. */
const noticeOf = ({ namespace, object, dryRun }: AdmissionRequest, decision: Tried): Notice | undefined => {
  const { kind, reason } = decision
  if (dryRun || kind === 'inject' || (kind === 'skip' && !surprising.includes(reason))) return undefined
  const owner = ownerOf(object)
  if (owner === undefined) return undefined
  const message = kind === 'reject' ? decision.message : decision.warnings.join('; ')
  return { namespace, owner, reason, message: cut(message, longestMessage) }
}
