// Volumes in memory that are really full. They are of this test's own; only the rights to mount them are the cluster's.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { keep } from '../../src/agent/keep.ts'
import { prepare } from '../../src/agent/prepare.ts'
import { readState } from '../../src/agent/state.ts'
import { entry, file, stageOf } from '../fixtures/agent.ts'
import { triesOf } from '../fixtures/faults.ts'
import { putSecret } from '../fixtures/vault-memory.ts'

const path = 'secret/app/db'
const secret = (generation: number) => ({ a: `${generation}`.repeat(6000), b: `${generation}`.repeat(6000) })
const raw = (key: string) => ({ name: key, format: 'raw', key }) as const

/** A pod whose two volumes take 64 KiB each. */
const begun = async (t: Test) => {
  const stage = await stageOf(t, {
    refresh: 60,
    env: 'none',
    files: [file('web', entry(path, {}, { files: ['a', 'b'].map(raw) }))],
  })
  const [secrets, state] = [mkdtempSync('/tmp/podvault-secrets-'), mkdtempSync('/tmp/podvault-state-')]
  for (const folder of [secrets, state]) {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder])
    t.teardown(() => {
      execFileSync('umount', [folder])
      rmSync(folder, { recursive: true })
    })
  }
  putSecret(stage.vault.memory, path, secret(1))
  const config = { ...stage.config, folders: { secrets, state } }
  const agent = { ...stage.agent, config }
  const generation = () => ['a', 'b'].map(name => readFileSync(join(secrets, name), 'utf8')[0]).join('')
  return { stage, agent, secrets, state, generation }
}

/** Takes all room but so many pages. */
const fill = (folder: string, pages: number): void => {
  const junk = join(folder, 'junk')
  for (let size = 16; size >= 0; size -= 1)
    try {
      writeFileSync(junk, Buffer.alloc(size * 4096))
      break
    } catch {
      rmSync(junk, { force: true })
    }
  const taken = readFileSync(junk).length
  writeFileSync(junk, Buffer.alloc(Math.max(0, taken - pages * 4096)))
}

t.test(
  'a full volume of secrets keeps the old files whole, and takes the new ones as soon as there is room',
  async t => {
    for (let pages = 0; pages < triesOf('fullSecrets'); pages += 1) {
      const { stage, agent, secrets, generation } = await begun(t)
      const session = await prepare(agent, false)
      const before = readdirSync(secrets).length
      fill(secrets, pages)
      putSecret(stage.vault.memory, path, secret(2))
      stage.clock.at(200, () => {
        t.equal(generation(), '11')
        t.equal(readdirSync(secrets).length, before + 1, 'and nothing of the new ones takes any room')
        rmSync(join(secrets, 'junk'))
      })
      stage.clock.at(262, () => t.equal(generation(), '22'))
      stage.clock.at(270, () => stage.stop.abort(new Error('the pod ends')))
      await t.rejects(keep(agent, session), new Error('the pod ends'))
      const said = stage.log.filter(({ event }) => event === 'not written')
      t.match(said[0], { reason: `there is no room left in ${secrets}: it is a small volume in memory: ask for fewer` })
      t.ok(said.length >= 4 && said.length <= 15, `said ${said.length} times in three minutes`)
    }
  },
)

t.test('a full volume of the state keeps no file from the app', async t => {
  for (let pages = 0; pages < triesOf('fullState'); pages += 1) {
    const { stage, agent, state, generation } = await begun(t)
    const session = await prepare(agent, false)
    fill(state, pages)
    putSecret(stage.vault.memory, path, secret(2))
    stage.clock.at(100, () => t.equal(generation(), '22'))
    stage.clock.at(200, () => {
      t.strictSame(readdirSync(state).sort(), ['junk', 'state.json'], 'no half of a state')
      rmSync(join(state, 'junk'))
    })
    stage.clock.at(270, () => stage.stop.abort(new Error('the pod ends')))
    await t.rejects(keep(agent, session), new Error('the pod ends'))
    t.match(readState(state), { shown: true, held: [{ value: { data: secret(2) } }] })
    t.match(
      stage.log.find(({ event }) => event === 'not written'),
      { reason: `there is no room left in ${state}` },
    )
  }
})

t.test('a login into a volume that is too small says so, and leaves no token behind', async t => {
  const { stage, agent, secrets } = await begun(t)
  fill(secrets, 2)
  await t.rejects(prepare(agent, false), { code: 'failed', message: `there is no room left in ${secrets}` })
  t.equal(stage.vault.memory.tokens.size, 0)
})
