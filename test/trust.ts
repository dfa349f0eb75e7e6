import fc from 'fast-check'
import t from 'tap'
import { isTrusted, type Leaf, nextLeaf } from '../src/webhook/leaf.ts'
import { makeAuthority, makeLeaf } from '../src/webhook/make-certificates.ts'
import { settle, type Settling, settlingTime } from '../src/webhook/settle.ts'
import { type Seen, tend, trustOf } from '../src/webhook/tend.ts'
import { lifeOf, writeTrust } from '../src/webhook/trust.ts'
import { day, lives, registration, start } from './fixtures/authorities.ts'

const second = 1000

/** What may happen; time passes before each, and all replicas look at what there is behind it. */
const event = fc.record({
  wait: fc.constantFrom(1 * second, 3 * second, 6 * second, 20 * second, 0.5 * day, 2 * day),
  what: fc.constantFrom('nothing', 'nothing', 'the Secret is deleted', 'the Secret is broken', 'a replica starts anew'),
  /** Only for so short a time as it takes until another one leads. */
  isLeaderAway: fc.boolean(),
  order: fc.shuffledSubarray([0, 1, 2], { minLength: 3 }),
})

type Replica = { leaf: Leaf | undefined; settling: Settling }

t.test('whatever happens to the Secret, every API server trusts every certificate that is shown', async t => {
  let [rotations, renewals] = [0, 0]
  fc.assert(
    fc.property(fc.array(event, { minLength: 20, maxLength: 30 }), events => {
      let now = start
      let secret: Seen['secret']
      const bundles: { readonly at: number; readonly text: string }[] = [{ at: -Infinity, text: '' }]
      const replicas: Replica[] = [0, 1, 2].map(() => ({ leaf: undefined, settling: undefined }))
      const seen = (): Seen => ({ secret, registrations: [registration(bundles.at(-1)?.text ?? '')] })
      const lead = (): void => {
        for (const action of tend(seen(), now, lives)) {
          if (action.kind === 'register') bundles.push({ at: now, text: action.caBundle })
          else {
            rotations += 1
            const current = makeAuthority(new Date(now), lives.authority)
            secret = { version: '1', data: writeTrust({ current, former: action.former }) }
          }
        }
      }
      const look = (replica: Replica): void => {
        const situation = { trust: trustOf(seen()), registrations: seen().registrations, leaf: replica.leaf, now }
        replica.settling = settle(replica.settling, situation, now)
        const wish = nextLeaf({ ...situation, hosts: ['a'], isSettled: replica.settling?.left === 0 })
        if (wish === undefined) return
        renewals += 1
        const pair = makeLeaf(wish.authority, wish.hosts, new Date(now), lives.leaf)
        replica.leaf = { ...pair, authority: wish.authority.cert, hosts: wish.hosts }
      }
      const check = (): void => {
        for (const { leaf } of replicas) {
          if (leaf === undefined) continue
          const { notAfter } = lifeOf(leaf.cert)
          if (notAfter <= now) throw new Error('a certificate has ended')
          // An API server that has heard of everything, and one that is behind.
          for (const lag of [0, settlingTime - 1]) {
            const { text } = bundles.findLast(({ at }) => at <= now - lag) ?? { text: '' }
            if (!isTrusted(leaf.authority, [registration(text)])) throw new Error(`not trusted, ${lag} ms behind`)
          }
        }
      }
      const round = (order: readonly number[], isLeaderAway: boolean): void => {
        if (!isLeaderAway) lead()
        for (const index of order) look(replicas[index] as Replica)
        check()
      }
      for (const { wait, what, isLeaderAway, order } of events) {
        // Nothing stays undone for long.
        for (let rounds = wait > 20 * second ? 5 : 0; rounds > 0; rounds -= 1) {
          now += 3 * second
          round(order, false)
        }
        now += wait
        check()
        if (what === 'the Secret is deleted') secret = undefined
        if (what === 'the Secret is broken') secret = { version: '1', data: {} }
        if (what === 'a replica starts anew') replicas[order[0] ?? 0] = { leaf: undefined, settling: undefined }
        round(order, isLeaderAway)
      }
    }),
    { numRuns: 15 },
  )
  t.comment(`${rotations} authorities, ${renewals} certificates`)
  t.ok(rotations > 15 && renewals > 50)
})
