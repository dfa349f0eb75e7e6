import { decide } from '../inject/decide.ts'
import type { Decision, Injection } from '../inject/decision.ts'
import type { Pod } from '../inject/pod.ts'
import type { Reason } from '../inject/reasons.ts'
import type { Settings } from '../inject/settings.ts'
import { type AdmissionRequest, isPodCreate, readRequest } from './admission-request.ts'
import { cut, shortWarnings } from './cut.ts'
import { encodePatch } from './encode-patch.ts'
import { podProblem } from './pod-shape.ts'

/** What the webhook sends back, https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/ */
export type AdmissionResponse = {
  readonly uid: string
  readonly allowed: boolean
  readonly patchType?: 'JSONPatch'
  /** JSON Patch in base64. */
  readonly patch?: string
  readonly status?: { readonly code: number; readonly reason: string; readonly message: string }
  readonly warnings?: readonly string[]
  readonly auditAnnotations?: Readonly<Record<string, string>>
}

/** What logs and metrics may know of a review: never anything of the pod itself. */
export type Facts = {
  readonly uid?: string
  readonly namespace?: string
  readonly decision: Decision['kind']
  readonly reason: Reason
}

export type Reviewed =
  /** `text` is the AdmissionReview to send back; `error` is there when podvault itself failed. */
  | { readonly kind: 'answered'; readonly text: string; readonly facts: Facts; readonly error?: Error }
  /** Nothing to answer to: the sentence goes back with HTTP status 400. */
  | { readonly kind: 'unreadable'; readonly message: string; readonly facts: Facts }

/** Answers an AdmissionReview given as JSON. */
export const reviewText = (text: string, settings: Settings): Reviewed => {
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    // The parser's own message quotes the body.
    return unreadable('the body is no JSON')
  }
  return review(body, settings)
}

/** Answers an AdmissionReview, whatever it holds. Takes `body` over: the patch is tried on the very pod in it. */
export const review = (body: unknown, settings: Settings): Reviewed => {
  const read = readRequest(body)
  if ('problem' in read) return unreadable(read.problem)
  const { uid, namespace } = read.request
  const { decision, error } = decisionOn(read.request, settings)
  const response = answer(uid, decision)
  return {
    kind: 'answered',
    text: `{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":${json(response)}}`,
    facts: { uid, namespace, decision: decision.kind, reason: decision.reason },
    ...(error !== undefined && { error }),
  }
}

/** The patch is base64, in which nothing needs escaping: it is most of the answer, and is not read once more. */
const json = ({ patch, ...response }: AdmissionResponse): string => {
  const text = JSON.stringify(response)
  return patch === undefined ? text : `${text.slice(0, -1)},"patch":"${patch}"}`
}

const unreadable = (message: string): Reviewed => ({
  kind: 'unreadable',
  message,
  facts: { decision: 'reject', reason: 'bad-request' },
})

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
      return {
        uid,
        allowed: false,
        status: { ...statusOf(reason), message: cut(decision.message, longestMessage) },
        auditAnnotations: { decision: verdict, reason },
      }
  }
}

const statusOf = (reason: Reason): { readonly code: number; readonly reason: string } => {
  if (reason === 'not-allowed') return { code: 403, reason: 'Forbidden' }
  if (reason === 'internal-error') return { code: 500, reason: 'InternalError' }
  return { code: 400, reason: 'BadRequest' }
}

/** Bytes, whatever the input. */
const longestMessage = 4096

const warningsOf = (warnings: readonly string[]): { readonly warnings?: readonly string[] } =>
  warnings.length === 0 ? {} : { warnings: shortWarnings(warnings) }
