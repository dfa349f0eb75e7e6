import t from 'tap'
import { showUsage } from '../../src/cli/usage.ts'
import type { Command } from '../../src/command.ts'
import type { Commands } from '../../src/commands.ts'
import { run } from '../fixtures/io.ts'

const commands: Commands = {
  explain: {
    doc: 'say why',
    load: async () => async (io, args) => {
      io.stdout.write(`explains ${args.join(' ')}`)
      return 0
    },
  },
  version: { doc: 'say what', load: async () => async () => 7 },
}
const usage: Command = (io, args) => showUsage(commands, io, args)
const asPlugin: Command = (io, args) => showUsage(commands, { ...io, program: 'kubectl podvault' }, args)

t.test('help lists every command with what it is for', async t => {
  const text =
    'usage: podvault COMMAND [--help]\n\n  explain  say why\n  version  say what\n\n`podvault help COMMAND` shows flags and an example.\n'
  for (const word of ['help', '--help', '-h']) t.same(await run(usage, [word]), { code: 0, stdout: text, stderr: '' })
  t.same(await run(usage, []), { code: 2, stdout: '', stderr: text })
  t.match((await run(asPlugin, ['help'])).stdout, /^usage: kubectl podvault COMMAND/)
})

t.test('help for a command is its own', async t => {
  t.match(await run(usage, ['help', 'explain']), { code: 0, stdout: 'explains --help' })
  t.match(await run(usage, ['--version']), { code: 7 })
})

t.test('a word that is no command is refused, with what was perhaps meant', async t => {
  await t.rejects(run(usage, ['expalin']), {
    code: 'usage',
    message: 'there is no command "expalin"',
    hint: 'did you mean explain?',
  })
  await t.rejects(run(usage, ['help', 'verzion']), { code: 'usage', hint: 'did you mean version?' })
  await t.rejects(run(usage, ['__proto__']), { code: 'usage', hint: '`podvault help` lists every one' })
  await t.rejects(run(asPlugin, ['x\u001B[2J'.repeat(90)]), {
    code: 'usage',
    hint: '`kubectl podvault help` lists every one',
  })
})
