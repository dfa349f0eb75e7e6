// The real client on real sockets, before a Vault that does what it should not.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { Agent } from '../../src/agent/agent.ts'
import { keep } from '../../src/agent/keep.ts'
import { prepare } from '../../src/agent/prepare.ts'
import { vaultAt } from '../../src/vault/client.ts'
import { makeCertificates } from '../../src/webhook/make-certificates.ts'
import { entry, file, type Stage, stageOf } from '../fixtures/agent.ts'
import { expired } from '../fixtures/certificates.ts'
import { triesOf } from '../fixtures/faults.ts'
import { type HostileVault, hostileVault, hostilities } from '../fixtures/hostile-vault.ts'
import { putSecret } from '../fixtures/vault-memory.ts'
import { chanceOf } from '../fixtures/virtual/time.ts'

// Processors may be shared with many.
t.setTimeout(240_000)

/** What cannot be heard is waited for no longer than this: the time of these tests is virtual, that of sockets is not. */
const patience = 100

/** A pod before a Vault that is about to go wrong. */
const begun = async (t: Test, seed: number, more: object = {}) => {
  const stage = await stageOf(t, {
    refresh: 60,
    files: [file('app', entry('database/creds/app', { USER: 'username' }), entry('secret/app/db', { A: 'password' }))],
  })
  const chance = chanceOf(seed)
  const clock = { ...stage.clock, random: chance }
  const vault = await hostileVault(clock.now, 'pair' in more ? (more.pair as { key: string; cert: string }) : undefined)
  t.teardown(vault.close)
  vault.memory.databaseRoles.set('database/app', { ttl: 300, maxTtl: 1800 })
  putSecret(vault.memory, 'secret/app/db', { password: 'first' })
  const config = { ...stage.config, vault: { address: vault.address, ...('tls' in more ? (more.tls as object) : {}) } }
  const client = vaultAt(config.vault)
  t.teardown(client.rest)
  const agent: Agent = {
    ...stage.agent,
    config,
    clock,
    vault: { ...client, request: request => client.request({ ...request, timeout: patience }) },
  }
  return { stage, agent, vault, at: 200 + Math.floor(100 * chance()) }
}

const shown = ({ config }: Stage) =>
  JSON.parse(readFileSync(join(config.folders.secrets, 'app.json'), 'utf8')) as {
    readonly USER: string
    readonly A: string
  }

/** Lives so long, and looks every second whether the user in the files is one that Vault knows. */
const live = async (t: Test, stage: Stage, agent: Agent, { memory }: HostileVault, seconds: number): Promise<void> => {
  const session = await prepare(agent, false)
  const dead: number[] = []
  for (let second = 1; second < seconds; second += 1)
    stage.clock.at(second, () => {
      const { USER } = shown(stage)
      const lease = [...memory.leases.values()].find(({ id }) => USER === `v-app-${id.slice(-6)}`)
      if (lease === undefined || lease.endsAt <= agent.clock.now()) dead.push(second)
    })
  stage.clock.at(seconds, () => stage.stop.abort(new Error('the pod ends')))
  await t.rejects(keep(agent, session), new Error('the pod ends'))
  t.strictSame(dead, [])
}

for (const [name, hostility] of Object.entries(hostilities))
  t.test(`instead of an answer: ${name}`, async t => {
    for (let seed = 1; seed <= triesOf('hostile'); seed += 1) {
      const { stage, agent, vault, at } = await begun(t, seed)
      let asked = 0
      stage.clock.at(at, () => {
        vault.instead = hostility
        asked = vault.requests.length
        putSecret(vault.memory, 'secret/app/db', { password: 'second' })
      })
      stage.clock.at(at + 70, () => {
        asked = vault.requests.length - asked
        t.equal(shown(stage).A, 'first', 'the last good files')
        vault.instead = undefined
      })
      // Nothing ends without this secret: whoever asks for five minutes is given them, and no more.
      const late = name.endsWith('9999') ? 310 : 0
      stage.clock.at(at + 140 + late, () => t.equal(shown(stage).A, 'second'))
      await live(t, stage, agent, vault, 800)
      t.ok(asked >= 1 && asked <= 40, `${asked} requests in 70 s`)
      const warned = stage.log.filter(({ level }) => level === 'warn')
      t.ok(warned.length > 0 && warned.every(({ event }) => /^(?:not read|lease not renewed|token)/.test(event)))
    }
  })

t.test(
  'a certificate that has expired, or is of another CA, is not believed; the CA is read anew each time',
  async t => {
    const make = () => makeCertificates(['127.0.0.1'], new Date(), 30)
    const [first, second] = [make(), make()]
    const old = await expired('127.0.0.1', { key: first.caKey, cert: first.caCert })
    const folder = mkdtempSync(join(tmpdir(), 'podvault-ca-'))
    t.teardown(() => rmSync(folder, { recursive: true }))
    for (let seed = 1; seed <= triesOf('certificate'); seed += 1) {
      const caFile = join(folder, 'ca.crt')
      writeFileSync(caFile, first.caCert)
      const { stage, agent, vault, at } = await begun(t, seed, { pair: first, tls: { caFile } })
      putSecret(vault.memory, 'secret/app/db', { password: 'first' })
      stage.clock.at(at, () => {
        vault.present(old)
        putSecret(vault.memory, 'secret/app/db', { password: 'second' })
      })
      stage.clock.at(at + 70, () => {
        t.equal(shown(stage).A, 'first')
        vault.present(second)
      })
      stage.clock.at(at + 140, () => {
        t.equal(shown(stage).A, 'first')
        writeFileSync(caFile, second.caCert)
      })
      stage.clock.at(at + 210, () => t.equal(shown(stage).A, 'second'))
      await live(t, stage, agent, vault, 600)
      const reasons = new Set(stage.log.flatMap(({ level, reason }) => (level === 'warn' ? [String(reason)] : [])))
      t.ok(
        [...reasons].some(reason => /expired/.test(reason)),
        [...reasons].join('; '),
      )
      t.ok(
        [...reasons].some(reason => /signature failure|unable to verify|self-signed/.test(reason)),
        [...reasons].join('; '),
      )
    }
  },
)
