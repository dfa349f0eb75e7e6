import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { build } from 'esbuild'
import t, { type Test } from 'tap'
import { login, loginWith, renew, renewWith } from '../../src/agent/run.ts'
import { readState, writeState } from '../../src/agent/state.ts'
import type { Io } from '../../src/command.ts'
import { type AgentConfig, encodeConfig, names, restartExitCode } from '../../src/contract.ts'
import { entry, file, sink, type Stage, stageOf } from '../fixtures/agent.ts'
import { putSecret } from '../fixtures/vault-memory.ts'

const ioOf = (stage: Stage, config: AgentConfig = stage.config) => {
  const [stdout, stderr] = [sink(), sink()]
  const env = { [names.configVariable]: encodeConfig(config) }
  const io: Io = { env, stdin: process.stdin, stdout: stdout.stream, stderr: stderr.stream, stop: stage.stop.signal }
  return { io, output: () => stdout.text() + stderr.text() }
}
const begun = async (t: Test, change: Partial<AgentConfig> = {}) => {
  const stage = await stageOf(t, change)
  return { stage, ...ioOf(stage) }
}
const stateFile = (stage: Stage) => join(stage.config.folders.state, 'state.json')

t.test('login puts everything in place and exits 0; renew goes on and revokes at the end', async t => {
  const { stage, io, output } = await begun(t)
  t.equal(await login(io, []), 0)
  t.equal(readFileSync(join(stage.config.folders.secrets, 'env'), 'utf8'), "DB_PASSWORD='hunter2'\n")
  const token = readState(stage.config.folders.state)?.token.value
  const asked = stage.vault.requests.length
  const renewing = renew(io, [])
  setTimeout(() => stage.stop.abort(), 50)
  t.equal(await renewing, 0)
  t.strictSame(stage.asked().slice(asked), ['auth/token/revoke-self'])
  t.strictSame(stage.vault.memory.revoked, [token])
  t.notOk(existsSync(stateFile(stage)), 'a state with a dead token is of no use')
  t.notMatch(output(), 'hunter2')
  t.notMatch(output(), token ?? '-')
})

t.test('a killed renew goes on with the same token and the same leases', async t => {
  const { stage, io } = await begun(t)
  await loginWith(io, stage.clock)
  const first = readState(stage.config.folders.state)
  stage.clock.at(400, () => stage.stop.abort())
  const kept = { ...stage.config, revoke: false }
  t.equal(await renewWith(ioOf(stage, kept).io, stage.clock), 0)
  t.equal(readState(stage.config.folders.state)?.token.value, first?.token.value)
  t.strictSame(stage.vault.memory.revoked, [], 'unless it is told not to revoke')
  t.equal(stage.asked().filter(path => path.endsWith('/login')).length, 1)
})

t.test('a renew that finds nothing to go on with does what login does', async t => {
  const { stage, io } = await begun(t)
  stage.clock.at(10, () => stage.stop.abort())
  t.equal(await renewWith(io, stage.clock), 0)
  t.equal(stage.asked()[0], 'auth/kubernetes/login')
  t.equal(stage.vault.memory.tokens.size, 0)
})

t.test('a renew that finds values missing reads them anew, with the same token', async t => {
  const { stage, io } = await begun(t)
  await loginWith(io, stage.clock)
  const state = readState(stage.config.folders.state)
  if (state) writeState(stage.config.folders.state, { ...state, held: [] }, new Set())
  stage.clock.at(10, () => stage.stop.abort())
  t.equal(await renewWith(io, stage.clock), 0)
  t.equal(stage.asked().filter(path => path === 'secret/data/app/db').length, 2)
  t.equal(stage.asked().filter(path => path.endsWith('/login')).length, 1)
})

t.test('a change restarts the pod once: login goes on with the same token and shows the new values', async t => {
  const { stage, io } = await begun(t, { onChange: { kind: 'restart' } })
  await loginWith(io, stage.clock)
  putSecret(stage.vault.memory, 'secret/app/db', { password: 'changed' })
  t.equal(await renewWith(io, stage.clock), restartExitCode)
  t.ok(existsSync(stateFile(stage)))
  t.strictSame(stage.vault.memory.revoked, [])
  const asked = stage.vault.requests.length
  t.equal(await loginWith(io, stage.clock), 0)
  t.strictSame(stage.asked().slice(asked), ['auth/token/lookup-self'])
  t.equal(readFileSync(join(stage.config.folders.secrets, 'env'), 'utf8'), "DB_PASSWORD='changed'\n")
  stage.clock.at(stage.clock.passed() + 3000, () => stage.stop.abort())
  t.equal(await renewWith(io, stage.clock), 0, 'and not again')
})

