// The real sidecar, killed at each step of a change: every call that changes a file system is one.
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import t from 'tap'
import { prepare } from '../../src/agent/prepare.ts'
import { goOn } from '../../src/agent/run.ts'
import { readState, writeState } from '../../src/agent/state.ts'
import { encodeConfig, names } from '../../src/contract.ts'
import { entry, file, stageOf } from '../fixtures/agent.ts'
import { triesOf } from '../fixtures/faults.ts'
import { contentOf } from '../fixtures/kills/generations.ts'
import { lookAtOnce, run, watch } from '../fixtures/kills/reader.ts'
import { putSecret } from '../fixtures/vault-memory.ts'

const key = (name: string) => ({ name, format: 'raw', key: name }) as const

// Processors may be shared with many.
t.setTimeout(240_000)

const sidecar = join(t.testdir(), 'sidecar.mjs')

t.before(async () => {
  // In one file it starts in a fifth of the time.
  await build({
    entryPoints: ['test/fixtures/kills/sidecar.ts'],
    outfile: sidecar,
    bundle: true,
    platform: 'node',
    format: 'esm',
    external: ['yaml'],
  })
})

t.test('killed at each step of a change, it is old or new, and the next sidecar makes it new', async t => {
  const files = ['a', 'b', 'c']
  /** The sidecar's change from one generation to the next, killed at a step. @returns whether it came to that step */
  const attempt = async (step: number): Promise<boolean> => {
    const folders = t.testdir({ [step]: { secrets: {}, state: {} } })
    const [secrets, state] = ['secrets', 'state'].map(name => join(folders, String(step), name)) as [string, string]
    const stage = await stageOf(t, {
      files: [file('web', entry('secret/app/db', {}, { files: files.map(key) }))],
      env: 'none',
      revoke: false,
    })
    const put = (generation: number) =>
      putSecret(
        stage.vault.memory,
        'secret/app/db',
        Object.fromEntries(files.map(name => [name, contentOf(generation)])),
      )
    const config = { ...stage.config, folders: { secrets, state } }
    const agent = { ...stage.agent, config }
    put(0)
    await prepare(agent, false)
    put(1)
    const before = readState(state)
    if (before) writeState(state, { ...before, held: before.held.map(held => ({ ...held, due: 0 })) }, new Set())
    const env = { [names.configVariable]: encodeConfig(config), KILL_AT: String(step) }
    const child = run(sidecar, [], env)
    const output: string[] = []
    child.stdout?.on('data', (chunk: Buffer) => {
      output.push(String(chunk))
      // It has come through: what follows is waiting.
      if (output.join('').includes('"event":"written"')) child.kill('SIGTERM')
    })
    const ended = once(child, 'exit')
    await watch(child, secrets, files)
    await ended
    const isKilled = child.signalCode === 'SIGKILL'
    const left = lookAtOnce(secrets, files)
    t.ok(left === 0 || left === 1, `step ${step}: generation ${left}`)
    stage.clock.at(10, () => stage.stop.abort())
    await goOn(agent)
    t.equal(lookAtOnce(secrets, files), 1)
    t.strictSame(readdirSync(state), ['state.json'])
    t.equal(
      readdirSync(secrets).filter(name => name !== names.readyFile).length,
      files.length + 2,
      'nothing is left behind',
    )
    t.equal(readState(state)?.token.value, before?.token.value)
    return isKilled
  }
  let steps = 0
  while (await attempt(steps + 1)) steps += 1
  t.comment(`${steps} steps`)
  t.ok(steps >= triesOf('killedStep'), `${steps} steps`)
})
