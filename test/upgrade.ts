import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { uptime } from 'node:os'
import { join } from 'node:path'
import fastJsonPatch from 'fast-json-patch'
import t, { type Test } from 'tap'
import { parse } from 'yaml'
import { login, renew } from '../src/agent/run.ts'
import { readState } from '../src/agent/state.ts'
import type { Io } from '../src/command.ts'
import { names } from '../src/contract.ts'
import { decide } from '../src/inject/decide.ts'
import { undoPatch } from '../src/inject/undo.ts'
import { livePodsIn } from '../src/cli/live-pods.ts'
import { statusRows } from '../src/cli/status-rows.ts'
import { statusText } from '../src/cli/status-text.ts'
import { version } from '../src/version.ts'
import { readLease } from '../src/webhook/election.ts'
import { makeLeaf } from '../src/webhook/make-certificates.ts'
import { readTrust, writeTrust } from '../src/webhook/trust.ts'
import { sink } from './fixtures/agent.ts'
import { livePod } from './fixtures/live.ts'
import { settings } from './fixtures/pods.ts'
import { configIn, recorded, type Release, releases, upgrade } from './fixtures/upgrade.ts'
import { putSecret } from './fixtures/vault-memory.ts'
import { type FakeVault, startVault } from './fixtures/vault-server.ts'

const pod = parse(readFileSync(join(upgrade, 'pod.yaml'), 'utf8'))

for (const { commit, pod: injected } of releases()) {
  t.test(`a second review of a pod that ${commit} has injected changes nothing and says so`, async t => {
    const decision = decide(injected, 'default', settings)
    t.match(decision, { kind: 'skip', reason: 'already-injected' })
    for (const warning of decision.kind === 'skip' ? (decision.warnings ?? []) : [])
      t.match(warning, /^already injected by podvault "0\.1\.0".*left as it is/)
  })

  t.test(`what ${commit} has added can be taken away again`, async t => {
    const { newDocument } = fastJsonPatch.applyPatch(structuredClone(injected), [...undoPatch(injected)])
    t.strictSame(newDocument, pod)
  })
}

t.test('status lists what earlier versions have injected, and that a new pod would be another', async t => {
  for (const { commit, pod: injected } of releases()) {
    const pods = livePodsIn({ items: [livePod(injected)] })
    const [row, ...others] = statusRows(pods, { value: settings }, version)
    t.match(row, { workload: 'Deployment/web', pods: 1, engines: ['podvault'], versions: ['0.1.0'] }, commit)
    t.strictSame(row?.drift, { settings: 1 }, commit)
    t.same(others, [])
    t.match(statusText(row ? [row] : [], true, Date.now()), /^shop +Deployment\/web .* podvault +0\.1\.0 .* settings /m)
  }
})

/** What a release left in a pod whose agent's tag has moved on to today's; its token is alive, and its lease. */
const movedOn = async (t: Test, { injected, state }: Release) => {
  const vault = await startVault()
  t.teardown(async () => vault.close())
  putSecret(vault.memory, 'secret/app/db', { host: recorded.host })
  vault.memory.databaseRoles.set('database/app', { ttl: 3600, maxTtl: 86_400 })
  const home = t.testdir({ token: 'a.jwt', secrets: {}, state: {} })
  const folders = { secrets: join(home, 'secrets'), state: join(home, 'state') }
  const config = configIn(injected)
  const here = {
    ...config,
    vault: { address: vault.address },
    auth: { ...config.auth, tokenFile: `${home}/token` },
    folders,
  }
  const [out, stop] = [sink(), new AbortController()]
  const env = { [names.configVariable]: JSON.stringify(here) }
  const io: Io = { env, stdin: process.stdin, stdout: out.stream, stderr: out.stream, stop: stop.signal }
  const text = (name: string): string => readFileSync(join(folders.secrets, name), 'utf8')
  return { vault, folders, io, stop, text, said: out.text, leave: () => leave(vault, folders.state, state) }
}

