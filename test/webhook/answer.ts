import t from 'tap'
import { readRequest } from '../../src/webhook/admission-request.ts'
import { answered, denial, readText, unreadable, warningsOf } from '../../src/webhook/answer.ts'
import { reviewOf, uid } from '../fixtures/reviews.ts'

const requestOf = (more = {}) => {
  const read = readRequest(reviewOf({}, more))
  if ('problem' in read) throw new Error(read.problem)
  return read.request
}

t.test('an answer is an AdmissionReview, its patch with it', async t => {
  const response = { uid, allowed: true, patch: 'W10=', patchType: 'JSONPatch' } as const
  const { text, facts } = answered(requestOf(), response, { decision: 'inject', reason: 'injected' })
  t.same(JSON.parse(text), { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response })
  t.same(facts, { uid, namespace: 'shop', decision: 'inject', reason: 'injected' })
  const dry = answered(
    requestOf({ dryRun: true }),
    { uid, allowed: true },
    { decision: 'skip', reason: 'not-requested' },
  )
  t.same(dry.facts, { uid, namespace: 'shop', decision: 'skip', reason: 'not-requested', dryRun: true })
  t.same(JSON.parse(dry.text).response, { uid, allowed: true })
  const made = answered(
    { ...requestOf(), object: { metadata: { name: 'web-0' } } },
    { uid, allowed: true },
    { decision: 'inject', reason: 'injected', engine: 'vault-agent' },
  )
  t.match(made.facts, { name: 'web-0', engine: 'vault-agent' })
})

t.test('a denial has the code that fits its reason, and an end', async t => {
  t.same(denial('u', 'bad-value', 'no'), {
    uid: 'u',
    allowed: false,
    status: { code: 400, reason: 'BadRequest', message: 'no' },
    auditAnnotations: { decision: 'reject', reason: 'bad-value' },
  })
  t.match(denial('u', 'not-allowed', 'no').status, { code: 403, reason: 'Forbidden' })
  t.match(denial('u', 'internal-error', 'no').status, { code: 500, reason: 'InternalError' })
  const { message = '' } = denial('u', 'bad-value', 'é'.repeat(2000)).status ?? {}
  t.ok(Buffer.byteLength(message) <= 1024 && message.endsWith('…'))
})

t.test('no warnings are none, and many are few', async t => {
  t.same(warningsOf([]), {})
  t.same(warningsOf(['a']), { warnings: ['a'] })
  t.equal(warningsOf(Array.from({ length: 9 }, () => 'x'.repeat(500))).warnings?.length, 5)
})

t.test('what is too much to be parsed is not parsed', async t => {
  t.match(
    readText('['.repeat(100_000), () => t.fail() as never),
    { kind: 'unreadable', message: /levels deep$/ },
  )
})

t.test('what is no JSON gets a sentence that does not quote it', async t => {
  t.same(
    readText('{"password": hunter2', () => t.fail() as never),
    unreadable('the body is no JSON'),
  )
  t.match(
    readText('[1]', body => unreadable(JSON.stringify(body))),
    { kind: 'unreadable', message: '[1]' },
  )
})
