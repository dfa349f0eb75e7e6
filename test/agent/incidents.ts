// What nobody can prevent, and how soon it is over.
import t, { type Test } from 'tap'
import { type faults, triesOf } from '../fixtures/faults.ts'
import { livePod, type PodOptions, type VirtualPod } from '../fixtures/virtual/pod.ts'
import { chanceOf } from '../fixtures/virtual/time.ts'
import { putSecret, revokeLease, revokeToken } from '../fixtures/vault-memory.ts'

const hours = 3600

type Incident = (pod: VirtualPod, at: number) => void

type Judge = (pod: VirtualPod, at: number) => void

/** As often as the table says, each time at another moment. */
const incidents = async (
  id: keyof typeof faults,
  incident: Incident,
  judge: Judge,
  options: Partial<PodOptions> = {},
): Promise<void> => {
  for (let seed = 1; seed <= triesOf(id); seed += 1) {
    const at = Math.round(hours * (0.5 + chanceOf(seed + 1000)()))
    const arrange = (pod: VirtualPod) => pod.time.at(at, () => incident(pod, at))
    const pod = await livePod({ seed, seconds: 3 * hours, ...options, arrange })
    judge(pod, at)
    pod.clean()
  }
}

const requests = ({ vault }: VirtualPod, path: RegExp, from = 0, to = Infinity): number =>
  vault.asked.filter(each => path.test(each.path) && each.at >= from && each.at < to).length

/** Nothing was dead but in these seconds. */
const isOver = (t: Test, { dead }: VirtualPod, from: number, to: number): void => {
  t.strictSame(
    dead.filter(({ at }) => at < from || at > to),
    [],
    `nothing is dead but from ${from} to ${to}`,
  )
}
const login = /\/login$/
const minutes = 60

// Processors may be shared with many.
t.setTimeout(240_000)

t.test('a Vault that takes 30 s for each answer is waited for', async t => {
  await incidents(
    'slow',
    ({ vault, time }, at) => {
      vault.mishap = () => (time.passed() < at + hours ? { kind: 'slow', milliseconds: 30_000 } : undefined)
    },
    pod => t.strictSame(pod.dead, []),
  )
})

t.test('a sealed Vault is waited for, and all is well a minute after it is unsealed', async t => {
  await incidents(
    'sealed',
    ({ vault, time }, at) => {
      const sealed = { kind: 'status', status: 503, errors: ['Vault is sealed'] } as const
      vault.mishap = () => (time.passed() < at + 20 * minutes ? sealed : undefined)
    },
    (pod, at) => {
      isOver(t, pod, at + 60, at + 21 * minutes)
      const attempts = requests(pod, /./, at, at + 20 * minutes)
      t.ok(attempts < 180, `${attempts} attempts at two secrets and a token in 20 minutes`)
    },
  )
})

t.test('a Vault that accepts and never answers is given up each time', async t => {
  await incidents(
    'hangs',
    ({ vault, time }, at) => {
      vault.mishap = () => (time.passed() < at + 20 * minutes ? { kind: 'hangs' } : undefined)
    },
    (pod, at) => isOver(t, pod, at + 60, at + 22 * minutes),
  )
})

t.test('a revoked token is replaced by one login, as soon as something is asked with it', async t => {
  await incidents(
    'tokenRevoked',
    ({ vault: { memory } }) => {
      for (const id of memory.tokens.keys()) revokeToken(memory, id)
    },
    (pod, at) => {
      isOver(t, pod, at, at + 300)
      t.equal(requests(pod, login, at, at + 301), 1)
    },
  )
})

t.test('a revoked lease is read anew with the same token', async t => {
  await incidents(
    'leaseRevoked',
    ({ vault: { memory } }) => {
      for (const id of memory.leases.keys()) revokeLease(memory, id)
    },
    (pod, at) => isOver(t, pod, at, at + 225),
  )
})

