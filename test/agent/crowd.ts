// As many secrets in one file as nobody should ask for.
import t from 'tap'
import { entry, file } from '../fixtures/agent.ts'
import { triesOf } from '../fixtures/faults.ts'
import { putSecret } from '../fixtures/vault-memory.ts'
import { livePod } from '../fixtures/virtual/pod.ts'

const many = 10_000
const own = [entry('database/creds/app', { USER: 'username' }), entry('secret/app/db', { PASSWORD: 'password' })]

// Processors may be shared with many.
t.setTimeout(240_000)

t.test('10,000 secrets in one file are read once per refresh, and written when one of them changes', async t => {
  for (let seed = 1; seed <= triesOf('crowd'); seed += 1) {
    const entries = Array.from({ length: many }, (_, index) =>
      entry(`secret/many/${index}`, { [`V_${index}`]: 'password' }),
    )
    const pod = await livePod({
      seed,
      seconds: 1200,
      fill: memory => {
        for (let index = 0; index < many; index += 1)
          putSecret(memory, `secret/many/${index}`, { password: `${index}` })
      },
      change: { files: [file('app', ...own, ...entries)] },
      arrange: ({ time, vault }) =>
        time.at(600, () => putSecret(vault.memory, 'secret/many/77', { password: 'changed' })),
    })
    t.teardown(pod.clean)
    t.strictSame(pod.dead, [])
    t.strictSame(
      pod.log.filter(({ level }) => level === 'warn'),
      [],
    )
    t.equal(pod.log.filter(({ event }) => event === 'written').length, 2, 'at first, and for the change')
    t.equal(pod.app()['V_77'], 'changed')
    t.equal(pod.app()['V_9999'], '9999')
    // Twice at the start: so many are not kept for the sidecar.
    t.ok(pod.vault.asked.length < 6.1 * many, `${pod.vault.asked.length} requests`)
    t.ok(pod.time.wakes() < 400, `${pod.time.wakes()} wake-ups: what is due within a second is one`)
  }
})

t.test('3,000 leases are more than the state takes: that is said, and a killed sidecar reads them anew', async t => {
  for (let seed = 1; seed <= triesOf('leases'); seed += 1) {
    const names = Array.from({ length: 3000 }, (_, index) => `app-${index}`)
    const entries = names.map(name =>
      entry(`database/creds/${name}`, {}, { files: [{ name, format: 'raw', key: 'username' }] }),
    )
    const pod = await livePod({
      seed,
      seconds: 900,
      fill: ({ databaseRoles }) =>
        names.forEach(name => databaseRoles.set(`database/${name}`, { ttl: 300, maxTtl: 1800 })),
      change: { files: [file('app', ...own, ...entries)] },
      arrange: ({ time, kill }) => time.at(500, kill),
    })
    t.teardown(pod.clean)
    t.strictSame(pod.dead, [])
    t.equal(pod.log.filter(({ event }) => event === 'state too large').length, 1)
    t.equal(pod.log.filter(({ event }) => event === 'logged in').length, 1, 'the token is kept')
  }
})
