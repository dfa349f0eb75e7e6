import assert from 'node:assert/strict'
import fc from 'fast-check'
import jsonpatch from 'fast-json-patch'
import t from 'tap'
import type { AdmissionResponse, Answered, Reviewed } from '../../src/webhook/answer.ts'
import { review, reviewText } from '../../src/webhook/review.ts'
import type { Pod } from '../../src/inject/pod.ts'
import { annotated, podWith, settings } from '../fixtures/pods.ts'
import { reviewOf, uid } from '../fixtures/reviews.ts'

const responseOf = (reviewed: Reviewed): AdmissionResponse => {
  if (reviewed.kind === 'unreadable') throw new Error(reviewed.message)
  const { apiVersion, kind, response } = JSON.parse(reviewed.text)
  t.same([apiVersion, kind], ['admission.k8s.io/v1', 'AdmissionReview'])
  return response
}

const respond = (body: unknown, more = settings): AdmissionResponse => responseOf(review(body, more))

t.test('a pod that asks is answered with a patch that applies', async t => {
  const response = respond(reviewOf())
  t.match(response, { uid, allowed: true, patchType: 'JSONPatch', status: undefined, warnings: undefined })
  t.match(response.auditAnnotations, { decision: 'inject', reason: 'injected', 'config-hash': /^[0-9a-f]{12}$/ })
  const patch = JSON.parse(Buffer.from(response.patch ?? '', 'base64').toString())
  const { newDocument } = jsonpatch.applyPatch(podWith(), patch, true)
  t.same(
    newDocument.spec?.initContainers?.map(({ name }) => name),
    ['podvault-login', 'podvault-renew'],
  )
})

t.test('the same review is answered with the same bytes', async t => {
  t.equal(responseOf(review(reviewOf(), settings)).patch, responseOf(review(reviewOf(), settings)).patch)
  t.same(review(reviewOf(), settings), review(reviewOf(), settings))
})

t.test('a pod that does not ask is allowed without a patch', async t => {
  t.same(respond(reviewOf({ spec: { containers: [] } })), {
    uid,
    allowed: true,
    auditAnnotations: { decision: 'skip', reason: 'not-requested' },
  })
})

t.test('anything but the creation of a pod is allowed without a look at it', async t => {
  const others = {
    update: { operation: 'UPDATE' },
    subresource: { subResource: 'ephemeralcontainers' },
    'another kind': { resource: { group: 'apps', version: 'v1', resource: 'deployments' } },
    'another version': { resource: { group: '', version: 'v2', resource: 'pods' } },
    'no namespace, no object': { operation: 'DELETE', namespace: undefined, object: null },
  }
  for (const [name, more] of Object.entries(others))
    t.match(respond(reviewOf(null, more)), { allowed: true, auditAnnotations: { reason: 'not-a-pod-create' } }, name)
})

t.test('what log and metrics may know is what the pod is called, and what became of it', async t => {
  const verdict = { decision: 'inject', reason: 'injected', engine: 'podvault' }
  t.same(review(reviewOf(), settings).facts, { uid, namespace: 'shop', name: 'web', ...verdict })
  t.same(review(null, settings).facts, { decision: 'reject', reason: 'bad-request' })
})

const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-6d4cf', uid: 'b9d9f8a1' }
const owned = (pod: Pod): unknown => ({
  ...pod,
  metadata: { ...pod.metadata, ownerReferences: [{ ...owner, controller: true }] },
})
const noticeOf = (body: unknown) => (review(body, settings) as Answered).notice

t.test('the owner of a refused pod hears the words of the refusal', async t => {
  const refused = reviewOf(owned(podWith({ rol: 'web', renew: 'maybe' })))
  const { message } = respond(refused).status ?? {}
  t.same(noticeOf(refused), { namespace: 'shop', owner, reason: 'unknown-annotation', message })
  t.match(message, /^2 problems/)
  t.match(noticeOf(reviewOf(owned(podWith()), { namespace: 'kube-system' })), {
    reason: 'system-namespace',
    message: /kube-system/,
  })
  t.match(noticeOf(reviewOf({ ...(owned(podWith()) as object), spec: 7 })), { reason: 'bad-request' })
})

t.test('nobody hears of a pod that is well, did not ask, has no owner or is only tried', async t => {
  const { annotations: _, ...plain } = podWith().metadata ?? {}
  const wrong = podWith({ rol: 'web' })
  for (const body of [
    reviewOf(owned(podWith())),
    reviewOf(owned({ ...podWith(), metadata: plain })),
    reviewOf(wrong),
    reviewOf(owned(wrong), { dryRun: true }),
    reviewOf(owned(wrong), { operation: 'UPDATE' }),
  ])
    t.equal(noticeOf(body), undefined)
})

t.test('a dry run is one in the log', async t => {
  t.match(review(reviewOf(podWith(), { dryRun: true }), settings).facts, { decision: 'inject', dryRun: true })
})

t.test('a refused pod is told why, with the code that fits', async t => {
  const unknown = respond(reviewOf(podWith({ rol: 'web' })))
  t.match(unknown, { uid, allowed: false, patch: undefined, auditAnnotations: { decision: 'reject' } })
  t.match(unknown.status, { code: 400, reason: 'BadRequest', message: /podvault.dev\/rol/ })
  const forbidden = respond(reviewOf(podWith({ address: 'https://evil.example.com' })))
  t.match(forbidden.status, { code: 403, reason: 'Forbidden', message: /does not allow/ })
})

