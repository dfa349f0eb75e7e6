// What `npm pack` makes, on a machine that has nothing but Node: no network, no libraries, no repository.
import { execFileSync, spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import process from 'node:process'
import t from 'tap'
import { version } from '../src/version.ts'
import { sources } from './fixtures/sources.ts'

t.setTimeout(300_000)

/** What else is in the package. */
const texts = ['README.md', 'CHANGELOG.md']

const home = mkdtempSync(join(tmpdir(), 'podvault-pack-'))
t.teardown(() => rmSync(home, { recursive: true }))

/** Without what this machine has set up for npm, or the test runner for Node. */
const env = { PATH: String(process.env['PATH']), HOME: home, npm_config_cache: join(home, 'cache') }

const npm = (cwd: string, ...args: readonly string[]): string =>
  execFileSync('sh', ['-c', 'unset NODE_OPTIONS; exec npm "$@"', 'npm', ...args], {
    cwd,
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  })

const pack = (): string => {
  const source = join(home, 'source')
  for (const each of [...sources, ...texts]) cpSync(each, join(source, each), { recursive: true })
  symlinkSync(resolve('node_modules'), join(source, 'node_modules'))
  npm(source, 'pack', '--pack-destination', home)
  return join(home, `podvault-${version}.tgz`)
}

const archive = pack()
const machine = join(home, 'machine')
mkdirSync(machine)
writeFileSync(join(machine, 'package.json'), '{}')
npm(machine, 'install', '--offline', '--no-audit', '--no-fund', archive)
const bin = join(machine, 'node_modules/.bin')

const podvault = (args: readonly string[], input = '', path = `${bin}:${env.PATH}`) =>
  spawnSync('sh', ['-c', 'unset NODE_OPTIONS; exec podvault "$@"', 'podvault', ...args], {
    cwd: machine,
    env: { ...env, PATH: path },
    encoding: 'utf8',
    input,
  })

const pod = readFileSync('test/fixtures/upgrade/pod.yaml', 'utf8')

t.test('it brings no libraries along, and their licences', async t => {
  t.strictSame(
    readdirSync(join(machine, 'node_modules')).filter(name => !name.startsWith('.')),
    ['podvault'],
  )
  const app = join(machine, 'node_modules/podvault/dist/app')
  for (const file of ['THIRD-PARTY-LICENSES.txt', 'LICENSE', 'sbom.cdx.json']) t.ok(existsSync(join(app, file)), file)
  const { engines, dependencies } = JSON.parse(readFileSync(join(app, '../../package.json'), 'utf8'))
  t.strictSame({ engines, dependencies }, { engines: { node: '>=24' }, dependencies: undefined })
})

t.test('version, explain, inject, manifests and demo', async t => {
  t.match(podvault(['version']), { status: 0, stdout: `podvault ${version} (node ` })
  const asked = ['--vault-address', 'https://vault:8200']
  t.match(podvault(['explain', ...asked], pod), { status: 0, stdout: /injected: the pod gets its secrets/ })
  t.match(podvault(['inject', ...asked], pod), { status: 0, stdout: /podvault-login/ })
  t.match(podvault(['manifests', '--image', 'example.com/podvault:1']), { status: 0, stdout: /^kind: Deployment$/m })
  t.match(podvault(['demo']), { status: 0, stdout: /^demo: ok$/m })
})

t.test('as a plugin of kubectl', async t => {
  for (const name of ['kubectl-podvault', 'kubectl_complete-podvault']) t.ok(existsSync(join(bin, name)))
})

t.test('a Node that is too old is told so in a sentence, whatever the command', async t => {
  const folder = t.testdir({ 'old.cjs': `Object.defineProperty(process.versions, 'node', { value: '22.1.0' })` })
  const launcher = join(machine, 'node_modules/podvault/dist/app/podvault.cjs')
  for (const command of ['version', 'login', 'exec']) {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['-r', join(folder, 'old.cjs'), launcher, command], {
      env: {},
      encoding: 'utf8',
    })
    t.strictSame([status, stdout, stderr], [1, '', 'podvault: it needs Node 24 or later, and this is 22.1.0\n'])
  }
})
