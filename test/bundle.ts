import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import t from 'tap'
import { encodeConfig, names } from '../src/contract.ts'
import { configOf } from './fixtures/agent.ts'
import { bundle } from '../scripts/bundle.ts'

const podvault = (...args: readonly string[]) =>
  spawnSync(process.execPath, ['dist/app/podvault.cjs', ...args], { encoding: 'utf8', env: {} })

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
  const yaml = t.testdir({ 'app.yaml': 'secrets:\n- {path: a, pth: b}\n' })
  const config = configOf({ mounted: [{ configMap: 'cm', folder: yaml }] })
  const env = { [names.configVariable]: encodeConfig(config) }
  const login = spawnSync(process.execPath, ['dist/app/podvault.cjs', 'login'], { encoding: 'utf8', env })
  t.match(login.stderr, /ConfigMap cm, key app\.yaml is no secrets file: line 2/, 'YAML is found beside the agent')
  const exec = podvault('exec', '--secrets', `${yaml}/app.yaml`, '--', 'sh')
  t.match(exec.stderr, /app\.yaml is no secrets file: line 2/, 'and beside the commands that start apps')
  t.equal(exec.status, 2)
  t.match(podvault('render', '--help').stdout, 'podvault render --secrets')
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
