import t from 'tap'
import { slack } from '../../src/webhook/make-certificates.ts'
import { bundleOf, tend } from '../../src/webhook/tend.ts'
import type { Trust } from '../../src/webhook/trust.ts'
import { authority, day, lives, registration, secretOf, start } from '../fixtures/authorities.ts'

const [one, two, three] = [authority(), authority(60), authority(1)]
/** Of an authority that has just been replaced. */
const keep = (now: number): number => now + lives.leaf + slack
const alone: Trust = { current: one, former: [] }

t.test('nothing is done while all is as it should be', async t => {
  const registrations = [registration(one.cert), registration(one.cert, 'ValidatingWebhookConfiguration')]
  t.same(tend({ secret: secretOf(alone), registrations }, start, lives), [])
  t.same(tend({ secret: secretOf(alone), registrations: [] }, start, lives), [], 'without anything to write to')
})

t.test('at first an authority is made; the caBundles follow when it lies in the Secret', async t => {
  const registrations = [registration(''), registration('', 'ValidatingWebhookConfiguration')]
  t.same(tend({ secret: undefined, registrations }, start, lives), [
    { kind: 'replace-authority', why: 'there is no Secret', former: [] },
  ])
  t.same(
    tend({ secret: secretOf(alone), registrations }, start, lives),
    registrations.map(registration => ({ kind: 'register', registration, caBundle: one.cert })),
  )
})

t.test('a Secret that was deleted or broken is made anew, and what the leaves are from stays trusted', async t => {
  const registrations = [registration(one.cert + two.cert)]
  const former = [one, two].map(({ cert }) => ({ cert, until: keep(start) }))
  t.same(tend({ secret: undefined, registrations }, start, lives), [
    { kind: 'replace-authority', why: 'there is no Secret', former },
  ])
  t.match(tend({ secret: { version: '1', data: {} }, registrations }, start, lives), [
    { kind: 'replace-authority', why: 'it has no ca.crt', former },
  ])
})

t.test(
  'an authority is replaced after two thirds of its life, and trusted as long as a leaf of it may live',
  async t => {
    const due = start + 60 * day
    const former = [
      { cert: three.cert, until: due + day },
      { cert: two.cert, until: due },
    ]
    const secret = secretOf({ current: one, former })
    const registrations = [registration(one.cert + three.cert + two.cert)]
    t.same(tend({ secret, registrations }, due - 1, lives), [])
    t.same(tend({ secret, registrations }, due, lives), [
      {
        kind: 'replace-authority',
        why: 'two thirds of its life are over',
        former: [
          { cert: one.cert, until: keep(due) },
          { cert: three.cert, until: due + day },
        ],
      },
    ])
  },
)

t.test('nothing is trusted longer than it lives', async t => {
  const end = start + 90 * day
  const registrations = [registration(one.cert)]
  t.match(tend({ secret: undefined, registrations }, end - 5, lives), [{ former: [{ until: end }] }])
  t.same(tend({ secret: undefined, registrations }, end, lives), [
    { kind: 'replace-authority', why: 'there is no Secret', former: [] },
  ])
})

t.test('an old authority goes when its time is over', async t => {
  const trust: Trust = { current: two, former: [{ cert: one.cert, until: start + 70 * day }] }
  t.equal(bundleOf(trust, start + 70 * day - 1), two.cert + one.cert)
  t.equal(bundleOf(trust, start + 70 * day), two.cert)
  const registrations = [registration(two.cert + one.cert)]
  t.same(tend({ secret: secretOf(trust), registrations }, start + 70 * day - 1, lives), [])
  t.match(tend({ secret: secretOf(trust), registrations }, start + 70 * day, lives), [
    { kind: 'register', caBundle: two.cert },
  ])
})

t.test('whatever others write into a caBundle is put back', async t => {
  for (const wrong of ['', 'nonsense', one.cert.trim(), one.cert + one.cert])
    t.match(tend({ secret: secretOf(alone), registrations: [registration(wrong)] }, start, lives), [
      { kind: 'register', registration: { version: '7' }, caBundle: one.cert },
    ])
  const half = registration('', 'MutatingWebhookConfiguration', {
    webhooks: [
      { caBundle: one.cert, host: 'a' },
      { caBundle: '', host: 'b' },
    ],
  })
  t.equal(tend({ secret: secretOf(alone), registrations: [half] }, start, lives).length, 1)
  t.same(tend({ secret: secretOf(alone), registrations: [{ ...half, webhooks: [] }] }, start, lives), [])
})

t.test('where cert-manager writes, we do not', async t => {
  const injected = registration('', 'MutatingWebhookConfiguration', { isInjected: true })
  t.same(tend({ secret: secretOf(alone), registrations: [injected] }, start, lives), [])
})

t.test('an authority that somebody has taken out of the Secret is trusted no more', async t => {
  const trust: Trust = { current: two, former: [] }
  t.match(tend({ secret: secretOf(trust), registrations: [registration(two.cert + one.cert)] }, start, lives), [
    { kind: 'register', caBundle: two.cert },
  ])
})
