import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import type { Agent, Beside } from '../../src/agent/agent.ts'
import { keep } from '../../src/agent/keep.ts'
import { prepare } from '../../src/agent/prepare.ts'
import { entry, file, type Stage, stageOf } from '../fixtures/agent.ts'
import { putSecret, revokeToken } from '../fixtures/vault-memory.ts'

const creds = file('db', entry('database/creds/app', { USER: 'username' }))
const env = (stage: Stage) => readFileSync(join(stage.config.folders.secrets, 'env'), 'utf8')
const logins = (stage: Stage) => stage.asked().filter(path => path.endsWith('/login')).length
const count = (stage: Stage, path: string) => stage.asked().filter(each => each === path).length

/** Lets the sidecar live for so many seconds of the virtual clock. */
const live = async (stage: Stage, seconds: number, agent: Agent = stage.agent): Promise<void> => {
  const session = await prepare(agent, false)
  stage.clock.at(stage.clock.passed() + seconds, () => stage.stop.abort(new Error('the pod ends')))
  await t.rejects(keep(agent, session), new Error('the pod ends'))
}

t.test('for two minutes the database user is always valid, changes in time, and costs one login', async t => {
  const stage = await stageOf(t, { files: [creds] })
  const users = new Set<string>()
  for (let second = 1; second < 120; second += 1)
    stage.clock.at(second, () => {
      const [name = ''] = /v-app-[^']+/.exec(env(stage)) ?? []
      users.add(name)
      const lease = [...stage.vault.memory.leases.values()].find(({ id }) => name === `v-app-${id.slice(-6)}`)
      t.ok((lease?.endsAt ?? 0) > stage.clock.now(), `valid after ${second} s`)
    })
  await live(stage, 120)
  t.ok(users.size >= 3 && users.size <= 6, `${users.size} users`)
  t.equal(logins(stage), 1)
})

t.test('a KV secret is looked at once per refresh, and a change is seen within it', async t => {
  const stage = await stageOf(t)
  stage.clock.at(1000, () => putSecret(stage.vault.memory, 'secret/app/db', { password: 'changed' }))
  stage.clock.at(1301, () => t.equal(env(stage), "DB_PASSWORD='changed'\n"))
  await live(stage, 3000)
  t.equal(count(stage, 'secret/data/app/db'), 1 + 10)
  t.equal(count(stage, 'sys/internal/ui/mounts/secret/app/db'), 1)
})

t.test('with refresh 0 and an endless token it asks nothing more, ever', async t => {
  const stage = await stageOf(t, { refresh: 0 })
  stage.vault.memory.loginRoles.set('kubernetes/web', { ttl: 0 })
  await live(stage, 10 * 86_400)
  t.equal(stage.vault.requests.length, 3)
  t.equal(stage.clock.sleeps.length, 10, 'and hardly wakes')
})

t.test('a rotated password is read right after its rotation', async t => {
  const stage = await stageOf(t, {
    files: [file('db', entry('database/static-creds/app', { P: 'password' }))],
  })
  stage.vault.memory.databaseRoles.set('database/app', { rotation: 60 })
  for (let minute = 1; minute <= 5; minute += 1) {
    const second = minute * 60 + 2
    stage.clock.at(second, () => t.match(env(stage), `at-${Math.floor(stage.clock.now() / 60_000)}`))
  }
  await live(stage, 310)
})

t.test('a revoked token is replaced by one login, and all leases with it', async t => {
  const stage = await stageOf(t, { files: [creds], refresh: 60 })
  stage.clock.at(33, () => {
    for (const id of stage.vault.memory.tokens.keys()) revokeToken(stage.vault.memory, id)
  })
  stage.clock.at(45, () => {
    const [name = ''] = /v-app-[^']+/.exec(env(stage)) ?? []
    t.ok([...stage.vault.memory.leases.keys()].some(id => name.endsWith(id.slice(-6))))
  })
  await live(stage, 60)
  t.equal(logins(stage), 2)
})

t.test('leases move to the new token before the old one dies', async t => {
  const stage = await stageOf(t, { files: [creds] })
  stage.vault.memory.loginRoles.set('kubernetes/web', { ttl: 60, maxTtl: 90 })
  for (let second = 1; second < 300; second += 1)
    stage.clock.at(second, () => {
      const [name = ''] = /v-app-[^']+/.exec(env(stage)) ?? []
      const lease = [...stage.vault.memory.leases.values()].find(({ id }) => name === `v-app-${id.slice(-6)}`)
      const token = stage.vault.memory.tokens.get(lease?.token ?? '')
      t.ok((token?.endsAt ?? 0) > stage.clock.now(), `its token lives after ${second} s`)
    })
  await live(stage, 300)
  t.ok(logins(stage) >= 4 && logins(stage) <= 6, `${logins(stage)} logins in 300 s of tokens that last 90`)
})

t.test('Vault away for a while: nobody notices', async t => {
  const stage = await stageOf(t, { files: [creds] })
  stage.clock.at(5, () => stage.vault.fail({ cut: true }))
  stage.clock.at(13, stage.vault.heal)
  await live(stage, 60)
  t.equal(logins(stage), 1)
  t.ok(stage.log.some(({ event, reason }) => event === 'lease not renewed' && reason === 'socket hang up'))
})

t.test('mounted secrets files are read again at each refresh', async t => {
  const stage = await stageOf(t, { files: [creds], refresh: 60 })
  const folder = `${stage.config.folders.secrets}.d`
  mkdirSync(folder)
  writeFileSync(join(folder, 'app.secrets'), 'A=app/db#password\n')
  stage.clock.at(100, () => writeFileSync(join(folder, 'app.secrets'), 'P=app/db#port\n'))
  stage.clock.at(165, () => t.match(env(stage), "P='5432'"))
  const config = { ...stage.config, mounted: [{ configMap: 'cm', folder }] }
  await live(stage, 600, { ...stage.agent, config })
  t.equal(logins(stage), 1)
})

t.test('what cannot be written is tried again until it can', async t => {
  const stage = await stageOf(t)
  const folder = stage.config.folders.secrets
  stage.clock.at(200, () => {
    putSecret(stage.vault.memory, 'secret/app/db', { password: 'changed' })
    renameSync(folder, `${folder}.away`)
    writeFileSync(folder, 'in the way')
  })
  stage.clock.at(400, () => {
    rmSync(folder)
    renameSync(`${folder}.away`, folder)
  })
  stage.clock.at(465, () => t.equal(env(stage), "DB_PASSWORD='changed'\n"))
  await live(stage, 500)
  const failures = stage.log.filter(({ event }) => event === 'not written').length
  t.ok(failures >= 6 && failures <= 12, `${failures} attempts in two minutes`)
})

t.test('what goes on beside it sees every session, may make something due, and may end a rest', async t => {
  const stage = await stageOf(t)
  const path = 'secret/data/app/db'
  let rests = 0
  const beside: Beside = {
    seen: session => {
      const held = session.state.held.map(each => ({ ...each, due: stage.clock.now() }))
      return rests === 1 && count(stage, path) === 1 ? { ...session, state: { ...session.state, held } } : session
    },
    rest: async milliseconds => {
      rests += 1
      if (rests > 1) await stage.clock.sleep(milliseconds, stage.agent.signal)
    },
  }
  stage.clock.at(10, () => t.equal(count(stage, path), 2, 'read at once, and not again until it is due'))
  await live(stage, 200, { ...stage.agent, beside })
  t.equal(count(stage, path), 2)
})

t.test('a change is told once, after the files, and a restart ends it', async t => {
  const told: string[] = []
  const server = createServer((_request, response) => {
    told.push(env(stage))
    response.end()
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const stage = await stageOf(t, { onChange: { kind: 'http', method: 'POST', url } })
  stage.clock.at(1000, () => putSecret(stage.vault.memory, 'secret/app/db', { password: 'changed' }))
  await live(stage, 3000)
  t.strictSame(told, ["DB_PASSWORD='changed'\n"])
  const restarting = await stageOf(t, { onChange: { kind: 'restart' } })
  const session = await prepare(restarting.agent, false)
  putSecret(restarting.vault.memory, 'secret/app/db', { password: 'changed' })
  t.equal(await keep(restarting.agent, session), 'restart')
})
