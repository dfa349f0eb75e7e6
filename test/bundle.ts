import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { resolve } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { encodeConfig, names } from '../src/contract.ts'
import { configOf } from './fixtures/agent.ts'
import { bundle } from '../scripts/bundle.ts'
import { nodeFlags } from '../scripts/code-cache.ts'

const podvault = (...args: readonly string[]) =>
  spawnSync(process.execPath, ['dist/app/podvault.cjs', ...args], { encoding: 'utf8', env: {} })

/** A sidecar that asks for everything and finds no Vault: it says so on its port, and in the end. */
const asked = async (t: Test): Promise<void> => {
  const server = createServer().listen(0)
  await once(server, 'listening')
  const { port: metricsPort } = server.address() as AddressInfo
  server.close()
  const { folders, auth } = configOf()
  const home = t.testdir({ token: 'a.jwt' })
  const config = configOf({
    vault: { address: 'http://127.0.0.1:1' },
    auth: { ...auth, tokenFile: `${home}/token` } as typeof auth,
    folders: { ...folders, state: `${home}/state`, secrets: `${home}/secrets` },
    loginTimeout: 3,
    metricsPort,
    instantUpdates: true,
  })
  const env = { [names.configVariable]: encodeConfig(config) }
  const renew = spawn(process.execPath, ['dist/app/podvault.cjs', 'renew'], { env, stdio: 'ignore' })
  const ended = once(renew, 'exit')
  const ready = async (): Promise<Response> =>
    fetch(`http://127.0.0.1:${metricsPort}/ready`).catch(async () => {
      await setTimeout(20)
      return ready()
    })
  t.equal(await (await ready()).text(), 'not ready: there are no secrets yet\n')
  t.strictSame(await ended, [5, null])
}

/** Whether V8 has refused what it made of each file at the build; the flags are among what it goes by. */
const refused = (app: string, ...command: readonly string[]): unknown => {
  const ask = `const { loaded } = require('${app}/podvault.cjs')
process.stdout.write(JSON.stringify([...loaded.values()].map(({ script }) => script.cachedDataRejected)))`
  const program = [...nodeFlags, '-e', ask, 'podvault', ...command]
  const { stdout } = spawnSync(process.execPath, program, { encoding: 'utf8', env: {} })
  return JSON.parse(stdout.slice(0, stdout.indexOf(']') + 1))
}

/** A pod does not compile what the build has compiled, and does where that is of no use to it. */
const remembered = (t: Test): void => {
  t.strictSame(refused(resolve('dist/app'), 'login'), [false])
  t.strictSame(refused(resolve('dist/app'), 'render', '--help'), [false])
  const app = t.testdir()
  cpSync('dist/app', app, { recursive: true })
  writeFileSync(`${app}/agent.cjs.cache`, 'of another V8')
  t.strictSame(refused(app, 'login'), [true])
  const { stderr } = spawnSync(process.execPath, [`${app}/podvault.cjs`, 'login'], { encoding: 'utf8', env: {} })
  t.match(stderr, /PODVAULT_CONFIG is not set/)
}

/** OpenTelemetry is a chunk that the others ask for only when somebody wants spans. */
const spansAside = (t: Test): void => {
  const chunks = readdirSync('dist/app', { recursive: true, encoding: 'utf8' }).filter(name => name.endsWith('.mjs'))
  const texts = chunks.map(name => [name, readFileSync(`dist/app/${name}`, 'utf8')] as const)
  const holders = texts.filter(([, text]) => text.includes('OTEL_EXPORTER_OTLP_HEADERS')).map(([name]) => name)
  t.match(holders, [/^chunks\/spans-\w+\.mjs$/])
  const uses = texts.flatMap(([, text]) => text.match(/.{10}spans-\w+\.mjs/g) ?? [])
  t.ok(uses.length > 0 && uses.every(use => /import\("\.\/(chunks\/)?spans-/.test(use)), uses.join('\n'))
}

// What the image runs: libraries behave differently once they are bundled.
t.test('the bundle does what the checkout does', async t => {
  await bundle()
  t.match(podvault('version').stdout, /^podvault \d/)
  t.match(podvault('login').stderr, /PODVAULT_CONFIG is not set/)
  const folder = t.testdir()
  t.equal(podvault('certs', '--dir', folder).status, 0)
  t.strictSame(
    readdirSync(folder).filter(name => name.startsWith('tls.')),
    ['tls.crt', 'tls.key'],
  )
  const manifests = podvault('manifests', '--image', 'example.com/podvault:1')
  t.match(manifests.stdout, /^kind: Deployment$/m, 'the chart is found beside the program')
  t.match(manifests.stdout, '--image=example.com/podvault:1')
  t.match(
    podvault('manifests', '--simple', '--vault-address', 'https://v:1').stdout,
    /^kind: MutatingAdmissionPolicy$/m,
  )
  const yaml = t.testdir({ 'app.yaml': 'secrets:\n- {path: a, pth: b}\n' })
  const config = configOf({ mounted: [{ configMap: 'cm', folder: yaml }] })
  const env = { [names.configVariable]: encodeConfig(config) }
  const login = spawnSync(process.execPath, ['dist/app/podvault.cjs', 'login'], { encoding: 'utf8', env })
  t.match(login.stderr, /ConfigMap cm, key app\.yaml is no secrets file: line 2/, 'YAML is found beside the agent')
  const agent = readFileSync('dist/app/agent.cjs', 'utf8')
  for (const chunk of ['metrics', 'instant']) t.ok(agent.includes(`./${chunk}.cjs`), `${chunk} is a file of its own`)
  t.notMatch(agent, /Sec-WebSocket|# HELP/, 'and not in the one that every pod loads')
  const exec = podvault('exec', '--secrets', `${yaml}/app.yaml`, '--', 'sh')
  t.match(exec.stderr, /app\.yaml is no secrets file: line 2/, 'and beside the commands that start apps')
  t.equal(exec.status, 2)
  t.match(podvault('render', '--help').stdout, 'podvault render --secrets')
  remembered(t)
  spansAside(t)
  await asked(t)
  const pod = 'kind: Pod\nmetadata: {annotations: {podvault.dev/inject: "true"}}\nspec: {containers: [{name: a}]}\n'
  const review = spawnSync(process.execPath, ['dist/app/podvault.cjs', 'review'], {
    encoding: 'utf8',
    env: {},
    input: pod,
  })
  t.match(JSON.parse(review.stdout), {
    response: { allowed: false, status: { message: /podvault\.dev\/role is missing/ } },
  })
})
