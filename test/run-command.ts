import fc from 'fast-check'
import assert from 'node:assert/strict'
import t from 'tap'
import type { Command } from '../src/command.ts'
import { type Commands, commands } from '../src/commands.ts'
import { exitCodes, PodvaultError } from '../src/errors.ts'
import { runCommand } from '../src/run-command.ts'
import { run } from './fixtures/io.ts'

const failing =
  (error: unknown): Command =>
  async () => {
    throw error
  }
const table: Commands = {
  fine: { doc: 'does well', load: async () => async (io, args) => (io.stdout.write(args.join(' ')), 0) },
  refuses: { doc: 'says no', load: async () => failing(new PodvaultError('refused', 'no', { hint: 'ask' })) },
  breaks: { doc: 'has a bug', load: async () => failing(new TypeError('x is not a function')) },
  renew: { doc: 'of pods', hasFlags: false, load: async () => async () => 5 },
}
const podvault: Command = (io, args) => runCommand(table, io, args)
const plugin: Command = (io, args) => runCommand(table, { ...io, program: 'kubectl podvault' }, args)

t.test('runs the command that is named', async t => {
  t.same(await run(podvault, ['fine', 'a', '--help']), { code: 0, stdout: 'a --help', stderr: '' })
})

t.test('a failure is one sentence and an exit code', async t => {
  t.same(await run(podvault, ['refuses']), { code: 3, stdout: '', stderr: 'podvault refuses: no: ask\n' })
  t.same(await run(podvault, ['breaks']), { code: 1, stdout: '', stderr: 'podvault breaks: x is not a function\n' })
  t.match(await run(plugin, ['refuses']), { stderr: 'kubectl podvault refuses: no: ask\n' })
  t.same(await run(podvault, ['fin']), {
    code: 2,
    stdout: '',
    stderr: 'podvault: there is no command "fin": did you mean fine?\n',
  })
})

t.test('a command for pods has help too', async t => {
  for (const word of ['--help', '-h'])
    t.same(await run(podvault, ['renew', word]), {
      code: 0,
      stdout: 'podvault renew: of pods. Its configuration is in PODVAULT_CONFIG.\n',
      stderr: '',
    })
  t.match(await run(podvault, ['renew']), { code: 5 })
})

t.test('whatever the words, there is an exit code of the table and no stack trace', async () => {
  const real: Command = (io, args) => runCommand(commands, { ...io, stop: AbortSignal.abort() }, args)
  const names = fc.constantFrom(
    'inject',
    'uninject',
    'explain',
    'review',
    'completion',
    'version',
    'help',
    'login',
    'renew',
  )
  const word = fc.oneof(
    fc.constantFrom(
      '-f',
      '-',
      '-n',
      '--output',
      'json',
      'patch',
      '--diff',
      '-i',
      '--',
      '--pod-path',
      'a/B=.c',
      '--config',
    ),
    fc.constantFrom('/dev/null', '/nowhere', 'test/fixtures/manifests', '--color', 'always', '--help', 'bash', '--all'),
    fc.constantFrom('web', 'deployment/web', '--vault-address', 'http://v:8200', '--kubernetes-version', '1.20'),
    fc.string(),
  )
  const argv = fc.tuple(fc.oneof(names, fc.string()), fc.array(word, { maxLength: 5 }))
  // A command that would write where the words say is not let loose on the sources.
  const isHarmless = ([, words]: readonly [string, readonly string[]]) =>
    !(words.includes('test/fixtures/manifests') && words.some(each => each.startsWith('-i') || each.startsWith('--in')))
  await fc.assert(
    fc.asyncProperty(
      argv.filter(isHarmless),
      fc.constantFrom('', 'a: [', 'kind: Pod\nspec: 7\n'),
      async ([name, words], stdin) => {
        const { code, stdout, stderr } = await run(real, [name, ...words], { stdin, env: { PATH: '/nowhere' } })
        assert.ok([0, ...Object.values<number>(exitCodes)].includes(code), String(code))
        assert.doesNotMatch(stdout + stderr, /\n\s+at /)
        if (code !== 0) assert.notEqual(stderr, '')
      },
    ),
    { numRuns: 500 },
  )
})
