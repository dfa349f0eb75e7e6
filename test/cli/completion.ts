import t from 'tap'
import { completionOf } from '../../src/cli/completion.ts'
import { commands } from '../../src/commands.ts'
import { run } from '../fixtures/io.ts'

const completion = completionOf(commands)

t.test('knows every command, and every flag of it', async t => {
  for (const shell of ['bash', 'zsh', 'fish']) {
    const { code, stdout } = await run(completion, [shell])
    t.equal(code, 0)
    for (const name of Object.keys(commands)) t.match(stdout, new RegExp(`\\b${name}\\b`), `${shell} ${name}`)
    for (const flag of ['pod-path', 'vault-address', 'tls-cert-file', 'days', 'in-place'])
      t.match(stdout, new RegExp(`(?:--|-l )${flag}\\b`), `${shell} ${flag}`)
  }
})

t.test('answers kubectl', async t => {
  t.equal((await run(completion, ['kubectl', '--', 'explain', '--output', 'j'])).stdout, 'json\n:4\n')
  t.equal((await run(completion, ['kubectl', '--', 'expl'])).stdout, 'explain\n:4\n')
})

t.test('another shell is refused with those there are', async t => {
  await t.rejects(run(completion, ['tcsh']), { code: 'usage', message: /bash, zsh, fish, kubectl/ })
  await t.rejects(run(completion, []), { code: 'usage', message: /missing required argument/ })
  t.match(await run(completion, ['--help']), { code: 0, stdout: /podvault completion bash >/ })
})
