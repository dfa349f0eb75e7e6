import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { withBeside } from '../../src/agent/beside.ts'
import { prepare } from '../../src/agent/prepare.ts'
import { stageOf } from '../fixtures/agent.ts'
import { startEvents, written } from '../fixtures/event-server.ts'

/** A port that nobody has just now. */
const freePort = async (): Promise<number> => {
  const server = createServer().listen(0)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

t.test('a pod that asks for nothing gets the readiness file, and rests as it would without', async t => {
  const stage = await stageOf(t)
  const session = await prepare(stage.agent, false)
  const { beside } = await withBeside(stage.agent)
  t.equal(beside.seen(session), session)
  t.ok(existsSync(join(stage.config.folders.secrets, '..ready')))
  await beside.rest(5000)
  t.equal(stage.clock.passed(), 5)
  stage.stop.abort(new Error('over'))
  await t.rejects(beside.rest(5000), new Error('over'))
  beside.close()
})

t.test('metrics are served of the session that was seen last, until it is closed', async t => {
  const metricsPort = await freePort()
  const stage = await stageOf(t, { metricsPort })
  const session = await prepare(stage.agent, false)
  const { beside, log } = await withBeside(stage.agent)
  const url = `http://127.0.0.1:${metricsPort}/ready`
  t.equal((await fetch(url)).status, 503)
  beside.seen(session)
  t.equal((await fetch(url)).status, 200)
  log('warn', 'not read')
  t.match(await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text(), 'failures_total{reason="read"} 1')
  beside.close()
  await t.rejects(fetch(url))
})

t.test('events of Vault make a secret due, and a rest end', async t => {
  const events = await startEvents(t)
  const stage = await stageOf(t)
  const session = await prepare(stage.agent, false)
  const config = { ...stage.config, instantUpdates: true, vault: { address: events.address } }
  const never = async (_: number, signal: AbortSignal) =>
    new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason))
    })
  const { beside } = await withBeside({ ...stage.agent, config, clock: { ...stage.clock, sleep: never } })
  beside.seen(session)
  await events.until(1)
  const resting = beside.rest(1_000_000)
  await new Promise(resolve => setTimeout(resolve, 20))
  events.send(written('secret/', 'app/db'))
  await resting
  t.equal(beside.seen(session).state.held[0]?.due, stage.clock.now() + 1000)
  beside.close()
})
