import t from 'tap'
import { isTrusted, type Leaf, leafProblem, nextLeaf, type Situation } from '../../src/webhook/leaf.ts'
import { makeLeaf } from '../../src/webhook/make-certificates.ts'
import { authority, day, lives, registration, start } from '../fixtures/authorities.ts'

const [one, two] = [authority(), authority(60)]
const hosts = ['localhost', 'podvault.team.svc']
const leafBy = (authority: typeof one, at = start): Leaf => ({
  ...makeLeaf(authority, hosts, new Date(at), lives.leaf),
  authority: authority.cert,
  hosts,
})
const situation: Situation = {
  trust: { current: one, former: [] },
  registrations: [registration(one.cert)],
  leaf: leafBy(one),
  hosts: ['localhost'],
  isSettled: true,
  now: start,
}
const both = [registration(two.cert + one.cert)]
const rotated = { ...situation, trust: { current: two, former: [{ cert: one.cert, until: Infinity }] } }

t.test('an authority is trusted when every webhook of every registration has it', async t => {
  const validating = registration('', 'ValidatingWebhookConfiguration')
  t.equal(isTrusted(one.cert, [registration(two.cert + one.cert)]), true)
  t.equal(isTrusted(one.cert, [registration(two.cert)]), false)
  t.equal(isTrusted(one.cert, [registration(one.cert), validating]), false)
  t.equal(isTrusted(one.cert, [{ ...validating, webhooks: [] }]), false, 'pods are what counts')
  t.equal(isTrusted(one.cert, []), false)
  const webhooks = [one, two].map(({ cert }) => ({ caBundle: cert, host: 'a' }))
  t.equal(isTrusted(one.cert, [registration('', 'MutatingWebhookConfiguration', { webhooks })]), false)
})

t.test('a leaf stays for two thirds of its life', async t => {
  t.equal(nextLeaf(situation), undefined)
  t.equal(nextLeaf({ ...situation, now: start + 6 * day - 1 }), undefined)
  t.same(nextLeaf({ ...situation, now: start + 6 * day }), { authority: one, hosts })
})

t.test('there is no leaf without an authority that the API server trusts', async t => {
  const fresh = { ...situation, leaf: undefined }
  t.same(nextLeaf(fresh), { authority: one, hosts })
  t.equal(nextLeaf({ ...fresh, trust: 'there is no Secret' }), undefined)
  t.equal(nextLeaf({ ...fresh, registrations: [registration('')] }), undefined)
  t.equal(nextLeaf({ ...fresh, isSettled: false }), undefined, 'every API server must have heard of it')
})

t.test('a leaf of the old authority goes when everybody trusts the new one, or nobody the old one', async t => {
  t.equal(nextLeaf({ ...rotated, registrations: [registration(one.cert)] }), undefined)
  t.equal(nextLeaf({ ...rotated, registrations: both, isSettled: false }), undefined)
  t.same(nextLeaf({ ...rotated, registrations: both }), { authority: two, hosts })
  t.same(nextLeaf({ ...rotated, registrations: [registration(two.cert)], isSettled: false }), { authority: two, hosts })
})

t.test('a leaf that has ended is worth nothing', async t => {
  const late = { ...rotated, registrations: both, isSettled: false }
  t.equal(nextLeaf({ ...late, now: start + 9 * day - 1 }), undefined)
  t.same(nextLeaf({ ...late, now: start + 9 * day }), { authority: two, hosts })
})

t.test('it is made for all names that it is called by', async t => {
  const webhooks = ['b.x.svc', '', '10.0.0.1', 'localhost'].map(host => ({ caBundle: one.cert, host }))
  const registrations = [registration('', 'MutatingWebhookConfiguration', { webhooks })]
  t.same(nextLeaf({ ...situation, registrations })?.hosts, ['localhost', '10.0.0.1', 'b.x.svc'])
  t.equal(
    nextLeaf({ ...situation, registrations, leaf: { ...leafBy(one), hosts: ['localhost', '10.0.0.1', 'b.x.svc'] } }),
    undefined,
  )
})

t.test('what keeps the API server from trusting it is said in a sentence', async t => {
  const of = (change: Partial<Situation>, failure?: string) =>
    leafProblem({ ...situation, ...change }, 'podvault', failure)
  t.equal(of({}), undefined)
  t.equal(of({}, 'the API server is away'), undefined, 'it is as it was')
  t.equal(of({ registrations: both, trust: 'there is no Secret' }), undefined)
  t.match(of({ now: start + 9 * day }), /^its certificate has ended/)
  t.equal(of({ leaf: undefined }, 'secrets "x" is forbidden'), 'secrets "x" is forbidden')
  t.equal(of({ registrations: [] }), 'there is no MutatingWebhookConfiguration podvault')
  t.match(of({ leaf: undefined, trust: 'it has no ca.key' }), /^there is no authority .*: it has no ca.key$/)
  const validating = registration('', 'ValidatingWebhookConfiguration')
  t.match(
    of({ registrations: [registration(one.cert), validating] }),
    /^the caBundle of MutatingWebhookConfiguration or ValidatingWebhookConfiguration podvault does not have/,
  )
  const injected = registration('', 'MutatingWebhookConfiguration', { isInjected: true })
  t.match(
    of({ registrations: [injected] }),
    /^cert-manager writes the caBundle of MutatingWebhookConfiguration podvault:/,
  )
})
