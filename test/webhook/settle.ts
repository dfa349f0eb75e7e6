import t from 'tap'
import type { Leaf } from '../../src/webhook/leaf.ts'
import { settle, settlingTime } from '../../src/webhook/settle.ts'
import { authority, registration, start } from '../fixtures/authorities.ts'

const [one, two] = [authority(), authority()]
const trust = { current: one, former: [] }
const leaf: Leaf = { ...two, authority: two.cert, hosts: [] }
const situation = { trust, registrations: [registration(one.cert)], leaf, now: start + 1000 }

t.test('a new authority settles while it is trusted all the time', async t => {
  let settling = settle(undefined, situation, 100)
  t.same(settling, { authority: one.cert, since: 100, left: settlingTime })
  settling = settle(settling, situation, 1100)
  t.same(settling, { authority: one.cert, since: 100, left: settlingTime - 1000 })
  settling = settle(settling, situation, 100 + settlingTime + 5)
  t.equal(settling?.left, 0)
  t.equal(settle(settling, situation, 0)?.left, 0, 'and stays so')
})

t.test('it begins anew with another one, or when a caBundle lacks it', async t => {
  const before = { authority: two.cert, since: 0, left: 0 }
  t.equal(settle(before, situation, 9)?.left, settlingTime)
  t.equal(settle(before, { ...situation, registrations: [registration(two.cert)] }, 9), undefined)
  t.equal(settle(before, { ...situation, trust: 'there is no Secret' }, 9), undefined)
})

t.test('a replica that has just come need not wait for what is old', async t => {
  const fresh = { ...situation, leaf: undefined }
  t.equal(settle(undefined, { ...fresh, now: start + 299_999 }, 0)?.left, settlingTime)
  t.equal(settle(undefined, { ...fresh, now: start + 300_000 }, 0)?.left, 0)
  t.equal(settle(undefined, { ...situation, now: start + 300_000 }, 0)?.left, settlingTime, 'who has a leaf has time')
})