t.test('a renew that is killed between the files and the hook tells the app later', async t => {
  const { stage, io } = await begun(t, { onChange: { kind: 'restart' } })
  await loginWith(io, stage.clock)
  const state = readState(stage.config.folders.state)
  const held = state?.held.map(each => ({ ...each, value: { data: { password: 'newer' } } })) ?? []
  if (state) writeState(stage.config.folders.state, { ...state, held, shown: false }, new Set())
  t.equal(await renewWith(io, stage.clock), restartExitCode)
  t.equal(readFileSync(join(stage.config.folders.secrets, 'env'), 'utf8'), "DB_PASSWORD='newer'\n")
})

t.test('a renew whose state is lost tells a running app, and no app of its first files', async t => {
  const { stage, io } = await begun(t, { onChange: { kind: 'restart' } })
  stage.clock.at(10, () => stage.stop.abort())
  t.equal(await renewWith(io, stage.clock), 0)
  const again = await begun(t, { onChange: { kind: 'restart' } })
  await loginWith(again.io, again.stage.clock)
  unlinkSync(stateFile(again.stage))
  t.equal(await renewWith(again.io, again.stage.clock), restartExitCode)
})

t.test('a renew that restarts while a mounted file is broken goes on with what it had', async t => {
  const stage = await stageOf(t)
  const folder = `${stage.config.folders.secrets}.d`
  mkdirSync(folder)
  writeFileSync(join(folder, 'app.secrets'), 'PORT=app/db#port\n')
  const { io } = ioOf(stage, { ...stage.config, mounted: [{ configMap: 'cm', folder }] })
  await loginWith(io, stage.clock)
  writeFileSync(join(folder, 'app.secrets'), 'nonsense\n')
  const asked = stage.vault.requests.length
  stage.clock.at(10, () => stage.stop.abort())
  t.equal(await renewWith(io, stage.clock), 0)
  t.strictSame(stage.asked().slice(asked), ['auth/token/revoke-self'])
  t.match(readFileSync(join(stage.config.folders.secrets, 'env'), 'utf8'), "PORT='5432'")
})

t.test('a template in a file of its own is followed, and a broken one changes nothing', async t => {
  const stage = await stageOf(t)
  const { secrets } = stage.config.folders
  const templateFile = `${secrets}.tpl`
  const output = { name: 'url', format: 'template', templateFile } as const
  const files = [file('web', entry('secret/app/db', { DB_PASSWORD: 'password' }, { files: [output] }))]
  const { io } = ioOf(stage, { ...stage.config, files, onChange: { kind: 'restart' } })
  const url = () => readFileSync(join(secrets, 'url'), 'utf8')
  writeFileSync(templateFile, 'pg://{{ .password }}')
  await loginWith(io, stage.clock)
  t.equal(url(), 'pg://hunter2')
  stage.clock.at(100, () => writeFileSync(templateFile, 'pg://{{ .password'))
  stage.clock.at(500, () => t.equal(url(), 'pg://hunter2'))
  stage.clock.at(1000, () => writeFileSync(templateFile, '{{ .port }}'))
  t.equal(await renewWith(io, stage.clock), restartExitCode, 'the app is told of what has become of it')
  t.equal(url(), '5432')
  t.match(readFileSync(join(secrets, 'env'), 'utf8'), "DB_PASSWORD='hunter2'")
})

t.test('a renew that restarts while a template is broken goes on with the last good one', async t => {
  const stage = await stageOf(t)
  const templateFile = `${stage.config.folders.secrets}.tpl`
  const output = { name: 'url', format: 'template', templateFile } as const
  const files = [file('web', entry('secret/app/db', {}, { files: [output] }))]
  const { io } = ioOf(stage, { ...stage.config, files })
  writeFileSync(templateFile, 'pg://{{ .password }}')
  await loginWith(io, stage.clock)
  unlinkSync(templateFile)
  stage.clock.at(10, () => stage.stop.abort())
  t.equal(await renewWith(io, stage.clock), 0)
  t.equal(readFileSync(join(stage.config.folders.secrets, 'url'), 'utf8'), 'pg://hunter2')
})

t.test(
  'the readiness file is there before an app starts, and renew takes it away when something has ended',
  async t => {
    const { stage, io, output } = await begun(t)
    const ready = join(stage.config.folders.secrets, '..ready')
    await loginWith(io, stage.clock)
    t.ok(existsSync(ready))
    const state = readState(stage.config.folders.state)
    const lease = { id: 'database/creds/app/1', seconds: 60, renewable: true, endsAt: stage.clock.now() - 1 }
    const held = state?.held.map(each => ({ ...each, lease })) ?? []
    if (state) writeState(stage.config.folders.state, { ...state, held }, new Set())
    stage.vault.fail({ status: 503 })
    stage.clock.at(1, () => t.notOk(existsSync(ready)))
    stage.clock.at(20, () => stage.stop.abort())
    t.equal(await renewWith(io, stage.clock), 0)
    t.match(output(), /"event":"not ready","ended":"secret\/app\/db"/)
  },
)

