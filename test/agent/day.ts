// The real loop on real files, through days of virtual time, before a Vault whose tokens and leases end.
import t from 'tap'
import { triesOf } from '../fixtures/faults.ts'
import { livePod, type PodOptions, type VirtualPod } from '../fixtures/virtual/pod.ts'

const hours = 3600
const day = 24 * hours
const count = ({ vault }: VirtualPod, path: string | RegExp): number =>
  vault.asked.filter(each => (typeof path === 'string' ? each.path === path : path.test(each.path))).length

/** The fewest requests that keep it all alive: each grant lasts so long and no longer, each look at a secret as well. */
const fewest = (seconds: number, { ttl, lease, refresh }: { ttl: number; lease: number; refresh: number }): number =>
  Math.ceil(seconds / ttl) + Math.ceil(seconds / lease) + Math.ceil(seconds / refresh)

// Processors may be shared with many.
t.setTimeout(240_000)

t.test('a day of 15-minute tokens and 5-minute leases has no second with anything dead in the files', async t => {
  for (let seed = 1; seed <= triesOf('day'); seed += 1) {
    const pod = await livePod({ seed, seconds: day })
    t.teardown(pod.clean)
    t.strictSame(pod.dead, [], `seed ${seed}`)
    const least = fewest(day, { ttl: 900, lease: 300, refresh: 300 })
    const ratio = pod.vault.asked.length / least
    t.comment(`${pod.vault.asked.length} requests, ${ratio.toFixed(2)} times the ${least} that are possible at all`)
    // At two thirds of each grant it is 1.5 times; the rest is for what cannot be renewed any more.
    t.ok(ratio < 1.6)
    t.equal(pod.vault.asked.filter(({ ok }) => !ok).length, 0, 'and no request is refused')
    const logins = count(pod, /\/login$/)
    t.ok(logins >= 24 && logins <= 30, `${logins} logins for tokens that end after an hour`)
    t.ok(pod.users.size >= 48, `${pod.users.size} users`)
    t.strictSame(pod.signals, [], 'nobody is told of what concerns nobody')
  }
})

t.test('it wakes for what is due and for nothing else', async t => {
  const pod = await livePod({ seed: 7, seconds: day })
  t.teardown(pod.clean)
  const read = count(pod, /^(?!sys\/internal)/)
  // One wake-up for each thing that came due: it is followed by a request or more.
  t.ok(pod.time.wakes() <= read, `${pod.time.wakes()} wake-ups for ${read} requests`)
  const idle = await livePod({
    seed: 8,
    seconds: day,
    role: { ttl: 0 },
    lease: { ttl: 30 * day, maxTtl: 60 * day },
    change: { refresh: 0 },
  })
  t.teardown(idle.clean)
  t.equal(idle.vault.asked.length, 1 + 2 + 2, 'a login, two engines, two secrets')
  // A machine that has slept is to notice within five minutes.
  t.ok(idle.time.wakes() <= day / 300, `${idle.time.wakes()} looks at the clock`)
})

t.test('every kind of token and lease is kept alive', async t => {
  const kinds: readonly Partial<PodOptions>[] = [
    { role: { period: 900 } },
    { role: { ttl: 900, type: 'batch' } },
    { role: { ttl: 900, renewable: false } },
    { role: { ttl: 900, maxTtl: 1200 } },
    { lease: { ttl: 300, maxTtl: 300, renewable: false } },
    { role: { ttl: 60, maxTtl: 90 }, lease: { ttl: 15, maxTtl: 40 } },
  ]
  t.equal(kinds.length, triesOf('kinds'))
  for (const [index, kind] of kinds.entries()) {
    const pod = await livePod({ seed: index, seconds: kind.lease?.ttl === 15 ? 2 * hours : day, ...kind })
    t.teardown(pod.clean)
    t.strictSame(pod.dead, [], JSON.stringify(kind))
    t.equal(pod.vault.asked.filter(({ ok }) => !ok).length, 0)
    if (kind.role?.period !== undefined) t.equal(count(pod, /\/login$/), 1, 'a periodic token never ends')
    if (kind.role?.renewable === false || kind.role?.type === 'batch') t.equal(count(pod, /renew-self$/), 0)
  }
})