/** As if it had been left just now. */
const leave = (vault: FakeVault, folder: string, text: string): void => {
  const left = JSON.parse(text)
  const passed = Date.now() - left.token.loggedInAt
  const inMilliseconds = ['loggedInAt', 'endsAt', 'due', 'now', 'wall', 'changedAt']
  const now = JSON.stringify(left, (name, value) =>
    inMilliseconds.includes(name) && typeof value === 'number'
      ? value + passed
      : name === 'up'
        ? uptime() * 1000
        : value,
  )
  writeFileSync(join(folder, 'state.json'), now)
  const { endsAt } = JSON.parse(now).token
  vault.memory.tokens.set(recorded.token, {
    id: recorded.token,
    accessor: 'a',
    role: {},
    createdAt: Date.now(),
    endsAt,
  })
}

const until = async (done: () => boolean): Promise<void> => {
  while (!done()) await new Promise(resolve => setTimeout(resolve, 5))
}

for (const release of releases()) {
  t.test(`login reads what ${release.commit} has asked of it`, async t => {
    const { io, text, said } = await movedOn(t, release)
    t.equal(await login(io, []), 0, said())
    t.match(text('env'), /^DB_HOST='db\.example\.com'\nDB_USER='v-app-[^']+'\nDB_PASSWORD='[^']+'\n$/)
    t.notMatch(said(), 'not understood')
  })

  t.test(`renew goes on with the token that ${release.commit} has left, and revokes it in the end`, async t => {
    const { vault, folders, io, stop, text, said, leave } = await movedOn(t, release)
    leave()
    const ended = renew(io, [])
    await until(() => existsSync(join(folders.secrets, 'env')))
    t.equal(readState(folders.state)?.token.value, recorded.token)
    t.match(text('env'), /^DB_HOST='db\.example\.com'\nDB_USER='v-app-[^']+'\nDB_PASSWORD='[^']+'\n$/)
    const asked = vault.requests.map(({ path }) => path)
    t.notOk(
      asked.some(path => path.endsWith('/login')),
      'no second login',
    )
    // Before that, the values of leases were not kept.
    const isKept = release.commit !== 'e3c4dc6'
    t.equal(asked.includes('database/creds/app'), !isKept, 'and no second lease, where the first one is known')
    if (isKept) t.match(release.state, `"username": "${/DB_USER='([^']+)'/.exec(text('env'))?.[1]}"`)
    stop.abort()
    t.equal(await ended, 0)
    t.strictSame(vault.memory.revoked.slice(0, 1), [recorded.token])
    t.notMatch(said(), 'state unusable')
  })
}

t.test('a state of a podvault to come is not believed: login anew, and a sentence', async t => {
  const [release] = releases()
  if (release === undefined) throw new Error('no release')
  const { folders, io, said, vault } = await movedOn(t, release)
  writeFileSync(join(folders.state, 'state.json'), JSON.stringify({ version: 3 }))
  t.equal(await login(io, []), 0)
  t.match(
    said(),
    /"event":"state unusable","hint":"it is damaged, or of a podvault that this one does not know; logs in/,
  )
  t.ok(vault.requests.some(({ path }) => path.endsWith('/login')))
})

for (const { commit } of releases()) {
  const file = join(upgrade, commit, 'replicas.json')
  if (existsSync(file))
    t.test(`replicas of today and of ${commit} share an authority and a Lease`, async t => {
      const { data, lease } = JSON.parse(readFileSync(file, 'utf8'))
      const trust = readTrust(data)
      if (typeof trust === 'string') throw new Error(trust)
      t.equal(trust.former.length, 1, 'with the one before it')
      t.strictSame(writeTrust(trust), data, 'which is written as it was')
      t.match(makeLeaf(trust.current, ['localhost'], new Date(), 1000), { cert: /^-----BEGIN CERTIFICATE/ })
      const stored = { ...lease, metadata: { ...lease.metadata, resourceVersion: '1' } }
      t.match(readLease(stored), { holder: 'a replica', transitions: 0 })
    })
}
