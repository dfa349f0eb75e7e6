// Vault comes and goes, by seed; what the files hold stays alive.
import t from 'tap'
import { triesOf } from '../fixtures/faults.ts'
import { livePod } from '../fixtures/virtual/pod.ts'
import { spells, weather } from '../fixtures/virtual/weather.ts'

const hours = 3600

// Processors may be shared with many.
t.setTimeout(240_000)

t.test('spells that are shorter than what is left of a lease are noticed by nobody', async t => {
  let refused = 0
  for (let seed = 1; seed <= triesOf('spells'); seed += 1) {
    const pod = await livePod({
      seed,
      seconds: 3 * hours,
      arrange: (started, chance) => weather(started, chance, spells(chance, 3 * hours, 75, 200)),
    })
    t.strictSame(pod.dead, [], `seed ${seed}`)
    refused += pod.vault.asked.filter(({ ok }) => !ok).length
    // About 36 spells of 40 s: a storm of attempts would be thousands.
    t.ok(pod.vault.asked.length < 450, `${pod.vault.asked.length} requests`)
    pod.clean()
  }
  t.ok(refused > 500, `${refused} requests failed`)
})
