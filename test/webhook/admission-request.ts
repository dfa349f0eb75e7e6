import t from 'tap'
import { isPodCreate, readRequest } from '../../src/webhook/admission-request.ts'
import { reviewOf, uid } from '../fixtures/reviews.ts'

t.test('reads the request of an AdmissionReview', async t => {
  const read = readRequest(reviewOf({ kind: 'Pod' }))
  t.same(read, {
    request: {
      uid,
      namespace: 'shop',
      operation: 'CREATE',
      resource: '/v1/pods/',
      object: { kind: 'Pod' },
      oldObject: undefined,
      dryRun: false,
    },
  })
  t.ok('request' in read && isPodCreate(read.request))
})

t.test('what the API server leaves out or writes as null counts as empty', async t => {
  const resource = { version: 'v1', resource: 'pods' }
  const read = readRequest(reviewOf({}, { resource, subResource: null, namespace: null }))
  t.match(read, { request: { resource: '/v1/pods/', namespace: '' } })
})

t.test('knows what nobody shall notice, and what an update replaces', async t => {
  const read = readRequest(reviewOf({}, { dryRun: true, oldObject: { kind: 'Pod' } }))
  t.match(read, { request: { dryRun: true, oldObject: { kind: 'Pod' } } })
})

t.test('says which part is wrong', async t => {
  const wrong: readonly (readonly [unknown, RegExp])[] = [
    [null, /the body/],
    [[], /the body/],
    ['x', /the body/],
    [{}, /admission.k8s.io\/v1/],
    [{ ...reviewOf(), apiVersion: 'admission.k8s.io/v1beta1' }, /admission.k8s.io\/v1/],
    [{ ...reviewOf(), kind: 'Pod' }, /admission.k8s.io\/v1/],
    [{ ...reviewOf(), request: undefined }, /must have a request/],
    [{ ...reviewOf(), request: [] }, /must have a request/],
    [reviewOf({}, { uid: undefined }), /request.uid/],
    [reviewOf({}, { uid: '' }), /request.uid/],
    [reviewOf({}, { uid: 'u'.repeat(254) }), /request.uid/],
    [reviewOf({}, { operation: 7 }), /request.operation/],
    [reviewOf({}, { resource: 'pods' }), /request.resource/],
    [reviewOf({}, { resource: { version: 1, resource: 'pods' } }), /request.resource/],
    [reviewOf({}, { resource: { version: 'v1' } }), /request.resource/],
    [reviewOf({}, { subResource: {} }), /request.resource/],
    [reviewOf({}, { namespace: 7 }), /request.namespace/],
    [reviewOf({}, { dryRun: 'true' }), /request.dryRun must be true or false/],
    [reviewOf({}, { namespace: 'n'.repeat(254) }), /request.namespace/],
  ]
  for (const [body, problem] of wrong) t.match(readRequest(body), { problem })
})
