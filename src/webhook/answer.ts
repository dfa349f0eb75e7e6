import type { Decision } from '../inject/decision.ts'
import type { Reason } from '../inject/reasons.ts'
import type { Engine } from '../inject/settings.ts'
import type { AdmissionRequest } from './admission-request.ts'
import { cut, shortWarnings } from './cut.ts'
import type { Notice } from './events.ts'
import { type Named, namedIn } from './owner.ts'
import { tooHeavy } from './weight.ts'

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

/** What logs, metrics and spans may know of a review: of the object itself no more than what it is called. */
export type Facts = Named & {
  readonly uid?: string
  readonly namespace?: string
  /** `allow`: a ConfigMap, as it is. */
  readonly decision: Decision['kind'] | 'allow'
  readonly reason: Reason
  /** Of an injection. */
  readonly engine?: Engine
  readonly dryRun?: true
}

export type Answered = {
  readonly kind: 'answered'
  /** The AdmissionReview to send back. */
  readonly text: string
  readonly facts: Facts
  /** To be told to the owner of the pod, behind the answer. */
  readonly notice?: Notice
  /** There when podvault itself failed. */
  readonly error?: Error
}

export type Reviewed =
  | Answered
  /** Nothing to answer to: the sentence goes back with HTTP status 400. */
  | { readonly kind: 'unreadable'; readonly message: string; readonly facts: Facts }

/** Hands the JSON of a body on. */
export const readText = (text: string, review: (body: unknown) => Reviewed): Reviewed => {
  const problem = tooHeavy(text)
  if (problem !== undefined) return unreadable(problem)
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    // The parser's own message quotes the body.
    return unreadable('the body is no JSON')
  }
  return review(body)
}

export const unreadable = (message: string): Reviewed => ({
  kind: 'unreadable',
  message,
  facts: { decision: 'reject', reason: 'bad-request' },
})

export const answered = (
  { uid, namespace, object, dryRun }: AdmissionRequest,
  response: AdmissionResponse,
  { decision, reason, engine }: Pick<Facts, 'decision' | 'reason' | 'engine'>,
): Answered => ({
  kind: 'answered',
  text: `{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":${json(response)}}`,
  facts: {
    uid,
    namespace,
    ...namedIn(object),
    decision,
    reason,
    ...(engine !== undefined && { engine }),
    ...(dryRun && { dryRun }),
  },
})

/** The patch is base64, in which nothing needs escaping: it is most of the answer, and is not read once more. */
const json = ({ patch, ...response }: AdmissionResponse): string => {
  const text = JSON.stringify(response)
  return patch === undefined ? text : `${text.slice(0, -1)},"patch":"${patch}"}`
}

export const denial = (uid: string, reason: Reason, message: string): AdmissionResponse => ({
  uid,
  allowed: false,
  status: { ...statusOf(reason), message: cut(message, longestMessage) },
  auditAnnotations: { decision: 'reject', reason },
})

const statusOf = (reason: Reason): { readonly code: number; readonly reason: string } => {
  if (reason === 'not-allowed') return { code: 403, reason: 'Forbidden' }
  if (reason === 'internal-error') return { code: 500, reason: 'InternalError' }
  return { code: 400, reason: 'BadRequest' }
}

/** Bytes of what a person reads, whatever the input. */
export const longestMessage = 1024

export const warningsOf = (warnings: readonly string[]): Pick<AdmissionResponse, 'warnings'> =>
  warnings.length === 0 ? {} : { warnings: shortWarnings(warnings) }
