import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { validate, validateText } from '../../src/webhook/validate.ts'
import { configMapReview, reviewOf, uid } from '../fixtures/reviews.ts'

const respond = (body: unknown) => {
  const reviewed = validate(body)
  if (reviewed.kind === 'unreadable') throw new Error(reviewed.message)
  return JSON.parse(reviewed.text).response
}

const bad = { data: { 'z.secrets': 'fine/path#key\nhunter2', a: 'A=b#c\nA=b#c' } }
const update = { operation: 'UPDATE' }
const object = (parts: Readonly<Record<string, unknown>>) => configMapReview(parts).request.object

t.test('well-formed secrets files may be written', async t => {
  t.same(respond(configMapReview({})), {
    uid,
    allowed: true,
    auditAnnotations: { decision: 'allow', reason: 'valid-secrets-file' },
  })
  t.match(respond(configMapReview({ data: null })), { allowed: true }, 'none at all, too')
})

t.test('malformed ones may not: key, line and column of every problem, and nothing of what stands there', async t => {
  for (const more of [{}, update, { dryRun: true }]) {
    const { allowed, status, auditAnnotations } = respond(configMapReview(bad, more))
    t.equal(allowed, false)
    t.match(status, {
      code: 400,
      reason: 'BadRequest',
      message: /^2 problems: \(1\) key a, line 2, column 1: .*; \(2\) key z.secrets, line 2, column 8: /,
    })
    t.notMatch(status.message, /hunter2/)
    t.same(auditAnnotations, { decision: 'reject', reason: 'bad-secrets-file' })
  }
})

t.test('a thousand problems are counted', async t => {
  const { status } = respond(configMapReview({ data: { a: 'nonsense\n'.repeat(1000) } }))
  t.match(status.message, /^1000 problems: .*; and \d+ more$/)
  t.ok(Buffer.byteLength(status.message) <= 1024)
  const long = `${'x'.repeat(100_000)}=a#b\n`
  const twice = respond(configMapReview({ data: { a: long + long } }))
  t.ok(Buffer.byteLength(twice.status.message) <= 1024)
})

t.test('the label itself, put on a malformed ConfigMap, is refused', async t => {
  const unlabelled = object({ ...bad, metadata: { labels: {} } })
  t.match(respond(configMapReview(bad, { ...update, oldObject: unlabelled })), { allowed: false })
})

t.test('what was malformed before may change in everything else, with a warning', async t => {
  const annotated = { ...bad, metadata: { annotations: { a: 'b' } } }
  const { allowed, warnings } = respond(configMapReview(annotated, { ...update, oldObject: object(bad) }))
  t.equal(allowed, true)
  t.match(warnings, [/^malformed as before: 2 problems/])
  t.ok(warnings[0].length <= 120)
  const other = { data: { ...bad.data, b: '' } }
  t.match(respond(configMapReview(other, { ...update, oldObject: object(bad) })), { allowed: false })
})

t.test('what has no label, is about to go, or is not written at all is not looked at', async t => {
  const nothing = { allowed: true, auditAnnotations: { decision: 'skip', reason: 'not-a-secrets-file' } }
  t.match(respond(configMapReview({ ...bad, metadata: { labels: {} } }, update)), nothing)
  t.match(
    respond(configMapReview({ ...bad, metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } }, update)),
    nothing,
  )
  t.match(respond(configMapReview(bad, { operation: 'DELETE' })), nothing)
  t.match(respond(reviewOf()), nothing)
})

t.test('what is no ConfigMap, or no AdmissionReview, is said to be none', async t => {
  t.match(respond(configMapReview({ data: { a: 1 } })), {
    allowed: false,
    status: { code: 400, message: 'request.object must be a ConfigMap' },
  })
  t.match(validateText('{'), { kind: 'unreadable' })
  t.match(validateText('{}'), { kind: 'unreadable', message: /admission.k8s.io/ })
})

t.test('any data at all gets an answer', async () => {
  const texts = fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.jsonValue()))
  fc.assert(
    fc.property(texts, texts, (data, binaryData) => {
      assert.equal(typeof respond(configMapReview({ data, binaryData })).allowed, 'boolean')
    }),
    { numRuns: 2000 },
  )
})