t.test('metrics are served while renew runs, from before its login on', async t => {
  const server = createServer().listen(0)
  await once(server, 'listening')
  const { port: metricsPort } = server.address() as AddressInfo
  server.close()
  const { stage, io } = await begun(t, { metricsPort })
  const metrics = async () => (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text()
  stage.vault.fail({ status: 503, times: 2 })
  stage.clock.at(0.1, async () =>
    t.match(await metrics(), /^podvault_agent_vault_requests_total\{result="unavailable"\} 1$/m),
  )
  stage.clock.at(400, async () => {
    const text = await metrics()
    t.match(text, /^podvault_agent_ready 1$/m)
    t.match(text, /^podvault_agent_logins_total 1$/m)
    t.match(text, /^podvault_agent_failures_total\{reason="login"\} 2$/m)
    t.match(text, /^podvault_agent_reads_total 1$/m)
    stage.stop.abort()
  })
  t.equal(await renewWith(io, stage.clock), 0)
  await t.rejects(metrics(), 'closed, or the process would never end')
})

t.test('signals look for real processes', async t => {
  const { stage, io, output } = await begun(t, { onChange: { kind: 'signal', signal: 'SIGWINCH' } })
  await loginWith(io, stage.clock)
  putSecret(stage.vault.memory, 'secret/app/db', { password: 'changed' })
  stage.clock.at(600, () => stage.stop.abort())
  t.equal(await renewWith(io, stage.clock), 0)
  t.match(output(), /"hook":"signal"/)
})

t.test('stopped before the secrets were there: login fails and says so, renew just ends', async t => {
  const { stage, io } = await begun(t)
  stage.vault.fail({ status: 503 })
  stage.clock.at(5, () => stage.stop.abort())
  await t.rejects(loginWith(io, stage.clock), {
    code: 'failed',
    message: 'stopped before the secrets were there',
  })
  t.equal(await renewWith(io, stage.clock), 0)
})

t.test('what a person must mend ends both, with the sentence', async t => {
  const { stage, io } = await begun(t)
  stage.vault.memory.loginRoles.clear()
  const refused = { code: 'vault-refused', message: /refused the login as role web/ }
  await t.rejects(loginWith(io, stage.clock), refused)
  await t.rejects(renewWith(io, stage.clock), refused)
  unlinkSync(stage.config.auth.tokenFile)
  await t.rejects(loginWith(io, stage.clock), { code: 'failed', message: /token cannot be read/ })
  await t.rejects(loginWith({ ...io, env: {} }, stage.clock), { code: 'usage', message: 'PODVAULT_CONFIG is not set' })
})

t.test('it ends within two seconds of the signal when Vault hangs', async t => {
  const { stage, io } = await begun(t)
  await loginWith(io, stage.clock)
  stage.vault.fail({ delay: Infinity })
  const renewing = renew(io, [])
  const stopped = process.hrtime.bigint()
  stage.stop.abort()
  t.equal(await renewing, 0)
  t.ok(process.hrtime.bigint() - stopped < 2_000_000_000n)
})

t.test('the agent loads no library', async t => {
  const { metafile } = await build({
    entryPoints: ['src/agent/run.ts'],
    bundle: true,
    platform: 'node',
    format: 'cjs',
    write: false,
    metafile: true,
    // Loaded only where a pod asks for what they do.
    external: ['*/yaml-secrets-file.ts', './metrics-server.ts', './instant.ts'],
  })
  const inputs = Object.keys(metafile.inputs)
  t.ok(inputs.includes('src/vault/client.ts'))
  t.strictSame(
    inputs.filter(input => !input.startsWith('src/')),
    [],
  )
  const imports = Object.values(metafile.inputs).flatMap(input => input.imports.map(({ path }) => path))
  t.strictSame(imports.filter(path => !path.startsWith('src/') && !path.startsWith('node:')).sort(), [
    '../inject/yaml-secrets-file.ts',
    './instant.ts',
    './metrics-server.ts',
  ])
})

t.test('what only a newer webhook can mean is left out, and said once', async t => {
  const stage = await stageOf(t)
  const { io, output } = ioOf(stage, { ...stage.config, tomorrow: 'hunter2' } as AgentConfig)
  t.equal(await login(io, []), 0)
  t.match(output(), /"event":"config not understood","members":"tomorrow","hint":"the webhook that wrote them is newer/)
  t.notMatch(output(), 'hunter2')
})
