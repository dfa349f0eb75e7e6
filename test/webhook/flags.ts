import { Option } from 'commander'
import t from 'tap'
import type { Command } from '../../src/command.ts'
import { commandLine, parseFlags, settingFlags, tellFlags, withSettings } from '../../src/webhook/flags.ts'
import { run } from '../fixtures/io.ts'

/** A command that writes the settings it was given. */
const echo: Command = async (io, args) => {
  const flags = parseFlags(
    withSettings(commandLine(io, 'echo', 'Says it again.', 'podvault echo --image x'), ['listen', 'tls-cert-file']),
    args,
  )
  if (flags !== undefined) io.stdout.write(JSON.stringify(settingFlags(flags)))
  return 0
}

t.test('settings are flags by their names', async t => {
  const { stdout } = await run(echo, ['--listen', ':1', '--tls-cert-file=tls.crt'])
  t.same(JSON.parse(stdout), { listen: ':1', 'tls-cert-file': 'tls.crt' })
  t.same(JSON.parse((await run(echo, [])).stdout), {})
})

t.test('an empty value is a value', async t => {
  t.same(JSON.parse((await run(echo, ['--listen', ''])).stdout), { listen: '' })
})

t.test('help shows every flag with default and variable, and an example', async t => {
  const { code, stdout } = await run(echo, ['--help'])
  t.equal(code, 0)
  const words = stdout.replaceAll(/\s+/g, ' ')
  t.match(words, 'where the webhook serves HTTPS (default :9443, env PODVAULT_LISTEN)')
  t.match(words, '(env PODVAULT_TLS_CERT_FILE)')
  t.match(words, 'Example: podvault echo --image x')
})

t.test('a wrong command line is one sentence', async t => {
  await t.rejects(run(echo, ['--lisen', ':1']), {
    code: 'usage',
    message: /unknown option '--lisen'.*did you mean --listen/is,
  })
  await t.rejects(run(echo, ['--listen']), { code: 'usage', hint: '`podvault echo --help` lists every flag' })
  await t.rejects(run(echo, ['what']), { code: 'usage', message: /too many arguments/ })
})

t.test('an error of our own comes through', async t => {
  const broken: Command = async (io, args) => {
    const command = commandLine(io, 'broken', '', '').option('--x <x>', 'x', () => {
      throw new TypeError('ours')
    })
    parseFlags(command, args)
    return 0
  }
  await t.rejects(run(broken, ['--x', '1']), new TypeError('ours'))
})

t.test('a command tells its flags to whoever completes them', async t => {
  const tell: Command = async (io, args) => {
    const command = commandLine(io, 'tell', '', '').addOption(
      new Option('-o, --output <format>', 'how').choices(['a', 'b']),
    )
    return parseFlags(command.option('--in-place', 'there'), args) === undefined ? 0 : 1
  }
  const { code, stdout } = await run(tell, [tellFlags])
  t.equal(code, 0)
  t.same(JSON.parse(stdout), [
    { long: '--output', short: '-o', description: 'how', argument: 'format', choices: ['a', 'b'] },
    { long: '--in-place', description: 'there', argument: '', choices: [] },
  ])
})

t.test('a plugin of kubectl is called as it is typed', async t => {
  const echoed: Command = (io, args) => echo({ ...io, program: 'kubectl podvault' }, args)
  const { stdout } = await run(echoed, ['--help'])
  t.match(stdout, /^Usage: kubectl podvault echo/)
  t.match(stdout, /\n {2}kubectl podvault echo --image x/)
})
