import { PassThrough } from 'node:stream'
import t from 'tap'
import { check } from '../../src/cli/check.ts'
import { encodeConfig } from '../../src/contract.ts'
import { wellAnswers } from '../fixtures/check-cluster.ts'
import { kubectlOf } from '../fixtures/cluster-table.ts'
import { run } from '../fixtures/io.ts'
import { lookFrom } from '../fixtures/look.ts'

t.test('a cluster that is well gives lines of text and exit code 0', async t => {
  const { code, stdout } = await run(check, ['-n', 'shop'], { env: kubectlOf(t.testdir(), wellAnswers) })
  t.equal(code, 0)
  t.match(stdout, /^ok +kubernetes +Kubernetes 1\.36 has everything that podvault uses\n/)
  t.match(stdout, /\n\d+ ok, 1 unknown\n$/)
})

t.test('a failure gives exit code 1, and scripts get JSON', async t => {
  const env = kubectlOf(t.testdir(), { ...wellAnswers, 'get mutatingwebhookconfigurations': { items: [] } })
  const { code, stdout } = await run(check, ['-o', 'json'], { env })
  t.equal(code, 1)
  t.match(JSON.parse(stdout), { namespace: 'shop', counts: { failure: 1 }, findings: [{ check: 'kubernetes' }] })
})

t.test('in a container that podvault has injected it looks from there', async t => {
  const { config } = lookFrom(t, { address: 'http://127.0.0.1:1' })
  const env = { PODVAULT_CONFIG: encodeConfig(config) }
  const { code, stdout } = await run(check, ['--here', '--output', 'json'], { env })
  t.equal(code, 1)
  t.match(JSON.parse(stdout), { findings: [{ check: 'vault-name' }, { check: 'vault-connection', level: 'failure' }] })
  t.notOk('namespace' in JSON.parse(stdout))
})

t.test('stopped, it says so and nothing else', async t => {
  const stop = new AbortController()
  const { config } = lookFrom(t, { address: 'http://127.0.0.1:1' })
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  stop.abort()
  const env = { PODVAULT_CONFIG: encodeConfig(config) }
  await t.rejects(check({ env, stdin: stdout, stdout, stderr, stop: stop.signal }, ['--here']), {
    code: 'failed',
    message: /^stopped/,
  })
  t.equal(stdout.read(), null)
  const asked = check(
    { env: kubectlOf(t.testdir(), wellAnswers), stdin: stdout, stdout, stderr, stop: stop.signal },
    [],
  )
  await t.rejects(asked, { message: /^stopped/ })
  await t.rejects(run(check, ['-A', '-n', 'shop']), { code: 'usage' })
})

t.test('help is shown', async t => {
  t.match(await run(check, ['--help']), { code: 0, stdout: /--probe/ })
})