t.test('a pod of the wrong shape is refused by the field', async t => {
  const { status } = respond(reviewOf({ spec: { containers: [null] } }))
  t.same(status, { code: 400, reason: 'BadRequest', message: 'request.object.spec.containers[0] must be an object' })
  t.match(respond(reviewOf(podWith(), { namespace: '' })).status, {
    code: 400,
    message: 'request.namespace is missing',
  })
  t.match(respond(reviewOf(podWith(), { object: undefined })).status, { message: 'request.object must be an object' })
})

t.test('a failure of podvault itself is refused, and its error kept for the log', async t => {
  const broken = { ...settings, namespaces: null as never }
  const reviewed = review(reviewOf(), broken)
  t.match(responseOf(reviewed).status, { code: 500, reason: 'InternalError', message: /^podvault itself failed/ })
  t.match(reviewed, { error: TypeError, facts: { reason: 'internal-error' } })
  const thrower = {
    ...settings,
    get defaults(): never {
      // oxlint-disable-next-line no-throw-literal, only-throw-error -- what somebody else's code may do
      throw 'no error at all'
    },
  }
  t.match(review(reviewOf(), thrower), { error: { message: 'no error at all' } })
})

t.test('messages and warnings have an end, whatever the pod says', async t => {
  const long = 'é'.repeat(100_000)
  const { status } = respond(reviewOf(podWith({ 'secrets-file': long, role: long, [long]: long })))
  t.ok(Buffer.byteLength(status?.message ?? '') <= 1024)
  const shape = respond(reviewOf(podWith(), { uid: 'u'.repeat(253) }))
  t.equal(shape.uid.length, 253)
})

t.test('a warning goes to whoever created the pod', async t => {
  const { warnings } = respond(reviewOf(podWith(), { namespace: 'kube-system' }))
  t.equal(warnings?.length, 1)
  t.match(warnings?.[0], 'kube-system')
})

t.test('what is no AdmissionReview has no answer but a sentence', async t => {
  t.match(reviewText('{"a', settings), { kind: 'unreadable', message: 'the body is no JSON' })
  t.notMatch(reviewText('{"password": hunter2', settings), { message: /hunter2/ })
  t.match(reviewText('[]', settings), { kind: 'unreadable', message: /must be a JSON object/ })
  t.match(reviewText('['.repeat(100_000) + ']'.repeat(100_000), settings), { kind: 'unreadable' })
})

t.test('names of object members that mean something to JavaScript mean nothing here', async t => {
  const text = JSON.stringify(reviewOf()).replace('{', '{"__proto__":{"request":1},"constructor":{"prototype":1},')
  t.same(reviewText(text, settings), review(reviewOf(), settings))
  const annotations = JSON.stringify(reviewOf()).replace(
    '"podvault.dev/inject"',
    '"__proto__":"x","podvault.dev/inject"',
  )
  t.match(responseOf(reviewText(annotations, settings)), { allowed: true, patchType: 'JSONPatch' })
  const unknown = JSON.stringify(reviewOf()).replace('podvault.dev/role', 'podvault.dev/__proto__')
  t.match(responseOf(reviewText(unknown, settings)), { status: { message: /there is no annotation/ } })
})

t.test('hundreds of containers, a thousand, and a megabyte of annotation are answered', async t => {
  const containers = Array.from({ length: 1000 }, (_, index) => ({ name: `app-${index}` }))
  const half = containers.slice(0, 500)
  t.match(respond(reviewOf(podWith({}, { containers: half }))), { allowed: true, patchType: 'JSONPatch' })
  t.match(respond(reviewOf(podWith({}, { containers }))), { allowed: false, status: { message: /1000 containers/ } })
  t.match(respond(reviewOf(podWith({ secrets: 'x'.repeat(1_000_000) }))), { allowed: false, status: { code: 400 } })
})

t.test('any JSON at all gets an answer or a sentence, never an exception', async () => {
  const check = (text: string): void => {
    const reviewed = reviewText(text, settings)
    if (reviewed.kind === 'unreadable') assert.ok(reviewed.message.length < 300)
    else assert.equal(typeof JSON.parse(reviewed.text).response.allowed, 'boolean')
  }
  fc.assert(fc.property(fc.json(), check))
  const keys = fc.constantFrom(
    'name',
    'env',
    'volumeMounts',
    'mountPath',
    'resources',
    'limits',
    'cpu',
    'securityContext',
  )
  const part = fc.oneof(
    fc.jsonValue(),
    fc.dictionary(keys, fc.jsonValue()),
    fc.array(fc.dictionary(keys, fc.jsonValue())),
  )
  const pods = fc.record(
    {
      metadata: fc.oneof(
        fc.jsonValue(),
        fc.constant({ annotations: annotated({ inject: 'true', role: 'x', secrets: 'A=b#c' }) }),
      ),
      spec: fc.oneof(
        fc.jsonValue(),
        fc.record(
          { containers: part, initContainers: part, volumes: part, securityContext: part },
          { requiredKeys: ['containers'] },
        ),
      ),
    },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(pods, pod => check(JSON.stringify(reviewOf(pod)))),
    { numRuns: 1000 },
  )
  const requests = fc.record(
    { uid: fc.jsonValue(), operation: part, resource: part, namespace: part, object: part },
    { requiredKeys: [] },
  )
  fc.assert(fc.property(requests, more => check(JSON.stringify(reviewOf(undefined, more)))))
})
