import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { status, statusWith } from '../../src/cli/status.ts'
import { wellAnswers } from '../fixtures/check-cluster.ts'
import { kubectlOf } from '../fixtures/cluster-table.ts'
import { run } from '../fixtures/io.ts'

t.test('a table of what was injected, or JSON for scripts', async t => {
  const env = kubectlOf(t.testdir(), wellAnswers)
  const table = await run(status, ['-n', 'shop'], { env })
  t.match(table, {
    code: 0,
    stderr: '',
    stdout: /^NAMESPACE +WORKLOAD[^]*shop +Deployment\/web +1 +1\/1 +podvault [^\n]*–\n$/,
  })
  t.match((await run(status, ['-o', 'wide'], { env })).stdout, /SETTINGS\n/)
  t.match(JSON.parse((await run(status, ['-A', '-o', 'json'], { env })).stdout), [
    { workload: 'Deployment/web', drift: { none: 1 } },
  ])
})

t.test('what is not known, or not there, is said beside it', async t => {
  const env = kubectlOf(t.testdir(), {
    ...wellAnswers,
    'get deployments --all-namespaces': 'forbidden',
    'get pods --selector=app=x': { items: [] },
  })
  t.match(await run(status, [], { env }), { stderr: /^drift is not known: .*forbidden\n$/, stdout: /unknown\n$/ })
  t.match(await run(status, ['-l', 'app=x'], { env }), { stderr: /no pod that runs here\n$/, stdout: '' })
})

t.test('what contradicts itself is refused, and help is shown', async t => {
  await t.rejects(run(status, ['-A', '-n', 'shop']), { code: 'usage' })
  t.match(await run(status, ['--help']), { code: 0, stdout: /--watch/ })
})

const watched = async (isTTY: boolean, env: Readonly<Record<string, string>>, until: (written: string) => boolean) => {
  const stop = new AbortController()
  const stdout = Object.assign(new PassThrough(), { isTTY })
  let written = ''
  stdout.on('data', chunk => {
    written += String(chunk)
    if (until(written)) stop.abort()
  })
  const stderr = new PassThrough()
  const code = await statusWith({ env, stdin: stdout, stdout, stderr, stop: stop.signal }, ['--watch'], 1)
  return { code, written, complaints: await text(stderr.end()) }
}

const tables = (written: string): number => written.split('NAMESPACE').length - 1

t.test('--watch shows it again until it is stopped; a terminal is cleared in between', async t => {
  const env = kubectlOf(t.testdir(), wellAnswers)
  const shown = await watched(true, env, written => tables(written) === 2)
  t.equal(shown.code, 0)
  t.equal(shown.written.split('\u001B[H\u001B[2J').length - 1, 2)
  t.notOk((await watched(false, env, written => tables(written) === 1)).written.includes('\u001B'))
})

t.test('--watch ends with what goes wrong, but not with what is stopped in the middle', async t => {
  const env = kubectlOf(t.testdir(), { ...wellAnswers, 'get pods': 'forbidden' })
  await t.rejects(
    watched(false, env, () => false),
    { message: /forbidden/ },
  )
  const stop = new AbortController()
  const stream = new PassThrough()
  setTimeout(() => stop.abort(), 5)
  t.equal(
    await statusWith(
      { env: kubectlOf(t.testdir(), wellAnswers), stdin: stream, stdout: stream, stderr: stream, stop: stop.signal },
      ['--watch'],
      1,
    ),
    0,
  )
})
