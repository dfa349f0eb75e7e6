import { existsSync, readFileSync } from 'node:fs'
import { PassThrough } from 'node:stream'
import t, { type Test } from 'tap'
import { checkLive } from '../../../src/cli/check/live.ts'
import { withCluster } from '../../../src/cli/explain-live.ts'
import { withOfflineSettings } from '../../../src/cli/offline.ts'
import { commandLine, parseFlags } from '../../../src/webhook/flags.ts'
import type { Finding } from '../../../src/cli/check/table.ts'
import { web, wellAnswers } from '../../fixtures/check-cluster.ts'
import { type Answers, kubectlOf } from '../../fixtures/cluster-table.ts'
import { legacy } from '../../fixtures/live.ts'

const look = async (t: Test, args: readonly string[], changed: Answers = {}, stop = new AbortController().signal) => {
  const folder = t.testdir({ asked: '' })
  const env = kubectlOf(folder, { ...wellAnswers, ...changed })
  const io = { env, stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough(), stop }
  const command = commandLine(io, 'check', '', '')
    .option('-n, --namespace <name>', '')
    .option('-A, --all-namespaces', '', false)
    .option('--probe', '', false)
  const flags = parseFlags(withOfflineSettings(withCluster(command)), args)
  if (flags === undefined) throw new Error('these are no flags')
  const looked = await checkLive(flags, io)
  return {
    ...looked,
    bad: looked.findings.filter(({ level }) => level !== 'ok'),
    asked: readFileSync(`${folder}/asked`, 'utf8'),
  }
}

const finding: Finding = { check: 'vault-login', level: 'ok', message: 'in', objects: ['x'] }
const probed: Answers = {
  'create --filename - --namespace': '=',
  'get pod podvault-check-': { status: { phase: 'Succeeded' } },
  'logs podvault-check-': { findings: [finding, { check: 'vault-paths', level: 'ok', message: 'all' }] },
  'delete pod podvault-check-': '=',
}

t.test('without a name everything in the namespace of the kubeconfig is looked at, and Vault is not asked', async t => {
  const { namespace, bad, asked } = await look(
    t,
    ['--context', 'c'],
    Object.fromEntries(Object.entries(wellAnswers).map(([words, answer]) => [`--context=c ${words}`, answer])),
  )
  t.equal(namespace, 'shop')
  t.match(bad, [{ check: 'probe', level: 'unknown', message: 'Vault was not asked' }])
  t.ok(asked.split('\n').every(line => line === '' || line.startsWith('--context=c ')))
  t.notMatch(asked, /--dry-run=client .*--namespace/)
})

t.test('in all namespaces', async t => {
  const { namespace, asked } = await look(t, ['-A'])
  t.equal(namespace, undefined)
  t.match(asked, /get pods --all-namespaces/)
})

t.test('where kubectl reaches no cluster, a sentence says so', async t => {
  await t.rejects(look(t, ['-n', 'shop'], { 'create --dry-run=client': 'connection refused' }), {
    message: /connection refused/,
  })
  for (const answer of [7, {}, { metadata: {} }])
    t.equal((await look(t, ['-n', 'shop'], { 'create --dry-run=client': answer })).namespace, 'shop')
  t.equal((await look(t, [], { 'create --dry-run=client': 7 })).namespace, 'default')
})

t.test('what contradicts itself, or names nothing with pods, is refused', async t => {
  await t.rejects(look(t, ['-A', '-n', 'shop']), { code: 'usage', message: /different things/ })
  await t.rejects(look(t, ['-A', 'web']), { code: 'usage' })
  await t.rejects(look(t, ['service/web'], { 'get service/web': { apiVersion: 'v1', kind: 'Service' } }), {
    code: 'usage',
    message: /without pods/,
  })
})

t.test('a pod looks at Vault in the place of each workload, and is deleted', async t => {
  const { findings, asked } = await look(t, ['deployment/web', '--probe'], probed)
  t.match(findings.slice(-3), [
    { check: 'service-account', level: 'ok' },
    { check: 'vault-login', message: 'Deployment shop/web: in', objects: ['Deployment shop/web', 'x'] },
    { check: 'vault-paths', message: 'Deployment shop/web: all', objects: ['Deployment shop/web'] },
  ])
  t.match(
    asked,
    /create --filename - --namespace shop\n[^]*delete pod podvault-check-[0-9a-f]{8} --namespace shop --ignore-not-found/,
  )
})

t.test('without a workload a pod of its own looks, as far as nobody logs in', async t => {
  t.match((await look(t, ['--probe'], probed)).findings.slice(-2), [
    { message: 'in', objects: ['x'] },
    { message: 'all' },
  ])
})

t.test('where nothing says how, or the agent is another, no pod looks', async t => {
  const noSettings = { 'get deployments --all-namespaces': 'forbidden' }
  t.match((await look(t, ['--probe'], noSettings)).bad.at(-1), {
    check: 'probe',
    level: 'unknown',
    message: /settings of its webhook/,
  })
  const { metadata, spec } = legacy({ 'agent-cache-enable': 'true' })
  const agent = { 'get deployment/web': { ...web, spec: { template: { metadata, spec } } } }
  t.match((await look(t, ['deployment/web', '--probe'], agent)).bad.at(-1), {
    check: 'probe',
    level: 'unknown',
    message: /^Deployment shop\/web: nothing to probe with: its pods get no agent/,
  })
})

t.test('where a plain pod is refused, it says why', async t => {
  const operator = { 'get configmap podvault --namespace podvault': { data: { 'config.yaml': '{}' } } }
  t.match((await look(t, ['--probe'], operator)).bad.at(-1), {
    check: 'probe',
    level: 'unknown',
    message: /^nothing to probe with: .*address/,
  })
})

t.test('a probe that has not ended is waited for; stopped meanwhile, its pod is taken away all the same', async t => {
  const starting = { ...probed, 'get pod podvault-check-': { status: { phase: 'Pending' } } }
  const stop = new AbortController()
  const asked = (): string => readFileSync(`${t.testdirName}/asked`, 'utf8')
  const timer = setInterval(() => {
    if (existsSync(`${t.testdirName}/asked`) && asked().split('get pod podvault-check-').length > 2) stop.abort()
  }, 20)
  t.teardown(() => clearInterval(timer))
  await look(t, ['deployment/web', '--probe'], starting, stop.signal).catch(() => undefined)
  t.match(asked(), /delete pod podvault-check-/)
})