t.test('without its role it keeps what it has, asks every 30 to 60 s, and is back a minute after the role', async t => {
  await incidents(
    'role',
    ({ vault, time }, at) => {
      const { loginRoles } = vault.memory
      const role = loginRoles.get('kubernetes/web')
      loginRoles.delete('kubernetes/web')
      const gone = { kind: 'status', status: 500, errors: ['role web does not exist during renewal'] } as const
      vault.mishap = ({ path }) => (path.endsWith('renew-self') && !loginRoles.has('kubernetes/web') ? gone : undefined)
      time.at(at + 30 * minutes, () => role && loginRoles.set('kubernetes/web', role))
    },
    (pod, at) => {
      // The token had been renewed two thirds of its time ago at most.
      isOver(t, pod, at + 200, at + 31 * minutes)
      const warned = pod.log.filter(({ event, at: when }) => event === 'login failed' && Number(when) > at)
      t.match(warned[0]?.['reason'], 'invalid role name "web"')
      const asked = requests(pod, login, at, at + 30 * minutes)
      t.ok(asked >= 5 && asked <= 70, `${asked} logins in 30 minutes`)
    },
  )
})

t.test('without a policy the rest goes on, after one login', async t => {
  await incidents(
    'policy',
    ({ vault, time }, at) => {
      const denied = { kind: 'status', status: 403, errors: ['permission denied'] } as const
      vault.mishap = ({ path }) =>
        path.startsWith('secret/data/') && time.passed() < at + 30 * minutes ? denied : undefined
    },
    (pod, at) => {
      t.strictSame(pod.dead, [])
      const during = pod.log.filter(line => Number(line['at']) > at && Number(line['at']) < at + 30 * minutes)
      t.ok(requests(pod, login, at, at + 30 * minutes) <= 3, 'one, beside those that were due anyway')
      const warned = during.filter(({ reason }) =>
        /give the role a policy with: path "secret\/data\/app\/db"/.test(String(reason)),
      )
      t.ok(warned.length >= 4 && warned.length <= 8, `${warned.length} warnings`)
    },
  )
})

t.test('a clock that is set an hour ahead, and back, ends nothing', async t => {
  await incidents(
    'ahead',
    ({ time }, at) => {
      time.off.wall += hours * 1000
      time.at(at + 1000, () => (time.off.wall -= hours * 1000))
    },
    pod => {
      t.strictSame(pod.dead, [])
      t.ok(requests(pod, login) <= 6)
    },
  )
})

t.test('a clock that is set an hour back makes nobody oversleep, not even after a restart', async t => {
  await incidents(
    'behind',
    (pod, at) => {
      pod.time.off.wall -= hours * 1000
      if (at % 2 < 1) pod.kill()
    },
    pod => {
      t.strictSame(pod.dead, [])
      t.ok(requests(pod, login) <= 6)
    },
  )
})

t.test('a machine that has slept finds everything dead, and replaces it within five minutes', async t => {
  await incidents(
    'sleep',
    ({ time }, at) => {
      if (at % 2 < 1) time.off.up -= hours * 1000
      time.suspend(hours * 1000)
    },
    (pod, at) => isOver(t, pod, at + 60, at + hours + 305),
    // Otherwise nothing would be due for 40 minutes after it.
    { role: { ttl: hours, maxTtl: 10 * hours }, lease: { ttl: hours, maxTtl: 10 * hours }, change: { refresh: 0 } },
  )
})

t.test('a sidecar that is killed again and again goes on with what it had', async t => {
  await incidents(
    'killed',
    pod => {
      for (let kill = 0; kill < 40; kill += 1) pod.time.at(pod.time.passed() + kill * 97.3, pod.kill)
    },
    pod => {
      t.strictSame(pod.dead, [])
      t.ok(requests(pod, login) <= 6, `${requests(pod, login)} logins`)
    },
  )
})

t.test('each change reaches the app once, after the files, also across kills', async t => {
  await incidents(
    'rotation',
    pod => {
      const begun = pod.time.passed()
      for (let change = 1; change <= 12; change += 1) {
        pod.time.at(begun + change * 400, () =>
          putSecret(pod.vault.memory, 'secret/app/db', { password: `p-${change}` }),
        )
        pod.time.at(begun + change * 400 + 310, () => t.equal(pod.app()['PASSWORD'], `p-${change}`))
        pod.time.at(begun + change * 133, pod.kill)
      }
    },
    (pod, at) => {
      t.strictSame(pod.dead, [])
      t.equal(pod.signals.length, 12)
      t.ok(pod.signals.every(when => when > at))
    },
  )
})
