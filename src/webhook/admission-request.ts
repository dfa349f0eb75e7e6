import { isRecord } from '../shape.ts'

/** The part of an AdmissionRequest that a review needs; the objects are not checked yet. */
export type AdmissionRequest = {
  readonly uid: string
  readonly namespace: string
  readonly operation: string
  /** group/version/resource/subresource of what is admitted: `/v1/pods/`. */
  readonly resource: string
  readonly object: unknown
  /** What an update replaces. */
  readonly oldObject: unknown
  /** Nothing will come of it, so nobody else may notice it. */
  readonly dryRun: boolean
}

/** Longer ones come from nobody's API server, and go into the log. */
const longest = 253

const isShortText = (value: unknown): value is string => typeof value === 'string' && value.length <= longest

/** A string; empty where it is missing, as the API server leaves out empty ones. */
const optionalText = (value: unknown): string | undefined => {
  if (value === undefined || value === null) return ''
  return isShortText(value) ? value : undefined
}

/** Reads an AdmissionReview. A problem is a sentence for whoever sent it. */
export const readRequest = (body: unknown): { readonly request: AdmissionRequest } | { readonly problem: string } => {
  if (!isRecord(body)) return { problem: 'the body is no AdmissionReview: it must be a JSON object' }
  if (body['apiVersion'] !== 'admission.k8s.io/v1' || body['kind'] !== 'AdmissionReview')
    return { problem: 'the body must be an AdmissionReview of admission.k8s.io/v1, the only version podvault speaks' }
  const { request } = body
  if (!isRecord(request)) return { problem: 'the AdmissionReview must have a request, which must be an object' }
  const { uid, operation, object, oldObject, dryRun = false } = request
  if (!isShortText(uid) || uid === '')
    return { problem: `request.uid must be text of 1 to ${longest} characters; the answer echoes it` }
  if (!isShortText(operation)) return { problem: 'request.operation must be text, as CREATE' }
  const resource = resourceOf(request)
  if (resource === undefined)
    return { problem: 'request.resource must be an object with group, version and resource, each of them text' }
  const namespace = optionalText(request['namespace'])
  if (namespace === undefined) return { problem: `request.namespace must be text of at most ${longest} characters` }
  if (typeof dryRun !== 'boolean') return { problem: 'request.dryRun must be true or false' }
  return { request: { uid, namespace, operation, resource, object, oldObject, dryRun } }
}

const resourceOf = ({ resource, subResource }: Readonly<Record<string, unknown>>): string | undefined => {
  if (!isRecord(resource)) return undefined
  const { group, version, resource: name } = resource
  const parts = [optionalText(group), version, name, optionalText(subResource)]
  return parts.every(isShortText) ? parts.join('/') : undefined
}

export const isPodCreate = ({ operation, resource }: AdmissionRequest): boolean =>
  operation === 'CREATE' && resource === '/v1/pods/'
