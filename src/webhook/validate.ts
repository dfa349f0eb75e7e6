import type { Reason } from '../inject/reasons.ts'
import { refusalMessage } from '../inject/refusal.ts'
import { type AdmissionRequest, readRequest } from './admission-request.ts'
import { answered, denial, type Facts, readText, type Reviewed, unreadable, warningsOf } from './answer.ts'
import { type ConfigMap, configMapOf, fileProblems, secretsFilesOf } from './configmap.ts'

/** Answers an AdmissionReview of a ConfigMap given as JSON: a malformed secrets file does not get into the cluster. */
export const validateText = (text: string): Reviewed => readText(text, validate)

export const validate = (body: unknown): Reviewed => {
  const read = readRequest(body)
  if ('problem' in read) return unreadable(read.problem)
  const { request } = read
  const verdict = verdictOn(request)
  const { uid } = request
  const { decision, reason, message } = verdict
  if (decision === 'reject') return answered(request, denial(uid, reason, message), verdict)
  const warnings = warningsOf(message === '' ? [] : [message])
  return answered(request, { uid, allowed: true, ...warnings, auditAnnotations: { decision, reason } }, verdict)
}

/** A message is the reason for a refusal, else a warning. */
type Verdict = Pick<Facts, 'decision'> & { readonly reason: Reason; readonly message: string }

const verdictOn = (request: AdmissionRequest): Verdict => {
  const nothing: Verdict = { decision: 'skip', reason: 'not-a-secrets-file', message: '' }
  if (!isConfigMapWrite(request)) return nothing
  const configMap = configMapOf(request.object)
  if (configMap === undefined)
    return { decision: 'reject', reason: 'bad-request', message: 'request.object must be a ConfigMap' }
  // One that is about to go must not be kept by what is wrong with it.
  if (!configMap.isLabelled || configMap.isEnding) return nothing
  const problems = fileProblems(secretsFilesOf(configMap))
  if (problems.length === 0) return { decision: 'allow', reason: 'valid-secrets-file', message: '' }
  const message = refusalMessage(problems)
  return wasSo(request, configMap)
    ? { decision: 'allow', reason: 'bad-secrets-file', message: `malformed as before: ${message}` }
    : { decision: 'reject', reason: 'bad-secrets-file', message }
}

const isConfigMapWrite = ({ operation, resource }: AdmissionRequest): boolean =>
  resource === '/v1/configmaps/' && (operation === 'CREATE' || operation === 'UPDATE')

/** Whether an update leaves a labelled ConfigMap's files as they are: those who change its metadata did not break them. */
const wasSo = ({ oldObject }: AdmissionRequest, { data, binary }: ConfigMap): boolean => {
  const old = configMapOf(oldObject)
  return old?.isLabelled === true && JSON.stringify([old.data, old.binary]) === JSON.stringify([data, binary])
}
